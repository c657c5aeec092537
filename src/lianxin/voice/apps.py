from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class VoiceConfig(AppConfig):
    name = "lianxin.voice"
    label = "voice"

    def ready(self) -> None:
        from lianxin.foundation import access  # inline: models can be imported only once apps are ready
        from lianxin.foundation import facts as published  # inline: as above
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above
        from lianxin.voice import facts  # inline: as above

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "surveys.read", company_of(request))

        published.register("satisfaction_answers", facts.satisfaction_answers)
        register_navigation(
            NavigationEntry(
                key="surveys",
                title=_("Satisfaction surveys"),
                url_name="voice:surveys",
                icon="people",
                section=_("Supervision"),
                order=69,
                allowed=allowed,
            )
        )

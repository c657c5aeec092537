from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"

    def ready(self) -> None:
        from lianxin.foundation import access, clock  # inline: models are not ready when apps are named
        from lianxin.foundation.context import company_of, user_of  # inline: as above
        from lianxin.oversight import queries  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "flags.read", company_of(request))

        def waiting(request: HttpRequest) -> int:
            company = company_of(request)
            return queries.flags_waiting_for(user_of(request), company, on=clock.today(company))

        register_navigation(
            NavigationEntry(
                key="flags",
                title=_("Questions"),
                url_name="oversight:flags",
                icon="flag",
                section=_("Supervision"),
                order=60,
                allowed=allowed,
                badge=waiting,
            )
        )

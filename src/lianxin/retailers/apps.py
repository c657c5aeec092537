from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class RetailersConfig(AppConfig):
    name = "lianxin.retailers"
    label = "retailers"

    def ready(self) -> None:
        from lianxin.foundation import access  # inline: models can be imported only once apps are ready
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.retailers import facts  # inline: models can be imported only once apps are ready
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        register("retailer_versions", facts.retailer_versions)
        register("territories", facts.territories)

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "retailers.read", company_of(request))

        register_navigation(
            NavigationEntry(
                key="retailers",
                title=_("Retailers"),
                url_name="retailers:list",
                icon="shop",
                section=_("Market"),
                order=20,
                allowed=allowed,
            )
        )

from collections.abc import Iterator
from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class RetailersConfig(AppConfig):
    name = "lianxin.retailers"
    label = "retailers"

    def ready(self) -> None:
        from lianxin.foundation import access, startup  # inline: models can be imported only once apps are ready
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.retailers import checks, facts  # inline: models can be imported only once apps are ready
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        register("retailer_versions", facts.retailer_versions)
        register("territories", facts.territories)

        def check(company: Any) -> Iterator[startup.Finding]:
            remedy = gettext("Import the territories that are right as a correction.")
            for fault in checks.territory_faults(company):
                yield startup.Finding(fault, remedy)

        startup.register_check("territories", _("Retailers have one holder at a time, without gaps"), check)

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

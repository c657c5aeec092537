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
        from lianxin.foundation import access, jobs, startup  # inline: models can be imported only once apps are ready
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.facts import register  # inline: models can be imported only once apps are ready
        from lianxin.retailers import checks, facts  # inline: models can be imported only once apps are ready
        from lianxin.retailers.actions import contacts, entering  # inline: as above
        from lianxin.retailers.screens import own_home  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        register("retailer_versions", facts.retailer_versions)
        register("territories", facts.territories)

        def check(company: Any) -> Iterator[startup.Finding]:
            remedy = gettext("Import the territories that are right as a correction.")
            for fault in checks.territory_faults(company):
                yield startup.Finding(fault, remedy)

        def forget_access(company: Any, at: Any) -> dict[str, Any]:
            return {"sessions": entering.forget_old(at=at)}

        def forget_contacts(company: Any, at: Any) -> dict[str, Any]:
            n = contacts.forget(company=company, by=None, at=at)
            told = gettext("%(company)s: %(n)s contacts of closed retailers were past their time and are deleted.")
            return {"contacts": n, "said": told % {"company": company.code, "n": n}} if n else {"contacts": 0}

        own_home.register()
        jobs.register_daily(
            "retailers.forget_access", _("Forgetting on time: retailers' sign-ins and wrong tries"), forget_access
        )
        jobs.register_daily(
            "retailers.forget_contacts", _("Forgetting on time: contacts of closed retailers"), forget_contacts
        )
        startup.register_check("territories", _("Retailers have one holder at a time, without gaps"), check)

        def allowed(request: HttpRequest) -> bool:
            return access.may(request.user, "retailers.read", company_of(request))

        def may_hand_out(request: HttpRequest) -> bool:
            return access.may(request.user, "retailercodes.read", company_of(request))

        register_navigation(
            NavigationEntry(
                key="retailercodes",
                title=_("Retailers' codes"),
                url_name="retailers:codes",
                icon="link",
                section=_("Company"),
                order=95,
                allowed=may_hand_out,
            ),
            NavigationEntry(
                key="retailers",
                title=_("Retailers"),
                url_name="retailers:list",
                icon="shop",
                section=_("Market"),
                order=20,
                allowed=allowed,
            ),
        )

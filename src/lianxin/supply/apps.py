from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class SupplyConfig(AppConfig):
    name = "lianxin.supply"
    label = "supply"

    def ready(self) -> None:
        from lianxin.foundation import access, clock, jobs, startup  # inline: models are not ready when apps are named
        from lianxin.foundation import facts as published  # inline: as above
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.models import Company  # inline: as above
        from lianxin.supply import facts, own_panels, panels, states, tasks  # inline: as above
        from lianxin.supply.actions import batches  # inline: as above
        from lianxin.supply.queries import happenings  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        own_panels.register()

        def reconcile(company: Company) -> list[str]:
            return batches.reconcile(company=company, at=clock.now())

        def entry(key: str, title: object, url_name: str, icon: str, order: int, verb: str, **more: object) -> None:
            register_navigation(
                NavigationEntry(
                    key=key,
                    title=title,  # type: ignore[arg-type]
                    url_name=url_name,
                    icon=icon,
                    section=_("Goods to share"),
                    order=order,
                    allowed=lambda request: access.may(request.user, verb, company_of(request)),
                    **more,  # type: ignore[arg-type]
                )
            )

        def deciding(request: HttpRequest) -> int:
            return panels.changes_to_decide(request)

        jobs.register(states.FAVOUR_JOB, tasks.test_favour)
        panels.register()
        happenings.register()
        published.register("supplier_agreements", facts.supplier_agreements)
        startup.register_start("supply", reconcile)
        entry("supply_rounds", _("Allocation"), "supply:rounds", "box", 40, "supply.read")
        entry("supply_policies", _("Policies of allocation"), "supply:policies", "list", 41, "supplypolicies.read")
        entry(
            "supply_changes", _("Changes by hand"), "supply:changes", "user", 42, "supplychanges.read", badge=deciding
        )
        entry(
            "supplier_agreements", _("Agreements with suppliers"), "supply:supplier_agreements", "list", 43,
            "supplieragreements.read",
        )  # fmt: skip
        entry("favour", _("Was anybody favoured?"), "supply:favour", "search", 68, "favour.read")

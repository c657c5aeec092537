from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class OversightConfig(AppConfig):
    name = "lianxin.oversight"
    label = "oversight"

    def ready(self) -> None:
        from lianxin.foundation import access, clock, jobs  # inline: models are not ready when apps are named
        from lianxin.foundation import facts as published  # inline: as above
        from lianxin.foundation.context import company_of, user_of  # inline: as above
        from lianxin.oversight import facts, panels, queries, tasks  # inline: as above
        from lianxin.oversight.queries import checks, happenings  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        def waiting(request: HttpRequest) -> int:
            company = company_of(request)
            return queries.flags_waiting_for(user_of(request), company, on=clock.today(company))

        jobs.register("oversight.verify", tasks.verify)
        jobs.register("oversight.calibrate_copies", tasks.calibrate_copies)
        panels.register()
        happenings.register()
        published.register("visit_verdicts", facts.visit_verdicts)
        published.register("check_results", facts.check_results)

        def entry(key: str, title: object, url_name: str, icon: str, order: int, verb: str, **more: object) -> None:
            register_navigation(
                NavigationEntry(
                    key=key,
                    title=title,  # type: ignore[arg-type]
                    url_name=url_name,
                    icon=icon,
                    section=_("Supervision"),
                    order=order,
                    allowed=lambda request: access.may(request.user, verb, company_of(request)),
                    **more,  # type: ignore[arg-type]
                )
            )

        def to_check(request: HttpRequest) -> int:
            return checks.waiting_for(user_of(request), company_of(request))

        entry("flags", _("Questions"), "oversight:flags", "flag", 60, "flags.read", badge=waiting)
        entry("my_checks", _("My checks"), "oversight:my_checks", "search", 62, "checks.make", badge=to_check)
        entry("verification", _("Verification of visits"), "oversight:verification", "done", 64, "verification.read")
        entry("rounds", _("Rounds of checks"), "oversight:rounds", "rows", 66, "checks.read")
        entry("rule_sets", _("Rule sets"), "oversight:rule_sets", "target", 68, "rulesets.read")

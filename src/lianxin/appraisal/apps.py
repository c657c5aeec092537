from django.apps import AppConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class AppraisalConfig(AppConfig):
    name = "lianxin.appraisal"
    label = "appraisal"
    verbose_name = _("Appraisal")

    def ready(self) -> None:
        from lianxin.appraisal import panels, tasks  # inline: models are not ready when apps are named
        from lianxin.appraisal.queries import pay as pay_queries  # inline: as above
        from lianxin.foundation import access, jobs  # inline: as above
        from lianxin.foundation.context import company_of, user_of  # inline: as above
        from lianxin.ui.slots import NavigationEntry, register_navigation  # inline: as above

        jobs.register("appraisal.close", tasks.close_month)
        jobs.register("appraisal.trial", tasks.try_scheme)
        jobs.register("appraisal.verify", tasks.verify_closing)

        panels.register()

        def entry(key: str, title: object, url_name: str, icon: str, order: int, verb: str, **more: object) -> None:
            def allowed(request: HttpRequest) -> bool:
                return access.may(request.user, verb, company_of(request))

            register_navigation(
                NavigationEntry(
                    key=key,
                    title=title,  # type: ignore[arg-type]
                    url_name=url_name,
                    icon=icon,
                    section=_("Appraisal"),
                    order=order,
                    allowed=allowed,
                    **more,  # type: ignore[arg-type]
                )
            )

        def waiting(request: HttpRequest) -> int:
            return pay_queries.waiting_for(user_of(request), company_of(request))

        entry("scorecards", _("Scorecards"), "appraisal:scorecards", "card", 40, "scorecards.read")
        entry("three_rates", _("Three rates and one degree"), "appraisal:three_rates", "list", 41, "scorecards.read")
        entry("judgements", _("Judgements"), "appraisal:judgements", "rows", 42, "judgements.write")
        entry("pay", _("Pay"), "appraisal:pay", "money", 44, "pay.read", badge=waiting)
        entry("closings", _("Monthly closings"), "appraisal:closings", "clock", 46, "closings.read")
        entry("schemes", _("Schemes"), "appraisal:schemes", "target", 48, "schemes.read")

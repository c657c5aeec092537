from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemandConfig(AppConfig):
    name = "lianxin.demand"
    label = "demand"
    verbose_name = _("Demand forecasting")

    def ready(self) -> None:
        from lianxin.demand import panels, tasks  # inline: models are not ready when apps are named
        from lianxin.demand.actions import closing  # inline: as above
        from lianxin.demand.facts import published  # inline: as above
        from lianxin.foundation import clock, jobs, startup  # inline: as above
        from lianxin.foundation import facts as registry  # inline: as above
        from lianxin.foundation.models import Company  # inline: as above

        def close_due(company: Company) -> list[str]:
            closed = closing.close_due(company=company, at=clock.now())
            return [f"{company.code}: forecast round {round} closed at its deadline" for round in closed]

        jobs.register(tasks.PREPARE, tasks.prepare)
        jobs.register(tasks.JUDGE, tasks.judge)
        for table in (
            "forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_evidence", "forecast_without", "evidence_used",
            "forecast_submissions", "demand_agreements",
        ):  # fmt: skip
            registry.register(table, getattr(published, table))
        startup.register_start("demand", close_due)
        panels.register()

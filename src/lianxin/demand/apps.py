from datetime import datetime
from typing import Any

from django.apps import AppConfig
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _


class DemandConfig(AppConfig):
    name = "lianxin.demand"
    label = "demand"
    verbose_name = _("Demand forecasting")

    def ready(self) -> None:
        from lianxin.demand import panels, tasks  # inline: models are not ready when apps are named
        from lianxin.demand.actions import closing  # inline: as above
        from lianxin.demand.facts import published  # inline: as above
        from lianxin.foundation import facts as registry  # inline: as above
        from lianxin.foundation import jobs  # inline: as above
        from lianxin.foundation.models import Company  # inline: as above

        def close_due(company: Company, at: datetime) -> dict[str, Any]:
            closed = [str(round) for round in closing.close_due(company=company, at=at)]
            told = gettext("%(company)s: rounds closed, their deadline being over: %(rounds)s")
            return {
                "closed": closed,
                "said": told % {"company": company.code, "rounds": ", ".join(closed)} if closed else "",
            }

        jobs.register(tasks.PREPARE, tasks.prepare)
        jobs.register(tasks.JUDGE, tasks.judge)
        for table in (
            "forecast_lines", "forecast_versions", "forecast_outcomes", "forecast_evidence", "forecast_without", "evidence_used",
            "forecast_submissions", "demand_agreements", "surveyed_prices",
        ):  # fmt: skip
            registry.register(table, getattr(published, table))
        jobs.register_daily("demand.close_due", _("Closing forecast rounds whose deadline has passed"), close_due)
        panels.register()

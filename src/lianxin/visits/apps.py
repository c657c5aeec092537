from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VisitsConfig(AppConfig):
    name = "lianxin.visits"
    label = "visits"
    verbose_name = _("Visits")

    def ready(self) -> None:
        from lianxin.foundation import facts as published  # inline: models are not ready when apps are named
        from lianxin.foundation import jobs  # inline: as above
        from lianxin.visits import facts, followup_panels, own_panels, plan_panels, visit_panels  # inline: as above
        from lianxin.visits.tasks import planning  # inline: as above

        published.register("planned_visits", facts.planned_visits)
        published.register("visits", facts.visits)
        published.register("promises", facts.promises)
        published.register("price_tags", facts.price_tags)
        published.register("displays", facts.displays)
        published.register("stock_counts", facts.stock_counts)
        published.register("retail_prices", facts.retail_prices)
        published.register("calendar_days", facts.calendar_days)
        published.register("days_off", facts.days_off)
        jobs.register(planning.KIND, planning.run)
        plan_panels.register()
        followup_panels.register()
        visit_panels.register()
        own_panels.register()

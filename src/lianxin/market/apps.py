from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class MarketConfig(AppConfig):
    name = "lianxin.market"
    label = "market"

    def ready(self) -> None:
        from django.db import transaction  # inline: models can be imported only once apps are ready
        from django.db.models.signals import post_save  # inline: as above

        from lianxin.foundation import access, clock, jobs, startup  # inline: as above
        from lianxin.foundation.context import company_of  # inline: as above
        from lianxin.foundation.models import AuditRow, Company  # inline: as above
        from lianxin.market import actions, tasks  # inline: as above
        from lianxin.market.queries import freshness, periods  # inline: as above
        from lianxin.market.queries.asking import months_known  # inline: as above
        from lianxin.market.queries.questions import Question  # inline: as above
        from lianxin.orders.actions import on_committed  # inline: as above
        from lianxin.ui.slots import NavigationEntry, Panel, register_navigation, register_panel  # inline: as above
        from lianxin.visits.queries import figures as records  # inline: as above
        from lianxin.visits.queries import record_pictures  # inline: as above

        def may_read(request: HttpRequest) -> bool:
            return access.may(request.user, "market.read", company_of(request))

        def refresh(company: Company, months: Sequence[date], tell: Callable[[int, int | None], None]) -> str:
            made = actions.refresh_rollups(company=company, by=None, at=clock.now())
            return _("Monthly sums were made for %(n)s months.") % {"n": len(made)} if made else ""

        def refreshed(company: Company) -> list[str]:
            said = refresh(company, [], lambda done, total: None)
            return [said] if said else []

        def check(company: Company) -> Iterator[startup.Finding]:
            for month in freshness.stale_months(company):
                yield startup.Finding(
                    _("The monthly sums of %(month)s are older than its lines or master data.")
                    % {"month": f"{month:%Y-%m}"},
                    _("Run: lianxin rollups refresh"),
                )

        def changed(sender: Any, instance: AuditRow, created: bool, **given: Any) -> None:
            if created:
                transaction.on_commit(lambda: tasks.after_change(instance))

        jobs.register(tasks.KIND, tasks.refresh)
        records.register("market", periods.of_period)
        record_pictures.register("market", periods.charts_of_period)
        on_committed.append(refresh)
        startup.register_check("rollups", gettext_lazy("Monthly sums are as new as the order lines"), check)
        startup.register_upgrade("rollups", refreshed)
        post_save.connect(changed, sender=AuditRow, weak=False, dispatch_uid="market.rollups")

        def record_picture(request: HttpRequest, record: Any) -> str:
            """The sales of the record's writer until its month, where the record keeps no chart of them; a daily log has none."""
            from lianxin.market.screens import pictures  # inline: only pages need what draws

            month = record.period_start.replace(day=1)
            if "charts" in record.figures or record.kind == "daily" or month not in months_known(record.company):
                return ""
            question = Question(months=(month,), persons=frozenset({record.person_id}))
            picture = pictures.trend(record.company, question)
            return render_to_string("market/record_picture.html", {"picture": picture}, request)

        def lazily(url_name: str) -> Callable[[HttpRequest, Any], str]:
            """A part that asks for itself once the page stands."""

            def render(request: HttpRequest, subject: Any) -> str:
                return render_to_string("market/lazily.html", {"url": reverse(url_name, args=[subject.pk])}, request)

            return render

        register_navigation(
            NavigationEntry(
                key="market",
                title=gettext_lazy("Market analysis"),
                url_name="market:analysis",
                icon="chart",
                section=gettext_lazy("Market"),
                order=10,
                allowed=may_read,
            ),
            NavigationEntry(
                key="alerts",
                title=gettext_lazy("Alerts"),
                url_name="market:alerts",
                icon="warn",
                section=gettext_lazy("Market"),
                order=15,
                allowed=may_read,
            ),
        )
        register_panel(
            "record", Panel(key="sales", title=gettext_lazy("Sales until then"), render=record_picture, order=10)
        )
        for slot, key, title, url_name, order in (
            ("retailer_file", "growth", gettext_lazy("Growth against its peers"), "market:retailer_growth", 10),
            ("retailer_file", "purchases", gettext_lazy("Purchases and rhythm"), "market:retailer_purchases", 20),
            ("retailer_file", "lines", gettext_lazy("Order lines"), "market:retailer_lines", 30),
            ("product_file", "sales", gettext_lazy("Sales and distribution"), "market:product_sales", 10),
        ):
            register_panel(slot, Panel(key=key, title=title, render=lazily(url_name), order=order, allowed=may_read))
        register_panel(
            "retailer_file",
            Panel(
                key="stock",
                title=gettext_lazy("Purchase, sales and stock"),
                render=lazily("market:retailer_stock"),
                order=25,
                # It is counted by visits.
                allowed=lambda request: access.may(request.user, "visits.read", company_of(request)),
            ),
        )

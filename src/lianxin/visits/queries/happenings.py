"""What field work knows of a retailer: visits, promises, requests and policies told; and the state of its counter."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lianxin.foundation import access
from lianxin.foundation.models import User
from lianxin.retailers.models import Retailer
from lianxin.retailers.queries import happenings
from lianxin.retailers.queries.happenings import Happening, Span
from lianxin.visits import clocks
from lianxin.visits.models import PolicyTold, Visit, VisitAction
from lianxin.visits.queries.promises import promises_visible
from lianxin.visits.queries.requests import requests_visible
from lianxin.visits.queries.visiting import visits_visible
from lianxin.visits.states import ActionKind, VisitState


def visits(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """Visits by anybody, for whoever may see the file; the page of one opens within the scope of visits."""
    company = retailer.company
    if not access.may(user, "visits.read", company):
        return
    rows = Visit.objects.filter(retailer=retailer, visit_date__gte=span.first, visit_date__lte=span.last)
    rows = rows.exclude(state=VisitState.OPEN).select_related("person", "theme").order_by("visit_date", "check_in_at")
    opens = set(visits_visible(user, company, on=span.last).filter(retailer=retailer).values_list("pk", flat=True))
    for row in rows:
        theme = f" · {row.theme.title}" if row.theme else ""
        yield Happening(
            key=f"visit:{row.pk}", at=clocks.of_visit(row).start, kind="visits", who=row.person.name,
            words=f"{_('Visited')}{theme} · {row.get_place_answer_display()}",
            url=reverse("visits:visit", args=[row.pk]) if row.pk in opens else "",
        )  # fmt: skip


def promises(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """Promises within the scope, on the day they were made."""
    if not access.may(user, "promises.read", retailer.company):
        return
    rows = promises_visible(user, retailer.company, on=span.last)
    for row in rows.filter(retailer=retailer, made_at__gte=span.begin, made_at__lte=span.end):
        yield Happening(
            key=f"promise:{row.pk}", at=row.made_at, kind="promises", who=row.owner.name,
            words=_("Promised: %(text)s (%(state)s)") % {"text": row.text, "state": row.get_state_display()},
            url=reverse("visits:promise", args=[row.pk]),
        )  # fmt: skip


def requests(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """Requests within the scope, on the day they were raised."""
    if not access.may(user, "requests.read", retailer.company):
        return
    rows = requests_visible(user, retailer.company, on=span.last)
    for row in rows.filter(retailer=retailer, raised_at__gte=span.begin, raised_at__lte=span.end):
        yield Happening(
            key=f"request:{row.pk}", at=row.raised_at, kind="requests",
            who=row.raised_by.name if row.raised_by else _("the retailer itself"),
            words=f"{row.get_kind_display()}: {row.text[:80]} ({row.get_state_display()})",
            url=reverse("visits:request", args=[row.pk]),
        )  # fmt: skip


def policies(user: User, retailer: Retailer, span: Span) -> Iterable[Happening]:
    """Policies that the retailer was told."""
    if not access.may(user, "visits.read", retailer.company):
        return
    rows = PolicyTold.objects.filter(retailer=retailer, told_at__gte=span.begin, told_at__lte=span.end)
    for row in rows.select_related("policy", "person").order_by("told_at"):
        yield Happening(
            key=f"policy:{row.pk}", at=row.told_at, kind="policies", who=row.person.name,
            words=_("Was told: %(policy)s") % {"policy": row.policy.title},
        )  # fmt: skip


def register() -> None:
    """Called once, when apps are ready."""
    happenings.register("visits", gettext_lazy("Visits"), visits)
    happenings.register("promises", gettext_lazy("Promises"), promises)
    happenings.register("requests", gettext_lazy("Retailers' requests"), requests)
    happenings.register("policies", gettext_lazy("Policies"), policies)


@dataclass(frozen=True, slots=True)
class Counter:
    """One thing that the newest visit with it saw at the counter: what, in which visit, on which day.

    body : as `visits.bodies` shapes it for the kind
    """

    kind: ActionKind
    visit_id: str
    seen_on: date
    person: str
    body: dict[str, Any]
    is_visible: bool


def counter_state(user: User, retailer: Retailer, *, on: date) -> dict[ActionKind, Counter]:
    """Display, price tags and market order as the newest visit saw that looked at each; what nobody looked at is absent."""
    company = retailer.company
    opens = set(visits_visible(user, company, on=on).filter(retailer=retailer).values_list("pk", flat=True))
    found: dict[ActionKind, Counter] = {}
    for kind in (ActionKind.PRICE_TAGS, ActionKind.DISPLAY, ActionKind.MARKET_ORDER):
        rows = VisitAction.objects.filter(
            kind=kind, skipped_because="", visit__retailer=retailer, visit__visit_date__lte=on
        ).exclude(body={})
        row = rows.select_related("visit__person").order_by("-visit__visit_date", "-visit__check_in_at", "-pk").first()
        if row is not None:
            found[kind] = Counter(
                kind, row.visit_id, row.visit.visit_date, row.visit.person.name, row.body, row.visit_id in opens
            )
    return found


def counts_at(retailer: Retailer, *, since: date) -> list[tuple[int, date, int]]:
    """(product, day, units) of every stock count at a retailer since a day, oldest first."""
    rows = VisitAction.objects.filter(
        kind=ActionKind.STOCK_COUNT, skipped_because="", visit__retailer=retailer, visit__visit_date__gte=since
    ).order_by("visit__visit_date", "visit__check_in_at", "place")
    return [
        (line["product_id"], day, line["units"])
        for day, body in rows.values_list("visit__visit_date", "body")
        for line in body.get("lines") or ()
        if isinstance(line.get("product_id"), int) and isinstance(line.get("units"), int)
    ]

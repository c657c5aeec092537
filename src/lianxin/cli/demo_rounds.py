"""Forecast rounds of the demonstration: half a year judged, and one that is open today. Everything goes through the actions."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from lianxin.core.units import month_plus
from lianxin.demand.actions import closing, judging, opening
from lianxin.demand.facts import published
from lianxin.demand.models import Round
from lianxin.demand.queries import evidence
from lianxin.demand.queries.lines import all_lines, whole_units
from lianxin.demand.states import Period, RoundState
from lianxin.foundation import clock
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.people.queries import customer_managers
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.simulation.judgement import JudgementSettings, forecasts_of

Tell = Callable[[float, str], None]
N_PAST: Final = 6
N_PRODUCTS: Final = 4
# Two products are enough to judge by; each costs the system a forecast of every shop in every past month.
N_JUDGED: Final = 2
DAYS_OPEN: Final = 30
# Of a manager's lines, how many get a number of his own: enough of them that a copier shows, and the others do not.
ENTERED_SHARE: Final = 0.2
# How the simulated people call their reasons, in ours.
REASONS: Final = {
    "event": "festival",
    "stock": "overstock",
    "shortage": "shortage",
    "trend": "customers",
    "shop": "customers",
}


def goods_of(company: Company, last_month: date) -> list[int]:
    """The products of the rounds, most ordered first."""
    return _most_ordered(company, _past(last_month))


def set_up(company: Company, unit_of: Person, last_month: date, tell: Tell) -> str:
    """Past rounds with the numbers of the shown unit's managers, judged; and a round that is open. Done before, only the latter."""
    at, on = clock.now(), clock.today(company)
    months = _past(last_month)
    goods = _most_ordered(company, months)
    if not Round.objects.filter(company=company, state=RoundState.SCORED).exists():
        for number, month in enumerate(months):
            tell(0.7 * number / N_PAST, _("Round of %(month)s") % {"month": f"{month:%Y-%m}"})
            _open(
                company,
                month,
                goods[:N_JUDGED],
                datetime.combine(month, time(), company.zone),
                at,
                on,
                is_imported=True,
            )
        _import(company, unit_of, months, goods[:N_JUDGED], at, on)
        closing.close_due(company=company, at=at)
        judging.judge(company=company, by=None, at=at, on=on)
    tell(0.9, _("Round that is open"))
    for ahead in (1, 2):
        month = month_plus(last_month, ahead)
        known = Round.objects.filter(company=company, period=Period.MONTH, first_period=month).first()
        if known is not None and known.takes_entries(at):
            break
        if known is None:
            _open(company, month, goods, _deadline(company, on), at, on)
            break
    n = Round.objects.filter(company=company).count()
    return _("%(n)d forecast rounds") % {"n": n}


def _past(last_month: date) -> list[date]:
    return [month_plus(last_month, -back) for back in range(N_PAST - 1, -1, -1)]


def _most_ordered(company: Company, months: list[date]) -> list[int]:
    """The products of which most lines were ordered in these months: people can only copy what is sold."""
    every = list(Product.objects.filter(company=company).order_by("product_code").values_list("pk", flat=True))
    came = published.outcomes_of(company, "month", months[0], month_plus(months[-1], 1), every)
    counted = came.group_by("product_id").aggregate([("retailer_id", "count")]).to_pylist()
    ranked = sorted(counted, key=lambda row: (-row["retailer_id_count"], row["product_id"]))
    return [row["product_id"] for row in ranked[:N_PRODUCTS]]


@dataclass(frozen=True)
class _Rests:
    """What somebody who looks at a full shelf enters, and the visit that counted it."""

    units: int
    visit_id: str


def _full_shelves(round: Round) -> dict[tuple[int, int], _Rests]:
    """Of the counts beside a round's lines those of shelves that hold more than is needed; who thinks for himself goes by them."""
    needed = {
        (row["retailer_id"], row["product_id"]): row["mean_milli"]
        for row in all_lines(round).select(["retailer_id", "product_id", "mean_milli"]).to_pylist()
    }
    found = {}
    for key, count in evidence.counts(round).items():
        left = evidence.left_after(needed[key], count.units) if needed.get(key) is not None else None
        if left is not None:
            found[key] = _Rests(int(whole_units(left)), count.evidence_id.removeprefix("stock:"))
    return found


def _open(
    company: Company, month: date, goods: list[int], deadline: datetime, at: datetime, on: date, *, is_imported: bool = False
) -> None:  # fmt: skip
    made = Round.objects.filter(company=company, period=Period.MONTH, first_period=month).first()
    if made is None:
        made = opening.open_round(
            company=company, period=Period.MONTH, first_period=month, horizon=1, product_ids=goods, deadline_at=deadline, by=None,
            at=at, on=on, is_imported=is_imported,
        )  # fmt: skip
    if made.state == RoundState.PREPARING:
        opening.prepare(round=made, at=at, on=on)


def _deadline(company: Company, on: date) -> datetime:
    return datetime.combine(on + timedelta(days=DAYS_OPEN), time(18), company.zone)


def _import(company: Company, unit_of: Person, months: list[date], goods: list[int], at: datetime, on: date) -> None:
    """What the managers of the shown person's unit would have entered: simulated people, from a file like any other."""
    posts = list(customer_managers(company, on=on))
    unit = next(post.unit_id for post in posts if post.person_id == unit_of.pk)
    numbers = {post.person_id: post.person.employee_no for post in posts if post.unit_id == unit}
    held = Territory.objects.filter(held_on(on), person_id__in=numbers).values_list("retailer_id", "person_id")
    licences = dict(Retailer.objects.filter(company=company).values_list("pk", "licence_no"))
    holders = {licences[shop]: numbers[person] for shop, person in held}
    codes = dict(Product.objects.filter(pk__in=goods).values_list("pk", "product_code"))
    rounds = list(Round.objects.filter(company=company, period=Period.MONTH, first_period__in=months))
    system = {
        (row["period_start"], licences[row["retailer_id"]], codes[row["product_id"]]): row["mean_milli"] / 1000
        for round in rounds
        for row in all_lines(round).select(["period_start", "retailer_id", "product_id", "mean_milli"]).to_pylist()
    }
    came = published.outcomes_of(company, "month", month_plus(months[0], -12), month_plus(months[-1], 1), goods)
    history = pa.table(
        {
            "licence_no": pa.array([licences[pk] for pk in came.column("retailer_id").to_pylist()]),
            "product_code": pa.array([codes[pk] for pk in came.column("product_id").to_pylist()]),
            "month": came.column("period_start"),
            "units": came.column("ordered_units"),
        }
    )
    told, truth = forecasts_of(history, holders, months, JudgementSettings(entered_share=ENTERED_SHARE), system=system)
    counted = {
        (round.first_period, licences[shop], codes[product]): rests
        for round in rounds
        for (shop, product), rests in _full_shelves(round).items()
        if shop in licences and product in codes
    }
    path = Path(settings.HOME) / "demo-files" / "forecasts.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*told.column_names, "counted_in"])
        for row, true in zip(told.to_pylist(), truth.to_pylist(), strict=True):
            key = (row["period_start"], row["licence_no"], row["product_code"])
            rests = None if true["is_copy"] else counted.get(key)
            units, why = (row["units"], REASONS[row["reason"]]) if rests is None else (rests.units, "overstock")
            out.writerow(
                [*list(row.values())[:-3], units, why, row["entered_at"].isoformat(), rests.visit_id if rests else ""]
            )
    running.run(
        company=company, kind="forecasts", path=path, by=None, at=at, mapping_name="", owner_name="demo",
        refused_to=path.with_suffix(".refused.csv"), tell=lambda done, total: None,
    )  # fmt: skip

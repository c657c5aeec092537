"""What visits of the demonstration counted and heard: a file of counts and prices like any other, and hints said at the time."""

import csv
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
from django.conf import settings
from django.utils.translation import gettext as _

from lianxin.core.units import month_plus
from lianxin.demand.actions import hinting
from lianxin.demand.facts import published
from lianxin.demand.models import Hint
from lianxin.demand.states import HintKind
from lianxin.foundation import clock
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company, User
from lianxin.goods.models import Product
from lianxin.goods.queries import guide_prices
from lianxin.people.models import Person
from lianxin.people.queries import customer_managers
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.simulation import counting
from lianxin.simulation.headers import HEADERS
from lianxin.simulation.linjiang import DEFAULT_SEED
from lianxin.simulation.living import LINJIANG_HINTS
from lianxin.visits.models import Visit, VisitAction
from lianxin.visits.states import ActionKind

# Months of orders that say what a shop usually needs, before the first month of visits.
_BACK: Final = 3


def set_up(company: Company, unit_of: Person, goods: Sequence[int], last_month: date, says: User) -> str:
    """Counts of these goods in the visits that came by file, and hints of the shown unit's market manager; both once."""
    if not Hint.objects.filter(company=company).exists():
        _say(company, unit_of, goods, last_month, says)
    counts = VisitAction.objects.filter(visit__company=company, kind=ActionKind.STOCK_COUNT)
    if not counts.exists():
        _import(company, goods, last_month)
    return _("%(n)d visits with counts") % {"n": counts.count()}


def _import(company: Company, goods: Sequence[int], last_month: date) -> None:
    licences = dict(Retailer.objects.filter(company=company).values_list("pk", "licence_no"))
    rows = list(
        Visit.objects.filter(company=company, visit_date__lt=month_plus(last_month, 1))
        .exclude(batch=None)
        .order_by("check_in_at", "pk")
        .values_list("pk", "retailer_id", "visit_date", "n_answers")
    )
    if not rows:
        return
    visits = pa.table(
        {
            "visit_id": [row[0] for row in rows],
            "retailer_id": [licences[row[1]] for row in rows],
            "visit_date": [row[2] for row in rows],
            "n_answers": [row[3] for row in rows],
        }
    )
    codes = dict(Product.objects.filter(pk__in=goods).values_list("pk", "product_code"))
    first = min(row[2] for row in rows).replace(day=1)
    came = published.outcomes_of(company, "month", month_plus(first, -_BACK), month_plus(last_month, 1), sorted(codes))
    ordered = {
        (licences[row["retailer_id"]], codes[row["product_id"]], row["period_start"]): row["ordered_units"]
        for row in came.to_pylist()
    }
    guides = guide_prices(codes)
    prices = {codes[pk]: guides.on(pk, last_month) for pk in sorted(codes, key=codes.__getitem__)}
    yuan = {code: None if fen is None else fen / 100 for code, fen in prices.items()}
    made = counting.counts_of(visits, ordered, yuan, last_month=last_month, seed=DEFAULT_SEED)
    path = Path(settings.HOME) / "demo-files" / "库存盘点.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow([HEADERS["stock_counts"][name] for name in made.column_names])
        out.writerows(row.values() for row in made.to_pylist())
    running.run(
        company=company, kind="stock_counts", path=path, by=None, at=clock.now(), mapping_name="linjiang", owner_name="demo",
        refused_to=path.with_suffix(".refused.csv"), tell=lambda done, total: None,
    )  # fmt: skip


def _say(company: Company, unit_of: Person, goods: Sequence[int], last_month: date, says: User) -> None:
    """Few hints, and late ones: a round to which any is given is forecast twice, with it and without."""
    on = clock.today(company)
    unit = customer_managers(company, on=on).get(person=unit_of).unit
    held = Territory.objects.filter(held_on(on), person=unit_of).order_by("retailer_id").select_related("retailer")
    shop = held[0].retailer
    product = Product.objects.get(pk=goods[0])
    for hint in LINJIANG_HINTS:
        begins = month_plus(last_month, hint.months) + timedelta(days=hint.from_day - 1)
        hinting.say(
            kind=HintKind(hint.kind),
            words=hint.text,
            place=hinting.Place(retailer=shop) if hint.is_of_shop else hinting.Place(unit=unit),
            product=product if hint.is_of_product else None,
            valid_from=begins,
            valid_until=begins + timedelta(days=hint.days),
            change_share=hint.change_share,
            by=says,
            at=datetime.combine(begins + timedelta(days=hint.said_days), time(9), company.zone),
            on=on,
        )

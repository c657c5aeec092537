"""Demand agreements of the demonstration: what some shops of the shown unit said beforehand, from a file like any other."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from lianxin.core.units import month_plus
from lianxin.demand.facts import published
from lianxin.demand.models import Agreement
from lianxin.foundation import clock
from lianxin.foundation.imports import running
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.people.queries import customer_managers
from lianxin.retailers.models import Retailer, Territory
from lianxin.retailers.queries import held_on
from lianxin.simulation.headers import HEADERS

N_PRODUCTS: Final = 4
# Nobody must agree: one shop in three does, and one of those in five revises it before the month begins.
ONE_IN: Final = 3
REVISES_ONE_IN: Final = 5


def set_up(company: Company, unit_of: Person, months: Sequence[date]) -> str:
    """What shops agreed to take in these months: what they took on average in the three before, known before each began."""
    if not Agreement.objects.filter(company=company).exists():
        _import(company, unit_of, months)
    return _("%(n)d agreements") % {"n": Agreement.objects.filter(company=company).count()}


def _import(company: Company, unit_of: Person, months: Sequence[date]) -> None:
    on = clock.today(company)
    posts = list(customer_managers(company, on=on))
    unit = next(post.unit_id for post in posts if post.person_id == unit_of.pk)
    persons = [post.person_id for post in posts if post.unit_id == unit]
    held = Territory.objects.filter(held_on(on), person_id__in=persons).order_by("retailer_id")
    shops = list(held.values_list("retailer_id", flat=True))[::ONE_IN]
    licences = dict(Retailer.objects.filter(pk__in=shops).values_list("pk", "licence_no"))
    goods = dict(
        Product.objects.filter(company=company).order_by("product_code").values_list("pk", "product_code")[:N_PRODUCTS]
    )
    came = published.outcomes_of(company, "month", month_plus(months[0], -3), months[-1], sorted(goods))
    units: dict[tuple[int, int, date], int] = defaultdict(int)
    for row in came.to_pylist():
        units[row["retailer_id"], row["product_id"], row["period_start"]] = row["ordered_units"]
    path = Path(settings.HOME) / "demo-files" / "需求协议.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADERS["agreements"].values())
        for month in months:
            said = datetime.combine(month - timedelta(days=6), time(10), company.zone)
            for place, shop in enumerate(shops):
                for product, code in goods.items():
                    mean = sum(units[shop, product, month_plus(month, -back)] for back in (1, 2, 3)) / 3
                    if mean < 1:
                        continue
                    out.writerow([f"{month:%Y-%m}", licences[shop], code, round(mean), said.isoformat()])
                    if place % REVISES_ONE_IN == 0:
                        revised = said + timedelta(days=3)
                        out.writerow([f"{month:%Y-%m}", licences[shop], code, round(mean * 0.8), revised.isoformat()])
    running.run(
        company=company, kind="agreements", path=path, by=None, at=clock.now(), mapping_name="linjiang", owner_name="demo",
        refused_to=path.with_suffix(".refused.csv"), tell=lambda done, total: None,
    )  # fmt: skip

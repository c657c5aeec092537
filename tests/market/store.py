"""A small company with order lines in its lake, and roll-ups made of them line by line in plain Python."""

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from lianxin.engine import from_rows
from lianxin.foundation import facts
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Role
from lianxin.goods.models import Product, ProductVersion
from lianxin.market.actions import refresh_rollups
from lianxin.market.models import RollupMonth
from lianxin.people.models import Person, Posting, Unit
from lianxin.people.states import Post, UnitKind
from lianxin.retailers.models import Retailer, RetailerVersion, Territory
from tests import factories

_KEPT = tempfile.TemporaryDirectory(prefix="lianxin-tests-")
_MADE: dict[tuple[int, ...], tuple[Path, list[dict[str, Any]]]] = {}
NOW, AGO = date(2021, 12, 1), date(2020, 12, 1)
ATTRIBUTES = ("route", "trade_form", "market_type", "tier")


@dataclass
class Store:
    """Two units of two managers and one manager; every retailer bought in December 2020 and 2021."""

    company: Company
    south: Unit
    north: Unit
    people: dict[str, Person]
    users: dict[str, User]
    products: dict[str, Product]
    retailers: dict[str, Retailer] = field(default_factory=dict)
    lines: list[dict[str, Any]] = field(default_factory=list)

    def line(self, licence: str, day: date, code: str, units: int, **fields: Any) -> None:
        """One more order line; its amount is at the wholesale price unless given."""
        version = version_on(ProductVersion.objects.filter(product=self.products[code]), day)
        self.lines.append(
            {
                "company_id": self.company.pk,
                "line_id": f"N{len(self.lines) + 1:05}",
                "order_date": day,
                "order_month": day.replace(day=1),
                "retailer_id": self.retailers[licence].pk,
                "product_id": self.products[code].pk,
                "ordered_units": units,
                "amount_fen": units * version.wholesale_price_fen,
                "batch_id": "b1",
                **fields,
            }
        )

    def fill_lake(self) -> None:
        """Put the order lines into the lake and make the roll-ups of them; a copy, if a test before has done the same."""
        rows = (self.company, *self.people.values(), *self.products.values(), *self.retailers.values())
        key = (len(self.lines), *(row.pk for row in rows))
        if key in _MADE:
            folder, months = _MADE[key]
            shutil.copytree(folder, Path(settings.LAKE), dirs_exist_ok=True)
            RollupMonth.objects.bulk_create(RollupMonth(company=self.company, **month) for month in months)
            return
        facts.the_lake().append_batch(from_rows("order_lines", self.lines), self.company.pk, "b1")
        refresh_rollups(company=self.company, by=None, at=factories.AT)
        kept = Path(_KEPT.name) / str(len(_MADE))
        shutil.copytree(Path(settings.LAKE), kept)
        fields = ("month", "lines_digest", "master_digest", "master_versions", "made_at")
        _MADE[key] = (kept, list(RollupMonth.objects.filter(company=self.company).values(*fields)))

    def expected(self, by: tuple[str, ...]) -> list[dict[str, Any]]:
        """What a roll-up by these columns must hold."""
        return summed([attributed(line) for line in self.lines], by)


def version_on(versions: Any, day: date) -> Any:
    return [one for one in versions.order_by("valid_from") if one.valid_from <= day][-1]


def attributed(line: dict[str, Any]) -> dict[str, Any]:
    """A line with whoever held the retailer on its day, and what was true of retailer and product then."""
    day = line["order_date"]
    held = [
        one
        for one in Territory.objects.filter(retailer_id=line["retailer_id"], valid_from__lte=day)
        if one.valid_until is None or one.valid_until > day
    ]
    person = held[0].person_id if held else None
    posts = Posting.objects.filter(person_id=person, valid_from__lte=day)
    retailer = version_on(RetailerVersion.objects.filter(retailer_id=line["retailer_id"]), day)
    product = version_on(ProductVersion.objects.filter(product_id=line["product_id"]), day)
    supplied = line.get("supplied_units")
    units = line["ordered_units"] if supplied is None else supplied
    cost = product.cost_price_fen
    return {
        **line,
        "month": line["order_month"],
        "person_id": person,
        "unit_id": posts.order_by("-valid_from")[0].unit_id if person else None,
        **{name: getattr(retailer, name) or None for name in ATTRIBUTES},
        "price_class": product.price_class or None,
        "units": units,
        "cost_fen": None if cost is None else cost * units,
    }


def summed(rows: Iterable[dict[str, Any]], by: tuple[str, ...]) -> list[dict[str, Any]]:
    """Sums per month and key; an amount or cost that one line lacks is unknown for the sum."""
    groups: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        groups[(row["company_id"], row["month"], *(row[name] for name in by))].append(row)
    found = []
    for key, group in groups.items():
        amounts = [row["amount_fen"] for row in group]
        known = [row for row in group if row["cost_fen"] is not None and row["amount_fen"] is not None]
        ordered = [row for row in group if row["ordered_units"] > 0]
        found.append(
            {
                **dict(zip(("company_id", "month", *by), key, strict=True)),
                "units": sum(row["units"] for row in group),
                "amount_fen": None if None in amounts else sum(amounts),
                "wanted_units": None,
                "ordered_units": sum(row["ordered_units"] for row in group),
                "cost_fen": sum(row["cost_fen"] for row in known) if known else None,
                "known_cost_amount_fen": sum(row["amount_fen"] for row in known) if known else None,
                "n_lines": len(group),
                "n_order_lines": len(ordered),
                "n_products": len({row["product_id"] for row in ordered}),
                "n_order_days": len({row["order_date"] for row in ordered}),
            }
        )
    return found


def build() -> Store:
    """South: E1 holds A1 and A2; E2 holds B1. North: E3 holds C1. A2 was E2's until the middle of December 2021."""
    company = factories.company()
    city = factories.unit(company, "临江市", kind=UnitKind.COMPANY)
    south = factories.unit(company, "城南市场部", parent=city)
    north = factories.unit(company, "城北市场部", parent=city)
    users = {
        "E1": factories.user(company, Role.CUSTOMER_MANAGER),
        "E2": factories.user(company, Role.CUSTOMER_MANAGER),
        "E3": factories.user(company, Role.CUSTOMER_MANAGER),
        "M1": factories.user(company, Role.MARKET_MANAGER),
        "leader": factories.user(company, Role.LEADER),
        "trainer": factories.user(company, Role.TRAINER),
    }
    people = {
        "E1": factories.person(south, employee_no="E1", name="张三", user=users["E1"]),
        "E2": factories.person(south, employee_no="E2", name="李四", user=users["E2"]),
        "E3": factories.person(north, employee_no="E3", name="王五", user=users["E3"]),
        "M1": factories.person(south, Post.MARKET_MANAGER, employee_no="M1", name="赵六", user=users["M1"]),
    }
    products = {
        "P1": factories.product(
            company,
            "P1",
            price_class="一类",
            wholesale_price_fen=20000,
            cost_price_fen=15000,
            guide_retail_price_fen=25000,
        ),
        "P2": factories.product(
            company,
            "P2",
            price_class="三类",
            wholesale_price_fen=5000,
            cost_price_fen=4000,
            guide_retail_price_fen=6000,
        ),
    }
    store = Store(company, south, north, people, users, products)
    for licence, holder, tier, form, place in [
        ("A1", "E1", 20, "便利店", (30.1, 114.1)),
        ("B1", "E2", 12, "超市", (30.2, 114.2)),
        ("C1", "E3", 12, "便利店", (30.3, 114.3)),
    ]:
        store.retailers[licence] = factories.retailer(
            company, licence, holder=people[holder], tier=tier, trade_form=form, market_type="城镇", route="线路1",
            name=f"{licence}商店", latitude=place[0], longitude=place[1], town="城关镇",
        )  # fmt: skip
    moved = factories.retailer(
        company, "A2", tier=5, trade_form="食杂店", market_type="乡村", route="线路2", name="A2商店",
        latitude=30.4, longitude=114.4,
    )  # fmt: skip
    Territory.objects.create(
        retailer=moved, person=people["E2"], valid_from=factories.START, valid_until=date(2021, 12, 15)
    )
    Territory.objects.create(retailer=moved, person=people["E1"], valid_from=date(2021, 12, 15))
    store.retailers["A2"] = moved
    for licence, day, code, units in [
        ("A1", date(2020, 12, 1), "P1", 10),
        ("A1", date(2020, 12, 8), "P2", 10),
        ("A2", date(2020, 12, 2), "P2", 20),
        ("B1", date(2020, 12, 3), "P1", 40),
        ("C1", date(2020, 12, 4), "P2", 20),
        ("A1", date(2021, 11, 2), "P1", 7),
        ("A1", date(2021, 12, 7), "P1", 14),
        ("A1", date(2021, 12, 14), "P1", 6),
        ("A1", date(2021, 12, 14), "P2", 10),
        ("A2", date(2021, 12, 1), "P2", 5),
        ("A2", date(2021, 12, 22), "P2", 15),
        ("B1", date(2021, 12, 2), "P1", 30),
        ("C1", date(2021, 12, 3), "P2", 33),
        ("C1", date(2021, 12, 10), "P2", -3),
    ]:
        store.line(licence, day, code, units)
    return store

"""A large company for the pages benchmark: rows of the database made at once, lines by DuckDB. Nothing in it is anyone's.

Runs in a child with LIANXIN_HOME set and Django ready, after `lianxin init`.
"""

import math
import time
from datetime import date
from typing import Any

import duckdb
from django.db import transaction

from benchmarks.stores import months_written
from lianxin.core.units import month_plus
from lianxin.foundation import clock
from lianxin.foundation.actions import grant_role, open_account
from lianxin.foundation.facts import the_lake
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.goods.models import Product, ProductVersion
from lianxin.market.actions import refresh_rollups
from lianxin.people.models import Person, Posting, Unit
from lianxin.people.states import Post, UnitKind
from lianxin.retailers.models import Licence, Retailer, RetailerVersion, Territory

SINCE = date(2019, 10, 1)
MONTHS = tuple(month_plus(date(2020, 1, 1), step) for step in range(24))
PRODUCTS = 150
HELD_BY_ONE = 208
PASSWORD = "bench-only-7391"  # an account of a store that lives for minutes
CLASSES = ("一类", "二类", "三类", "四类", "五类")
FORMS = ("便利店", "食杂店", "超市", "烟酒店", "娱乐服务", "其他")
# Lines of a month: every week an order, of two to seven lines by tier; most products seldom, some often.
LINES = """
SELECT {company}::INTEGER AS company_id,
       strftime(DATE '{month}', '%Y%m') || '-' || lpad((retailer_id * 1000 + week * 100 + slot)::VARCHAR, 12, '0') AS line_id,
       (DATE '{month}' + (week * 7 + retailer_id % 5)::INTEGER)::DATE AS order_date, DATE '{month}' AS order_month, retailer_id,
       product_id, (units + hash(retailer_id, week, slot, 3) % 3)::INTEGER AS wanted_units, (units * 2)::INTEGER AS cap_units,
       units AS ordered_units, units AS supplied_units, (units * price_fen)::BIGINT AS amount_fen,
       'bench-{month}' AS batch_id, NULL::VARCHAR AS replaces_batch_id
FROM (
    SELECT retailer_id, week, slot, (1 + tier // 6 + hash(retailer_id, week, slot, {number}) % 5)::INTEGER AS units,
           (pow((hash(retailer_id, week, slot, {number}, 7) % 100000) / 1e5, 2) * {products})::INTEGER AS place
    FROM shops, range(4) AS weeks(week), range(7) AS slots(slot)
    WHERE slot < 2 + tier / 6.0 - (hash(retailer_id, week, {number}) % 100) / 100.0 + {more}
)
JOIN goods USING (place)
ORDER BY retailer_id, order_date, line_id
"""


@transaction.atomic
def master(retailers: int, people: int = 20) -> dict[str, Any]:
    """Units, persons, products, retailers and territories; sign-in names of those who will look at pages."""
    company = Company.objects.get()
    managers = max(4, round(retailers / HELD_BY_ONE))
    units = _units(company, managers)
    persons = _persons(company, units, managers)
    _products(company)
    _retailers(company, retailers, persons)
    return {"users": _users(company, persons, units, people), "managers": managers}


def _units(company: Company, managers: int) -> list[Unit]:
    top = Unit.objects.create(company=company, code="总公司", kind=UnitKind.COMPANY)
    found = []
    for number in range(math.ceil(managers / 8)):
        if number % 4 == 0:
            above = Unit.objects.create(
                company=company, code=f"第{number // 4 + 1}营销部", kind=UnitKind.DEPARTMENT, parent=top
            )
        found.append(
            Unit.objects.create(company=company, code=f"第{number + 1}市场部", kind=UnitKind.MARKET_UNIT, parent=above)
        )
    return found


def _persons(company: Company, units: list[Unit], managers: int) -> list[Person]:
    made = Person.objects.bulk_create(
        Person(company=company, employee_no=f"B{number:05d}", name=f"经理{number}") for number in range(managers)
    )
    Posting.objects.bulk_create(
        Posting(person=person, post=Post.CUSTOMER_MANAGER, unit=units[place // 8], valid_from=SINCE)
        for place, person in enumerate(made)
    )
    return made


def _products(company: Company) -> None:
    made = Product.objects.bulk_create(
        Product(company=company, product_code=f"P{number:04d}", name=f"品规{number}") for number in range(PRODUCTS)
    )
    ProductVersion.objects.bulk_create(
        ProductVersion(
            product=product, valid_from=since, name=product.name, producer=f"工业{place % 12}", price_class=CLASSES[place % 5],
            order_unit="条", wholesale_price_fen=5000 + place * 200, cost_price_fen=(5000 + place * 200) * share // 100,
            guide_retail_price_fen=6000 + place * 230, listed_date=SINCE if place % 10 else date(2021, 6, 1),
        )
        for place, product in enumerate(made)
        for since, share in ((SINCE, 70), (date(2021, 5, 17), 72))
    )  # fmt: skip


def _retailers(company: Company, count: int, persons: list[Person]) -> None:
    made = Retailer.objects.bulk_create(
        (Retailer(company=company, licence_no=f"3300{n:08d}", name=f"零售户{n}") for n in range(count)), batch_size=2000
    )
    Licence.objects.bulk_create(
        (Licence(company=company, retailer=one, licence_no=one.licence_no, valid_from=SINCE) for one in made),
        batch_size=2000,
    )
    versions, held = [], []
    for n, one in enumerate(made):
        person = persons[n * len(persons) // count]
        for since in (SINCE, *((date(2021, 7, 1),) if n % 10 == 0 else ())):
            tier = 1 + (n * 7919) % 30
            versions.append(
                RetailerVersion(
                    retailer=one, valid_from=since, licence_no=one.licence_no, name=one.name, address=f"第{n % 400}路{n % 90}号",
                    town=f"镇{n % 60}", latitude=29.0 + (n % 500) / 400, longitude=119.0 + (n * 31 % 700) / 500,
                    trade_form=FORMS[n % 6], market_type=("城镇", "乡村")[n % 3 == 0],
                    tier=tier if since == SINCE else max(1, tier - 1), route=f"线路{n * 400 // count:03d}", order_weekday=1 + n % 5,
                )
            )  # fmt: skip
        held.append(
            Territory(
                retailer=one, person=person, valid_from=SINCE, valid_until=date(2021, 6, 14) if n % 20 == 3 else None
            )
        )
        if n % 20 == 3:
            after = persons[(n * len(persons) // count + 1) % len(persons)]
            held.append(Territory(retailer=one, person=after, valid_from=date(2021, 6, 14)))
    RetailerVersion.objects.bulk_create(versions, batch_size=2000)
    Territory.objects.bulk_create(held, batch_size=2000)


def _users(company: Company, persons: list[Person], units: list[Unit], people: int) -> list[str]:
    """Of twenty people: ten customer managers, five market managers, three brand managers, two leaders."""
    at, found = clock.now(), []
    roles = [Role.CUSTOMER_MANAGER] * 10 + [Role.MARKET_MANAGER] * 5 + [Role.BRAND_MANAGER] * 3 + [Role.LEADER] * 2
    top = Unit.objects.get(company=company, kind=UnitKind.COMPANY)
    for place, role in enumerate(roles[:: max(1, len(roles) // people)][:people]):
        user, _shown = open_account(
            company=company, username=f"bench{place}", display_name=f"用户{place}", by=None, at=at, password=PASSWORD
        )
        grant_role(user=user, role=role, company=company, by=None, at=at)
        if role is Role.CUSTOMER_MANAGER:
            person = persons[place * len(persons) // (len(roles) // 2)]
            person.user = user
            person.save()
        else:
            person = Person.objects.create(company=company, employee_no=f"U{place:04d}", name=f"用户{place}", user=user)
            unit = units[place % len(units)] if role is Role.MARKET_MANAGER else top
            Posting.objects.create(person=person, post=Post(role.value), unit=unit, valid_from=SINCE)
        found.append(user.username)
    return found


def lines(wanted: int, roll_up: bool = True) -> dict[str, Any]:
    """About `wanted` order lines over 24 months, and the roll-ups that the market room makes of them where asked for."""
    company = Company.objects.get()
    shops = list(
        RetailerVersion.objects.filter(retailer__company=company, valid_from=SINCE).values_list("retailer_id", "tier")
    )
    goods = list(Product.objects.filter(company=company).order_by("pk").values_list("pk", flat=True))
    # A retailer has 4 orders a month of 2 + tier/6 - 1/2 lines, 4 on average: the rest is made up by `more`.
    more = max(-4.0, wanted / (len(shops) * len(MONTHS) * 4) - 4.08)
    started = time.perf_counter()
    with duckdb.connect() as connected:
        connected.execute("SET preserve_insertion_order = false")
        connected.execute("CREATE TEMP TABLE shops (retailer_id BIGINT, tier INTEGER)")
        connected.execute("CREATE TEMP TABLE goods (place INTEGER, product_id BIGINT, price_fen BIGINT)")
        _load(connected, "shops", shops)
        _load(connected, "goods", [(place, key, 5000 + place * 200) for place, key in enumerate(goods)])
        asked = {
            month: LINES.format(company=company.pk, month=month, number=number, products=PRODUCTS, more=more)
            for number, month in enumerate(MONTHS)
        }
        rows = months_written(the_lake(), connected, asked, company.pk)
    written = time.perf_counter() - started
    started = time.perf_counter()
    made = refresh_rollups(company=company, by=None, at=clock.now()) if roll_up else []
    return {"rows": rows, "written": written, "rolled_up": time.perf_counter() - started, "months": len(made)}


def _load(connected: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
    for start in range(0, len(rows), 5000):
        values = ", ".join(str(tuple(row)) for row in rows[start : start + 5000])
        connected.execute(f"INSERT INTO {table} VALUES {values}")

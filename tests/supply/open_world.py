"""Published rounds of a small company, shared out by the rules themselves, for the pages of retailers and of anyone."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import pyarrow as pa

from lianxin.core.allocating import Policy, allocate
from lianxin.core.tables.supply import ALLOCATION_SHARES
from lianxin.engine.sources import nullable_arrow_schema
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.people.models import Person
from lianxin.retailers.models import Retailer
from lianxin.supply.actions.summing import record_sums
from lianxin.supply.models import Round, RoundProduct, RoundQuota, SupplyPolicy
from lianxin.supply.states import RoundState
from tests import factories

WEEK = date(2026, 3, 2)
AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SEED = "5eed" * 16


class Asked(NamedTuple):
    """One retailer's request of one product."""

    retailer: Retailer
    product: Product
    tier: int
    wanted: int
    cap: int | None = None
    floor: int | None = None
    market: str = ""


class Shops(NamedTuple):
    manager: Person
    retailers: list[Retailer]


def shops(company: Company, n: int, unit: str = "城南市场部") -> Shops:
    """Retailers of one manager of a unit."""
    manager = factories.person(factories.unit(company, unit))
    return Shops(manager, [factories.retailer(company, holder=manager) for _each in range(n)])


def policy(company: Company, rule: str, code: str = "", **definition: Any) -> SupplyPolicy:
    return SupplyPolicy.objects.create(
        company=company, code=code or rule.replace("_", "-"), number=1, title=rule, sentence_zh="同档同量",
        sentence_en="The same for the same tier", rule=rule, method="by_tier", definition=definition, state="published",
        drafted_at=AT, published_at=AT, valid_from=date(2026, 1, 1),
    )  # fmt: skip


def share_out(
    company: Company,
    asked: Sequence[Asked],
    supply: dict[int, int],
    by: SupplyPolicy,
    *,
    number: int = 1,
    state: RoundState = RoundState.PUBLISHED,
    holder: dict[int, Person] | None = None,
) -> Round:
    """A round with the shares that its policy gives, in the lake and as sums."""
    made = Round.objects.create(
        id=f"round-{company.code}-{number}", company=company, number=number, week=WEEK, state=state, seed=SEED,
        seed_hash=hashlib.sha256(SEED.encode()).hexdigest(), digest="d", opened_at=AT, committed_at=AT, published_at=AT,
    )  # fmt: skip
    products = {one.product.pk: one.product for one in asked}
    for pk, product in products.items():
        RoundProduct.objects.create(round=made, product=product, policy=by, supply_units=supply[pk])
    told = Policy.from_mapping({"rule": by.rule, **by.definition, "seed": SEED if by.rule == "lottery" else by.code})
    columns: dict[str, Any] = {
        "week": pa.array([WEEK] * len(asked), pa.date32()),
        "product_id": pa.array([one.product.product_code for one in asked]),
        "retailer_id": pa.array([one.retailer.licence_no for one in asked]),
        "wanted_units": pa.array([one.wanted for one in asked], pa.int64()),
        "cap_units": pa.array([one.cap for one in asked], pa.int64()),
        "tier": pa.array([one.tier for one in asked], pa.int64()),
        "product_number": pa.array([one.product.pk for one in asked], pa.int64()),
        "retailer_number": pa.array([one.retailer.pk for one in asked], pa.int64()),
    }
    if any(one.floor is not None for one in asked):
        columns["floor_units"] = pa.array([one.floor for one in asked], pa.int64())
    if told.attributes:
        columns |= {name: pa.array([one.market for one in asked]) for name in told.attributes}
    given = allocate(
        pa.table(columns),
        pa.table(
            {
                "week": pa.array([WEEK] * len(products), pa.date32()),
                "product_id": [product.product_code for product in products.values()],
                "supply_units": pa.array([supply[pk] for pk in products], pa.int64()),
            }
        ),
        policy=told,
        engine=the_engine(),
    )
    assert given.faults.num_rows == 0
    rows = [
        {
            "company_id": company.pk, "month": WEEK.replace(day=1), "week": WEEK, "product_id": row["product_number"],
            "retailer_id": row["retailer_number"], "tier": row["tier"], "wanted_units": row["wanted_units"],
            "cap_units": row["cap_units"], "rule_units": row["share_units"], "share_units": row["share_units"],
            "fill_level": row["fill_level"], "reason": row["reason"], "batch_id": made.pk,
            "person_id": _holder(row["retailer_number"], holder), "quota_group": row.get("market_type", ""),
        }
        for row in given.shares.to_pylist()
    ]  # fmt: skip
    lines = pa.Table.from_pylist(rows, schema=nullable_arrow_schema(ALLOCATION_SHARES))
    the_lake().replace_batches(ALLOCATION_SHARES.name, company.pk, {made.pk}, lines, {"round": made.pk})
    quotas = {}
    if given.quotas is not None:
        codes = {product.product_code: pk for pk, product in products.items()}
        quotas = {(codes[row["product_id"]], row["tier"]): row["quota_units"] for row in given.quotas.to_pylist()}
        if told.attributes:
            quotas = {}
            RoundQuota.objects.bulk_create(
                RoundQuota(
                    round=made, product_id=codes[row["product_id"]], quota_group=row["market_type"],
                    **{name: row[name] for name in ("tier", "quota_units", "n_requests", "taken_units")},
                )
                for row in given.quotas.to_pylist()
            )  # fmt: skip
    record_sums(round=made, lines=lines, quotas=quotas)
    return made


def _holder(retailer_id: int, holder: dict[int, Person] | None) -> int | None:
    return holder[retailer_id].pk if holder and retailer_id in holder else None

"""Rows handed to `core.allocating`: requests that count, who held a retailer and in which tier, shares as they stand."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import Policy, gaming
from lianxin.core.allocating.fit import Fit, fit
from lianxin.core.errors import CoreError
from lianxin.core.measuring.lines import current_lines
from lianxin.core.measuring.suppliers import plan
from lianxin.core.parameters import value_of
from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES
from lianxin.core.tables.field import STOCK_COUNTS
from lianxin.core.tables.supply import ALLOCATION_REQUESTS, SUPPLIER_AGREEMENTS
from lianxin.core.units import first_day
from lianxin.engine.sources import Source
from lianxin.foundation import facts as published
from lianxin.foundation import parameters as dated_parameters
from lianxin.foundation.core_words import said
from lianxin.foundation.errors import Refused
from lianxin.foundation.facts import the_engine, the_lake
from lianxin.foundation.models import Company
from lianxin.retailers.models import RetailerVersion, Territory
from lianxin.retailers.queries import held_on
from lianxin.supply import checks
from lianxin.supply.checks import ATTRIBUTES
from lianxin.supply.models import Round, RoundProduct, SupplyPolicy
from lianxin.supply.queries import lines, rounds, suppliers
from lianxin.supply.states import TYPES, Rule


def holders(company: Company, week: date) -> dict[int, int]:
    """Retailer -> the person who held it on the Monday of a week."""
    rows = Territory.objects.filter(held_on(week), retailer__company=company)
    return dict(rows.values_list("retailer_id", "person_id"))


_KNOWN: Final = ("licence_no", "tier", *ATTRIBUTES)


def retailers_known(company: Company, week: date) -> pa.Table:
    """What was known of each retailer on the Monday of a week; before a retailer's first version, what that one says.

    Returns
    -------
    one row per retailer
        retailer_id : int64; licence_no and the attributes of `checks.ATTRIBUTES` : string; tier : int64; person_id : int64, the
        holder
    """
    rows = RetailerVersion.objects.filter(retailer__company=company).order_by("valid_from")
    found: dict[int, tuple[Any, ...]] = {}
    for retailer_id, valid_from, *known in rows.values_list("retailer_id", "valid_from", *_KNOWN):
        if valid_from <= week or retailer_id not in found:
            found[retailer_id] = tuple(known)
    held = holders(company, week)
    columns = {
        name: pa.array([row[place] for row in found.values()], pa.int64() if name == "tier" else pa.string())
        for place, name in enumerate(_KNOWN)
    }
    ids = pa.array(list(found), pa.int64())
    return pa.table({"retailer_id": ids, **columns, "person_id": pa.array([held.get(pk) for pk in found], pa.int64())})


def types(company: Company, week: date) -> dict[int, tuple[str | None, ...]]:
    """Retailer -> its `states.TYPES` on the Monday of a week, None where nobody wrote them down."""
    known = retailers_known(company, week)
    columns = [known.column(name).to_pylist() for name in TYPES]
    ids = known.column("retailer_id").to_pylist()
    return {pk: tuple(value or None for value in row) for pk, row in zip(ids, zip(*columns, strict=True), strict=True)}


def tiers(company: Company, week: date) -> dict[int, int | None]:
    """Retailer -> its tier on the Monday of a week; before a retailer's first version, that of its first one."""
    rows = RetailerVersion.objects.filter(retailer__company=company).order_by("valid_from")
    found: dict[int, int | None] = {}
    for retailer_id, valid_from, tier in rows.values_list("retailer_id", "valid_from", "tier"):
        if valid_from <= week or retailer_id not in found:
            found[retailer_id] = tier
    return found


def _counting(week: date, product_ids: Collection[int] | None) -> TableExpression:
    """The requests of one week that count: of several batches with one key the latest."""
    rows = ALLOCATION_REQUESTS.unbound()
    rows = rows.filter(rows.week == week)
    if product_ids is not None:
        rows = rows.filter(rows.product_id.isin(sorted(product_ids)))
    latest = rows.group_by("product_id", "retailer_id").mutate(newest=rows.batch_id.max())
    latest = latest.filter(latest.batch_id == latest.newest)
    return latest.drop("newest").order_by("product_id", "retailer_id")


def requests(
    company: Company, week: date, version: int | None = None, product_ids: Collection[int] | None = None
) -> pa.Table:
    """The requests of a week that count, by product and retailer.

    Parameters
    ----------
    version : of the lake's table; None means the newest
    product_ids : of these products only; None means of all
    """
    files = the_lake().files(ALLOCATION_REQUESTS.name, version, company.pk, months={first_day(week)})
    return the_engine().run(_counting(week, product_ids), {ALLOCATION_REQUESTS.name: files})


def requests_of(round: Round) -> pa.Table:
    """The requests that a round shares out: those of its products, at the version at which they were closed."""
    ids = [row.product_id for row in rounds.products_of(round)]
    return requests(round.company, round.week, round.requests_version, ids)


def policy_for(round: Round, policy: SupplyPolicy, *, is_chosen: bool) -> Policy:
    """The policy as a round applies it. A draw that was chosen takes the round's own sealed seed; a rotation goes on from week
    to week.

    Parameters
    ----------
    is_chosen : or only set beside the chosen one, or tried; then a draw is made with a seed of its own, so that nobody learns
        how the round would draw before he chooses
    """
    if policy.rule != Rule.LOTTERY:
        return checks.policy_of(policy, policy.code)
    return checks.policy_of(policy, round.seed if is_chosen else f"what-if-{round.number}")


def to_divide(
    round: Round, policy: Policy, rows: Sequence[RoundProduct], known: pa.Table, requested: pa.Table
) -> tuple[pa.Table, pa.Table]:
    """Requests and supply of products of a round as `core.allocating` reads them, the numbers of rows of ours beside them.

    Parameters
    ----------
    known : see `retailers_known`
    requested : see `requests_of`; those of other products count for nothing
    """
    numbers = pa.array([row.product_id for row in rows], pa.int64())
    asked = requested.filter(pc.is_in(requested.column("product_id"), value_set=numbers))
    at = pc.index_in(asked.column("retailer_id"), value_set=known.column("retailer_id").combine_chunks())
    codes = pa.array([row.product.product_code for row in rows], pa.string())
    columns: dict[str, Any] = {
        "week": asked.column("week"),
        "product_id": codes.take(pc.index_in(asked.column("product_id"), value_set=numbers).combine_chunks()),
        "retailer_id": known.column("licence_no").take(at),
        "wanted_units": asked.column("wanted_units").cast(pa.int64()),
        "cap_units": asked.column("cap_units").cast(pa.int64()),
        "floor_units": asked.column("floor_units").cast(pa.int64()),
        "tier": pc.coalesce(asked.column("tier").cast(pa.int64()), known.column("tier").take(at)),
        "product_number": asked.column("product_id"),
        "retailer_number": asked.column("retailer_id"),
        "person_number": known.column("person_id").take(at),
    }
    columns |= {name: known.column(name).take(at) for name in (*TYPES, *policy.attributes)}
    if policy.only_selected:
        columns["is_selected"] = pc.fill_null(asked.column("is_selected"), False)
    supply = {
        "week": pa.array([round.week] * len(rows), pa.date32()),
        "product_id": codes,
        "supply_units": pa.array([row.supply_units for row in rows], pa.int64()),
    }
    return pa.table(columns), pa.table(supply)


@dataclass(frozen=True)
class WhatIf:
    """What shops would get by asking for more.

    rows : see `core.allocating.gaming`, retailer_id being the licence number; and tier
    n_asking : shops that asked for the product at all, of which `rows` are all or a sample
    """

    rows: pa.Table
    n_asking: int


def what_if(
    round: Round, row: RoundProduct, policy: SupplyPolicy, *, factor: int, more: int, most_shops: int
) -> WhatIf:
    """What shops that ask for a product of a round would get under a policy by asking for more, one of them at a time.

    Where more shops ask than `most_shops`, those are taken whose licence numbers come first by SHA-256 with round and product:
    the same ones each time, and nobody's choice. A draw is made with a seed of its own, so that nobody learns the round's before
    its day.

    Raises
    ------
    CannotBeGamed : the round has faults, or this policy cannot be applied to it.
    """
    made = policy_for(round, policy, is_chosen=False)
    known = retailers_known(round.company, round.week)
    requested = requests(round.company, round.week, round.requests_version, [row.product_id])
    asked, supply = to_divide(round, made, [row], known, requested)
    passed = {"product_number", "retailer_number", "person_number", *TYPES} - set(made.attributes)
    asked = asked.drop_columns(sorted(passed))
    asking = asked.filter(pc.greater(asked.column("wanted_units"), 0)).column("retailer_id").to_pylist()
    mark = f"{round.number}|{row.product.product_code}|"
    sample = sorted(asking, key=lambda licence: hashlib.sha256(f"{mark}{licence}".encode()).digest())[:most_shops]
    told = gaming(asked, supply, policy=made, engine=the_engine(), retailers=sample, factor=factor, more=more)
    at = pc.index_in(told.column("retailer_id"), value_set=asked.column("retailer_id").combine_chunks())
    return WhatIf(told.append_column("tier", asked.column("tier").take(at)), len(asking))


def shares_for_fit(round: Round) -> pa.Table:
    """The standing lines of a round as `core.allocating.fit` reads them; of lines whose wish nobody told only the unmet is
    unknown."""
    rows = the_engine().run(lines.standing_lines(), lines.sources_of(round))
    return pa.table(
        {
            "week": rows.column("week"),
            "product_id": rows.column("product_id").cast(pa.string()),
            "retailer_id": rows.column("retailer_id").cast(pa.string()),
            "tier": rows.column("tier"),
            "wanted_units": rows.column("wanted_units").cast(pa.int64()),
            "share_units": rows.column("share_units").cast(pa.int64()),
        }
    )


def order_lines_after(round: Round, product_ids: Sequence[int], days: int) -> pa.Table:
    """Order lines of a round's products from its Monday on, for so many days; and one line of each week of which any is known.

    The marks make a week known in which nobody ordered these products; they name no product, so that they count nowhere.
    """
    until = round.week + timedelta(days=days)
    months = {first_day(round.week), first_day(until)}
    lake = the_lake()
    void = lake.replacements(company_id=round.company_id)
    asked = current_lines(replaced=bool(void.num_rows))
    asked = asked.filter((asked.order_date >= round.week) & (asked.order_date < until))
    scarce = asked.filter(asked.product_id.isin(list(product_ids)))
    told = scarce.select("order_date", "product_id", "retailer_id", "ordered_units", "supplied_units")
    marks = asked.aggregate(order_date=asked.order_date.max(), first=asked.order_date.min(), n=asked.count())
    sources: dict[str, Source] = {
        ORDER_LINES.name: lake.files(ORDER_LINES.name, None, round.company_id, months),
        LINE_REPLACEMENTS.name: void,
    }
    by_name = the_engine().run_many({"told": told, "marks": marks}, sources)
    rows = by_name["told"]
    found = pa.table(
        {
            "order_date": rows.column("order_date"),
            "product_id": rows.column("product_id").cast(pa.string()),
            "retailer_id": rows.column("retailer_id").cast(pa.string()),
            "ordered_units": rows.column("ordered_units").cast(pa.int64()),
            "supplied_units": rows.column("supplied_units").cast(pa.int64()),
        }
    )
    first = by_name["marks"].column("first")[0].as_py()
    if first is None or first >= round.week + timedelta(weeks=1):
        return found
    mark = {"order_date": [first], "product_id": [""], "retailer_id": [""], "ordered_units": [0], "supplied_units": [0]}
    return pa.concat_tables([found, pa.Table.from_pydict(mark, schema=found.schema)])


def counts_after(round: Round, product_ids: Sequence[int], days: int) -> pa.Table:
    """Stock of a round's products as counted in shops from its Monday on, for so many days; of several on a day the last."""
    published.publish(round.company, the_lake(), only=STOCK_COUNTS.name)
    rows = the_lake().read(STOCK_COUNTS.name, company_id=round.company_id)
    rows = rows.filter(pc.is_in(rows.column("product_id"), value_set=pa.array(list(product_ids), pa.int64())))
    local = pc.local_timestamp(rows.column("counted_at").cast(pa.timestamp("us", round.company.time_zone)))
    rows = rows.append_column("counted_date", local.cast(pa.date32()))
    inside = pc.and_(
        pc.greater_equal(rows.column("counted_date"), pa.scalar(round.week, pa.date32())),
        pc.less(rows.column("counted_date"), pa.scalar(round.week + timedelta(days=days), pa.date32())),
    )
    key = ["counted_date", "product_id", "retailer_id"]
    ordered = rows.filter(inside).sort_by([(name, "ascending") for name in (*key, "counted_at", "visit_id")])
    last = ordered.group_by(key, use_threads=False).aggregate([("units", "last")])
    return pa.table(
        {
            "counted_date": last.column("counted_date"),
            "product_id": last.column("product_id").cast(pa.string()),
            "retailer_id": last.column("retailer_id").cast(pa.string()),
            "stock_units": last.column("units_last").cast(pa.int64()),
        }
    )


def fit_of(round: Round, parameters: Mapping[str, Any]) -> Fit:
    """How well a round met the need, from the order lines and counts known by now.

    Raises
    ------
    Refused : what is known cannot be compared.
    """
    shares = shares_for_fit(round)
    ids = [int(each) for each in pc.unique(shares.column("product_id")).to_pylist()]
    try:
        return fit(
            shares,
            order_lines_after(round, ids, int(value_of(parameters, "fit.return_days")) + 1),
            counts_after(round, ids, int(value_of(parameters, "fit.count_until_days")) + 1),
            engine=the_engine(),
            parameters={name: value for name, value in parameters.items() if name.startswith("fit.")},
        )
    except CoreError as fault:
        raise Refused(_("The fit of this round cannot be computed: %(fault)s") % {"fault": said(fault)}) from fault


def supplier_agreements(company: Company) -> pa.Table:
    """What the company agreed with suppliers, by the month with which each agreement ends."""
    rows = suppliers.agreements(company).order_by("pk")
    columns = (
        "agreement_id", "supplier", "product_id", "brand", "first_month", "last_month", "n_months", "agreed_units",
        "transferred_units",
    )  # fmt: skip
    told = [
        (
            row.pk, row.supplier, row.product_id, row.brand, row.first_month, suppliers.last_month(row), row.n_months,
            row.agreed_units, row.transferred_units,
        )
        for row in rows
    ]  # fmt: skip
    return published.table_of("supplier_agreements", company, columns, told)


def supplier_fulfilment(company: Company, month: date) -> list[dict[str, Any]]:
    """How suppliers kept to the agreements that end with a month, from what is known now; one row an indicator, or none."""
    steps = plan(month, dated_parameters.in_force(company, on=month), company_id=company.pk, company_code=company.code)
    return the_engine().run(steps, {SUPPLIER_AGREEMENTS.name: supplier_agreements(company)}).to_pylist()

"""The system's forecast of a round summed by route, manager, unit and company, within what the user may see."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting import coherent
from lianxin.demand.models import Round
from lianxin.demand.queries.borrowed import only_borrowed
from lianxin.demand.queries.lines import all_lines
from lianxin.demand.queries.ranges import ranged
from lianxin.demand.queries.rounds import READ
from lianxin.demand.queries.seen import NOTHING, seen_behind
from lianxin.foundation import access
from lianxin.foundation.models import Company, User
from lianxin.foundation.states import Scope
from lianxin.people.queries import EVERYBODY, persons_in_scope, units_of
from lianxin.retailers.queries import routes_on

# From the top down; a level drills to the next one, the last of them to the lines.
LEVELS: Final = ("company", "unit", "manager", "route")
LINES: Final = "line"
# Asks for what nobody holds, and for what lies on no route.
NOBODY: Final = 0
NO_ROUTE: Final = "-"
_NARROWED: Final = {"unit": "unit_id", "manager": "person_id", "route": "route"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which sums: at what level, by product or all together, of which product and place. Empty means all; see NOBODY, NO_ROUTE."""

    level: str
    by_product: bool = True
    product_id: int | None = None
    unit_id: int | None = None
    person_id: int | None = None
    route: str = ""


def levels_offered(user: User, company: Company) -> tuple[str, ...]:
    """The levels of which the user sees whole groups: who sees a unit does not see what the company's others sum to."""
    scope = access.scope_of(user, READ, company)
    if scope in (Scope.COMPANY, Scope.ALL):
        return LEVELS
    return LEVELS[1:] if scope == Scope.UNIT else LEVELS[2:]


def places(user: User, round: Round, *, on: date) -> pa.Table:
    """The retailers of a round that the user may see: retailer_id, unit_id, person_id and route, as of the round's first day.

    Raises
    ------
    Denied : the user may read no forecasts.
    """
    rows = _visible(user, round, on=on)
    shops = rows.group_by("retailer_id").aggregate([("person_id", "min"), ("unit_id", "min")])
    shops = shops.rename_columns([name.removesuffix("_min") for name in shops.column_names])
    known = routes_on(round.company, on=round.first_period)
    routes = pa.array([known.get(pk) for pk in shops.column("retailer_id").to_pylist()], pa.string())
    return shops.select(["retailer_id", "person_id", "unit_id"]).append_column("route", routes)


def sums(user: User, round: Round, asked: Asked, *, on: date) -> list[dict[str, Any]]:
    """Sums of a level, each group's that the user may see: the largest group first, then by product and step.

    Returns
    -------
    rows of group (id or name, None where nobody or none is known), product_id (None: all together), step, period_start, n_lines,
    system_units, low_units, high_units (None where too few such sums are known to tell a range); `seen`, what was seen in the
    shops behind it, None of all products together
    """
    lines, shops = _asked(user, round, asked, on=on)
    named = shops.rename_columns(["retailer_id", "manager", "unit", "route"])
    levels = () if asked.level == "company" else (asked.level,)
    summed, borrowed = (
        coherent(_forecasts(some), named, levels=levels, by_product=asked.by_product)
        for some in (lines, only_borrowed(round, lines))
    )
    made = ranged(summed, round, borrowed).to_pylist()
    beside = seen_behind(round, lines, _groups(shops, asked.level)) if asked.by_product else {}
    rows = [
        {
            "group": row["group_id"],
            "product_id": row.get("product_id"),
            "step": row["step"],
            "period_start": row["period_start"],
            "n_lines": row["n_series"],
            "system_units": row["mean_units"],
            "low_units": row["q10_units"],
            "high_units": row["q90_units"],
            "seen": beside.get((row["group_id"], row["product_id"]), NOTHING) if asked.by_product else None,
        }
        for row in made
        if row["level"] == asked.level
    ]
    whole: dict[str | None, float] = {}
    for row in rows:
        whole[row["group"]] = whole.get(row["group"], 0.0) + row["system_units"]
    return sorted(rows, key=lambda row: (-whole[row["group"]], row["group"] or "", row["product_id"] or 0, row["step"]))


def lines_behind(user: User, round: Round, asked: Asked, *, on: date) -> list[dict[str, Any]]:
    """The lines of the places asked for: retailer_id, product_id, step, period_start, system_units, with their range."""
    lines, _shops = _asked(user, round, asked, on=on)
    told = ("retailer_id", "product_id", "step", "period_start")
    return [
        {
            **{name: row[name] for name in told},
            "system_units": row["mean_milli"] / 1000,
            "low_units": None if row["q10_milli"] is None else row["q10_milli"] / 1000,
            "high_units": None if row["q90_milli"] is None else row["q90_milli"] / 1000,
        }
        for row in lines.select([*told, "mean_milli", "q10_milli", "q90_milli"]).to_pylist()
    ]


def _visible(user: User, round: Round, *, on: date) -> pa.Table:
    persons = persons_in_scope(user, READ, round.company, on=on)
    rows = all_lines(round)
    if persons is EVERYBODY:
        return rows
    held = pc.is_in(rows.column("person_id"), pa.array(sorted(persons), pa.int64()))
    if access.scope_of(user, READ, round.company) == Scope.UNIT:
        units = sorted(units_of(user, round.company, on=on))
        held = pc.or_(held, pc.is_in(rows.column("unit_id"), pa.array(units, pa.int64())))
    return rows.filter(held)


def _asked(user: User, round: Round, asked: Asked, *, on: date) -> tuple[pa.Table, pa.Table]:
    shops = places(user, round, on=on)
    for level, column in _NARROWED.items():
        wanted = {"unit": asked.unit_id, "manager": asked.person_id, "route": asked.route or None}[level]
        if wanted in (NOBODY, NO_ROUTE):
            shops = shops.filter(pc.is_null(shops.column(column)))
        elif wanted is not None:
            shops = shops.filter(pc.equal(shops.column(column), wanted))
    lines = _visible(user, round, on=on)
    lines = lines.filter(pc.is_in(lines.column("retailer_id"), shops.column("retailer_id").combine_chunks()))
    if asked.product_id is not None:
        lines = lines.filter(pc.equal(lines.column("product_id"), asked.product_id))
    return lines, shops


def _groups(shops: pa.Table, level: str) -> pa.Table:
    """The group of a level in which each retailer counts, under the name that `coherent` gives it."""
    none = pa.nulls(shops.num_rows, pa.string())
    group = none if level == "company" else shops.column(_NARROWED[level]).cast(pa.string())
    return pa.table({"retailer_id": shops.column("retailer_id"), "group": group})


def _forecasts(lines: pa.Table) -> pa.Table:
    """Lines as `coherent` reads them: thousandths become units, exactly to the digits that it keeps."""
    units = pc.divide(lines.column("mean_milli").cast(pa.float64()), 1000.0)
    keys = ("retailer_id", "product_id", "period_start", "step")
    return lines.select(keys).append_column("mean_units", units)

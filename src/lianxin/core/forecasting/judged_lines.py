"""Every author's number beside what came of it, and beside what history alone would have said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.judging_contracts import ACTUALS, JUDGED_LINES, LEVELS, MILLI
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.tables.demand import FORECAST_LINES, FORECAST_OUTCOMES, FORECAST_VERSIONS

_KEY: Final = ("round_id", "period_start", "retailer_id", "product_id")
_HISTORY: Final = ("naive_milli", "seasonal_naive_milli", "average_milli")
_HELD: Final = ("person_id", "unit_id", "product_group", "period", "period_no")


def period_number(period: Any, start: Any) -> Any:
    """Weeks or months counted without a gap, so that neighbours differ by one."""
    months = start.year().cast("int64") * 12 + start.month().cast("int64") - 1
    # 1970-01-05 was a Monday.
    weeks = ((start.epoch_days().cast("int64") - 4) / 7).floor().cast("int64")
    return ibis.ifelse(period == "month", months, weeks)


def judged_lines(
    steps: Steps,
    parameters: Mapping[str, Any],
    *,
    company_id: int,
    lines: TableExpression | None = None,
    levels: tuple[str, ...] = LEVELS,
) -> TableExpression:
    """Add the step `judged_lines`: one row per number that can be judged, under the contract `JUDGED_LINES`.

    Parameters
    ----------
    steps : receives the steps
    company_id : the entity of sums over the company
    lines : rows of `forecast_lines`, such as those of some months; default all
    levels : at which to judge; sums are over the lines given

    Returns
    -------
    the table of the step; rows of level retailer, and of unit and company where a sum has a version or not alike
        naive_milli : the last period wholly known when the round opened; seasonal_naive_milli : the same period a year before;
        average_milli : the mean of the last periods; null where the history does not reach back
        customer_manager_milli : the last number entered, else the system's, which the manager let stand
        of a product that nobody had asked for by the round's origin, and of a retailer that had asked for nothing, there is no
        history: naive_milli, seasonal_naive_milli and average_milli are null, and a line without a number of its own, untouched or
        accepted, is nobody's. In sums such a retailer's history is 0 and its line without a number the system's, so that one new
        retailer does not take a whole sum from those who spoke on it
        demand_units : wanted where the company recorded it, else ordered

    Invariants
    ----------
    Sums of units and of the company are those of the retailers' lines, for history, system, manager and outcome.
    Only outcomes of periods before a round's first one enter its history.
    """
    asked = FORECAST_LINES.unbound() if lines is None else lines
    asked = asked.mutate(period_no=period_number(asked.period, asked.period_start))
    asked = steps.add("asked_lines", asked.mutate(product_group=asked.product_group.fill_null("")))
    outcomes, known = _outcomes(steps)
    history = _history(steps, asked, outcomes, known, parameters)
    came = _came(asked, outcomes, known)
    told = _told(steps)
    at_shops = steps.add("judged_shops", _at_retailers(asked, history, came, told))
    parts = [
        _without_newcomers(at_shops) if level == "retailer" else _sums(at_shops, told, level, company_id)
        for level in LEVELS
        if level in levels
    ]
    rows = [part.select(JUDGED_LINES.columns) for part in parts]
    return steps.add("judged_lines", ibis.union(*rows) if len(rows) > 1 else rows[0])


def _outcomes(steps: Steps) -> tuple[TableExpression, TableExpression]:
    rows = FORECAST_OUTCOMES.unbound()
    rows = rows.mutate(
        period_no=period_number(rows.period, rows.period_start),
        sold_units=rows.supplied_units.fill_null(rows.ordered_units),
    )
    outcomes = steps.add("outcome_rows", rows)
    known = outcomes.group_by("period", "period_no").agg(
        has_wanted=outcomes.wanted_units.notnull().any(), has_supplied=outcomes.supplied_units.notnull().any()
    )
    return outcomes, steps.add("known_periods", known)


def _history(
    steps: Steps,
    asked: TableExpression,
    outcomes: TableExpression,
    known: TableExpression,
    parameters: Mapping[str, Any],
) -> TableExpression:
    """What history alone says of each line; 0 where nothing was sold in a known period, null where a period is not known."""
    widths = {name: int(value_of(parameters, f"judging.average_{name}s")) for name in ("week", "month")}
    width = ibis.ifelse(asked.period == "month", widths["month"], widths["week"]).cast("int64")
    year = ibis.ifelse(asked.period == "month", 12, 52).cast("int64")
    origin = asked.period_no - asked.step.cast("int64")
    begun = {
        name: steps.add(
            f"begun_{name}s",
            outcomes.group_by(_of="period", _whose=f"{name}_id").agg(begun_no=outcomes.period_no.min()),
        )
        for name in ("product", "retailer")
    }
    keyed = asked.select(*_KEY, "period", "period_no", origin=origin, year_no=asked.period_no - year, width=width)
    spans = keyed.select("period", "period_no", "origin", "year_no", "width").distinct()
    there = known.select(_period="period", _no="period_no")
    near = spans.left_join(there, [spans.period == there._period, there._no <= spans.origin])
    near = near.group_by("period", "period_no", "origin", "year_no", "width").agg(
        has_last=(near._no == near.origin).any().fill_null(False),
        has_year=(near._no == near.year_no).any().fill_null(False),
        n_near=(near._no > near.origin - near.width).sum().fill_null(0),
    )
    reach = steps.add("history_reach", near)
    sold = outcomes.select(
        _period="period", _no="period_no", _retailer="retailer_id", _product="product_id", sold="sold_units"
    )
    joined = keyed.inner_join(
        sold,
        [
            keyed.period == sold._period,
            keyed.retailer_id == sold._retailer,
            keyed.product_id == sold._product,
            sold._no <= keyed.origin,
            (sold._no > keyed.origin - keyed.width) | (sold._no == keyed.year_no) | (sold._no == keyed.origin),
        ],
    )
    zero = ibis.literal(0, "int64")
    sums = joined.group_by(*_KEY).agg(
        last=ibis.ifelse(joined._no == joined.origin, joined.sold, zero).sum(),
        year=ibis.ifelse(joined._no == joined.year_no, joined.sold, zero).sum(),
        near=ibis.ifelse(joined._no > joined.origin - joined.width, joined.sold, zero).sum(),
    )
    sums = steps.add(
        "history_sums", sums.select(**{f"_{name}": name for name in _KEY}, last="last", year="year", near="near")
    )
    every = keyed.left_join(reach, ["period", "period_no", "origin", "year_no", "width"])
    every = every.left_join(sums, [every[name] == sums[f"_{name}"] for name in _KEY])
    for name, rows in begun.items():
        every = every.left_join(rows, [every.period == rows._of, every[f"{name}_id"] == rows._whose])
        every = every.drop("_of", "_whose").rename({f"{name}_no": "begun_no"})
    # What nobody had asked for yet has no history that anybody could have repeated or begun from.
    is_begun = (every.product_no <= every.origin).fill_null(False)
    mean = (every.near.fill_null(0) * MILLI / every.width).floor().cast("int64")
    nothing = ibis.null("int64")
    return steps.add(
        "history_lines",
        every.select(
            **{f"_{name}": name for name in _KEY},
            is_begun=is_begun,
            is_newcomer=is_begun & ~(every.retailer_no <= every.origin).fill_null(False),
            naive_milli=ibis.ifelse(is_begun & every.has_last, every["last"].fill_null(0) * MILLI, nothing).cast(
                "int64"
            ),
            seasonal_naive_milli=ibis.ifelse(is_begun & every.has_year, every.year.fill_null(0) * MILLI, nothing).cast(
                "int64"
            ),
            average_milli=ibis.ifelse(is_begun & (every.n_near == every.width), mean, nothing),
        ),
    )


def _came(asked: TableExpression, outcomes: TableExpression, known: TableExpression) -> TableExpression:
    """What came of each line; null where its period is not known yet."""
    there = known.select(_p="period", _n="period_no", has_wanted="has_wanted", has_supplied="has_supplied")
    rows = asked.select(*_KEY, "period", "period_no")
    rows = rows.inner_join(there, [rows.period == there._p, rows.period_no == there._n])
    found = outcomes.select(
        _period="period", _no="period_no", _retailer="retailer_id", _product="product_id", wanted="wanted_units",
        ordered="ordered_units", supplied="supplied_units", capped="n_capped",
    )  # fmt: skip
    joined = rows.left_join(
        found,
        [
            rows.period == found._period,
            rows.period_no == found._no,
            rows.retailer_id == found._retailer,
            rows.product_id == found._product,
        ],
    )
    absent, nothing = joined.ordered.isnull(), ibis.null("int64")
    zero = ibis.literal(0, "int64")
    wanted = ibis.ifelse(absent, ibis.ifelse(joined.has_wanted, zero, nothing), joined.wanted)
    supplied = ibis.ifelse(absent, ibis.ifelse(joined.has_supplied, zero, nothing), joined.supplied)
    ordered = joined.ordered.fill_null(0)
    return joined.select(
        **{f"_{name}": name for name in _KEY},
        demand_units=wanted.fill_null(ordered),
        wanted_units=wanted,
        ordered_units=ordered,
        supplied_units=supplied,
        n_capped=joined.capped.fill_null(0),
    )


def _told(steps: Steps) -> TableExpression:
    """The last version of every role on every number."""
    rows = FORECAST_VERSIONS.unbound()
    latest = ibis.window(
        group_by=["round_id", "period_start", "level", "entity_id", "product_id", "author_role"],
        order_by=[rows.entered_at.desc(), rows.version_id.desc()],
    )
    ranked = rows.mutate(_rank=ibis.row_number().over(latest))
    return steps.add("told_versions", ranked.filter(ranked._rank == 0).drop("_rank", "company_id"))


def _of_role(told: TableExpression, level: str, role: str) -> TableExpression:
    mine = told.filter((told.level == level) & (told.author_role == role))
    return mine.select(
        _round="round_id", _start="period_start", _entity="entity_id", _product="product_id", said="units_milli"
    )


def _with_roles(rows: TableExpression, told: TableExpression, level: str, roles: tuple[str, ...]) -> TableExpression:
    for role in roles:
        said = _of_role(told, level, role)
        rows = rows.left_join(
            said,
            [
                rows.round_id == said._round,
                rows.period_start == said._start,
                rows.entity_id == said._entity,
                rows.product_id == said._product,
            ],
        )
        rows = rows.drop("_round", "_start", "_entity", "_product").rename({f"{role}_milli": "said"})
    return rows


def _at_retailers(
    asked: TableExpression, history: TableExpression, came: TableExpression, told: TableExpression
) -> TableExpression:
    rows = asked.left_join(history, [asked[name] == history[f"_{name}"] for name in _KEY])
    rows = rows.drop(*(f"_{name}" for name in _KEY))
    rows = rows.left_join(came, [rows[name] == came[f"_{name}"] for name in _KEY])
    rows = rows.drop(*(f"_{name}" for name in _KEY)).mutate(entity_id=rows.retailer_id)
    mine = told.filter((told.level == "retailer") & (told.author_role == "customer_manager"))
    mine = mine.select(
        _round="round_id", _start="period_start", _entity="entity_id", _product="product_id", own_milli="units_milli",
        author_id="author_id", version_id="version_id", _accepted="accepted", reason="reason", words_key="words_key",
        seconds_spent="seconds_spent", entered_at="entered_at",
    )  # fmt: skip
    rows = rows.left_join(
        mine,
        [
            rows.round_id == mine._round,
            rows.period_start == mine._start,
            rows.entity_id == mine._entity,
            rows.product_id == mine._product,
        ],
    ).drop("_round", "_start", "_entity", "_product")
    let_stand = rows.person_id.notnull() & rows.is_begun
    rows = rows.mutate(
        level=ibis.literal("retailer"),
        # Of what nobody had asked for yet, only a number of one's own is a judgement.
        customer_manager_milli=ibis.ifelse(rows.is_begun | ~rows._accepted, rows.own_milli, ibis.null("int64"))
        .cast("int64")
        .fill_null(ibis.ifelse(let_stand, rows.system_milli, ibis.null("int64")).cast("int64")),
        # Who entered a number answers for it, also when standing in for somebody.
        person_id=rows.author_id.fill_null(rows.person_id),
        entered=(rows.own_milli.notnull() & ~rows._accepted).fill_null(False),
        accepted=(rows.own_milli.notnull() & rows._accepted).fill_null(False),
        n_capped=rows.n_capped.fill_null(0),
        n_lines=ibis.literal(1, "int64"),
    )
    rows = _with_roles(rows, told, "retailer", ("market_manager", "brand_manager", "combined"))
    return rows.select(*JUDGED_LINES.columns, "is_newcomer")


def _without_newcomers(rows: TableExpression) -> TableExpression:
    """The lines with those of retailers that had asked for nothing yet held against no history, and nobody's where untouched."""
    nothing = ibis.null("int64")
    is_mine = ~rows.is_newcomer | rows.entered
    return rows.mutate(
        **{name: ibis.ifelse(rows.is_newcomer, nothing, rows[name]).cast("int64") for name in _HISTORY},
        customer_manager_milli=ibis.ifelse(is_mine, rows.customer_manager_milli, nothing).cast("int64"),
    )


def _sums(rows: TableExpression, told: TableExpression, level: str, company_id: int) -> TableExpression:
    """The lines of a round summed to a unit or the company, with what was forecast for the sum itself."""
    entity = rows.unit_id if level == "unit" else ibis.literal(company_id, "int64")
    placed = rows.mutate(entity_id=entity)
    placed = placed.filter(placed.entity_id.notnull())
    columns = (*_HISTORY, "system_milli", "customer_manager_milli", *(f"{name}_units" for name in ACTUALS))
    summed = {
        # A sum is known only when each of its lines is.
        name: ibis.ifelse(
            placed[name].count() == placed.count(), placed[name].sum().cast("int64"), ibis.null("int64")
        ).cast("int64")
        for name in columns
    }
    sums = placed.group_by("round_id", "period", "period_no", "period_start", "entity_id", "product_id").agg(
        product_group=placed.product_group.min(),
        n_capped=placed.n_capped.sum().cast("int64"),
        n_lines=placed.count().cast("int64"),
        **summed,
    )
    none = {name: ibis.null("string") for name in ("version_id", "reason", "words_key")}
    sums = sums.mutate(
        level=ibis.literal(level),
        person_id=ibis.null("int64"),
        unit_id=sums.entity_id if level == "unit" else ibis.null("int64"),
        entered=ibis.literal(False),
        accepted=ibis.literal(False),
        seconds_spent=ibis.null("float64"),
        entered_at=ibis.null("timestamp('UTC', 6)"),
        **none,
    )
    return _with_roles(sums, told, level, ("market_manager", "brand_manager", "combined"))

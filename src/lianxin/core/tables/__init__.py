"""Contracts of the tables that rooms exchange: the only words in which they speak of facts.

A type with `!` is required: publishing refuses a row that lacks it. Intervals are `valid_from` inclusive, `valid_until`
exclusive, null when open. Money is whole fen, quantities are whole order units.
"""

from __future__ import annotations

from typing import Any, Final

import ibis
from ibis.expr.operations import UnboundTable
from ibis.expr.types import Table as TableExpression

from lianxin.core.errors import SchemaMismatch
from lianxin.core.tables.demand import (
    DEMAND_AGREEMENTS,
    EVIDENCE_USED,
    FORECAST_EVIDENCE,
    FORECAST_LINES,
    FORECAST_OUTCOMES,
    FORECAST_SUBMISSIONS,
    FORECAST_VERSIONS,
    FORECAST_WITHOUT,
)
from lianxin.core.tables.field import CALENDAR_DAYS, DAYS_OFF, PROMISES, SEEN_IN_SHOPS, VISITS
from lianxin.core.tables.rounds import ROUND_LINES, ROUND_PLAIN, ROUND_WEEK_LINES, ROUND_WEEK_PLAIN
from lianxin.core.tables.shape import Table as Table
from lianxin.core.tables.shape import table as _table
from lianxin.core.tables.supervision import CHECK_RESULTS, VISIT_VERDICTS
from lianxin.core.tables.supply import (
    ALLOCATION_REQUESTS,
    ALLOCATION_RESIDUALS,
    ALLOCATION_SHARES,
    SUPPLIER_AGREEMENTS,
)
from lianxin.core.tables.voice import SATISFACTION_ANSWERS

ORDER_LINES: Final = _table(
    "order_lines",
    "company_id order_month batch_id",
    "company_id line_id batch_id",
    "Order lines as imported, corrections beside what they replace. See `measuring.lines.current_lines`.",
    company_id="!int32",
    line_id="!string",
    order_date="!date",
    order_month="!date",
    retailer_id="!int64",
    product_id="!int64",
    wanted_units="int32",
    cap_units="int32",
    ordered_units="!int32",
    supplied_units="int32",
    amount_fen="int64",
    batch_id="!string",
    replaces_batch_id="string",
)

LINE_REPLACEMENTS: Final = _table(
    "line_replacements",
    "",
    "company_id line_id batch_id",
    "Lines that a correction made void: the line as it came with that batch no longer counts. The lake reads it from "
    "the corrections among the order lines.",
    company_id="!int32",
    line_id="!string",
    batch_id="!string",
)

RETAILER_VERSIONS: Final = _table(
    "retailer_versions",
    "company_id",
    "company_id retailer_id valid_from",
    "What was known of a retailer, by interval.",
    company_id="!int32",
    retailer_id="!int64",
    licence_no="!string",
    name="!string",
    town="string",
    trade_form="string",
    market_type="string",
    tier="int16",
    route="string",
    status="!string",
    latitude="float64",
    longitude="float64",
    order_weekday="int8",
    valid_from="!date",
    valid_until="date",
)

TERRITORIES: Final = _table(
    "territories",
    "company_id",
    "company_id retailer_id valid_from",
    "Who held a retailer, by interval. Intervals of one retailer do not overlap.",
    company_id="!int32",
    retailer_id="!int64",
    person_id="!int64",
    valid_from="!date",
    valid_until="date",
)

POSTINGS: Final = _table(
    "postings",
    "company_id",
    "company_id person_id valid_from",
    "In which unit and post a person worked, by interval. Intervals of one person do not overlap.",
    company_id="!int32",
    person_id="!int64",
    employee_no="!string",
    name="!string",
    post="!string",
    unit_id="!int64",
    valid_from="!date",
    valid_until="date",
)

UNITS: Final = _table(
    "units",
    "company_id",
    "company_id unit_id",
    "Units of the company; a unit includes its sub-units, at most six levels deep.",
    company_id="!int32",
    unit_id="!int64",
    unit="!string",
    parent_id="int64",
    kind="string",
)

PRODUCT_VERSIONS: Final = _table(
    "product_versions",
    "company_id",
    "company_id product_id valid_from",
    "What was known of a product, by interval; a cost holds only inside its interval.",
    company_id="!int32",
    product_id="!int64",
    product_code="!string",
    name="!string",
    producer="string",
    price_class="string",
    wholesale_price_fen="int64",
    cost_price_fen="int64",
    guide_retail_price_fen="int64",
    listed_date="date",
    valid_from="!date",
    valid_until="date",
)

TARGETS: Final = _table(
    "targets",
    "company_id",
    "company_id month level entity indicator",
    "Targets set for an indicator.",
    company_id="!int32",
    month="!date",
    level="!string",
    entity="!string",
    indicator="!string",
    target="!float64",
)

INDICATOR_VALUES: Final = _table(
    "indicator_values",
    "company_id month",
    "company_id month level entity indicator",
    "Answers of the indicators: a value, or `not_enough_data` with the reason.",
    company_id="!int32",
    month="!date",
    level="!string",
    entity="!string",
    entity_id="int64",
    indicator="!string",
    value="float64",
    numerator="float64",
    denominator="float64",
    n="!int64",
    unit="!string",
    answer="!string",
    reason="string",
)

SALES_MONTHLY: Final = _table(
    "sales_monthly",
    "company_id month",
    # The product first: the files lie in this order, and the file of one product then reads a small part of them.
    "company_id month product_id retailer_id person_id unit_id route trade_form market_type tier price_class",
    "Sales by retailer and product, split where holder, unit, route, tier or class changed inside the month. amount_fen is "
    "null if a line lacks its amount; cost_fen and known_cost_amount_fen sum the lines whose amount and cost are known.",
    company_id="!int32",
    month="!date",
    retailer_id="!int64",
    product_id="!int64",
    person_id="int64",
    unit_id="int64",
    route="string",
    trade_form="string",
    market_type="string",
    tier="int16",
    price_class="string",
    units="!int64",
    amount_fen="int64",
    wanted_units="int64",
    ordered_units="!int64",
    cost_fen="int64",
    known_cost_amount_fen="int64",
    n_lines="!int64",
    n_order_lines="!int64",
)

RETAILER_MONTHLY: Final = _table(
    "retailer_monthly",
    "company_id month",
    "company_id month retailer_id person_id unit_id route trade_form market_type tier price_class",
    "Sales by retailer and price class, split as sales_monthly is. n_products and n_order_days count inside the row: they "
    "do not add up over rows.",
    company_id="!int32",
    month="!date",
    retailer_id="!int64",
    person_id="int64",
    unit_id="int64",
    route="string",
    trade_form="string",
    market_type="string",
    tier="int16",
    price_class="string",
    units="!int64",
    amount_fen="int64",
    wanted_units="int64",
    ordered_units="!int64",
    cost_fen="int64",
    known_cost_amount_fen="int64",
    n_lines="!int64",
    n_order_lines="!int64",
    n_products="!int64",
    n_order_days="!int64",
)

PRODUCT_WEEKLY: Final = _table(
    "product_weekly",
    "company_id month",
    "company_id month week product_id unit_id",
    "Sales by product, unit of the holder, and ISO week. A week that lies in two months has one row in each.",
    company_id="!int32",
    month="!date",
    week="!date",
    product_id="!int64",
    unit_id="int64",
    units="!int64",
    amount_fen="int64",
    n_retailers="!int64",
)

RETAILER_WEEKLY: Final = _table(
    "retailer_weekly",
    "company_id month",
    "company_id month week retailer_id",
    "Sales by retailer and ISO week. A week that lies in two months has one row in each.",
    company_id="!int32",
    month="!date",
    week="!date",
    retailer_id="!int64",
    units="!int64",
    amount_fen="int64",
    n_products="!int64",
    n_order_days="!int64",
)

PLANNED_VISITS: Final = _table(
    "planned_visits",
    "company_id",
    "company_id planned_id",
    "Visits that approved call plans ask for. state is planned, done (the shop was visited on that day), excused or dropped; the "
    "last two are owed by nobody.",
    company_id="!int32",
    planned_id="!string",
    plan_id="!string",
    person_id="!int64",
    retailer_id="!int64",
    visit_date="!date",
    state="!string",
)

TABLES: Final[dict[str, Table]] = {
    table.name: table
    for table in (
        ORDER_LINES,
        LINE_REPLACEMENTS,
        RETAILER_VERSIONS,
        TERRITORIES,
        POSTINGS,
        UNITS,
        PRODUCT_VERSIONS,
        TARGETS,
        INDICATOR_VALUES,
        SALES_MONTHLY,
        RETAILER_MONTHLY,
        PRODUCT_WEEKLY,
        RETAILER_WEEKLY,
        PLANNED_VISITS,
        VISITS,
        PROMISES,
        *SEEN_IN_SHOPS,
        CALENDAR_DAYS,
        DAYS_OFF,
        VISIT_VERDICTS,
        CHECK_RESULTS,
        FORECAST_LINES,
        FORECAST_VERSIONS,
        FORECAST_OUTCOMES,
        FORECAST_EVIDENCE,
        FORECAST_WITHOUT,
        EVIDENCE_USED,
        FORECAST_SUBMISSIONS,
        DEMAND_AGREEMENTS,
        ALLOCATION_REQUESTS,
        ALLOCATION_SHARES,
        ALLOCATION_RESIDUALS,
        SATISFACTION_ANSWERS,
        SUPPLIER_AGREEMENTS,
        ROUND_LINES,
        ROUND_PLAIN,
        ROUND_WEEK_LINES,
        ROUND_WEEK_PLAIN,
    )
}


def check_columns(table: Table, found: dict[str, Any]) -> None:
    """Refuse columns that do not fit the contract.

    Parameters
    ----------
    table : the contract
    found : column name -> Ibis type (or anything `ibis.dtype` reads), as the rows at hand have them

    Raises
    ------
    SchemaMismatch : a column is missing, unknown, or of another type (nullability aside).
    """
    missing = [name for name in table.columns if name not in found]
    if missing:
        raise SchemaMismatch(
            f"Table {table.name} lacks the column(s) {', '.join(missing)}; write every column of its contract."
        )
    unknown = [name for name in found if name not in table.schema]
    if unknown:
        raise SchemaMismatch(f"Table {table.name} has no column(s) {', '.join(unknown)}; leave them out.")
    for name, kind in table.schema.items():
        have = ibis.dtype(found[name])(nullable=True)
        if have != kind(nullable=True):
            raise SchemaMismatch(
                f"Column {name} of table {table.name} is {have}, but its contract says {kind}; cast it."
            )


class Steps:
    """Named expressions in order, each over declared tables and the steps before it; the last one is the answer.

    An engine computes every step once and keeps it while the later ones run. Steps are many small sums rather than one large
    expression, because a step that several others use must not be computed several times.
    """

    def __init__(self) -> None:
        self._steps: dict[str, TableExpression] = {}
        self._sources: frozenset[str] | None = None

    def add(self, name: str, expression: TableExpression) -> TableExpression:
        """The result of the expression, as a table of that name for the following steps."""
        if name in self._steps or name in TABLES:
            raise SchemaMismatch(f"There is already a step or table named {name}; choose another name.")
        self._steps[name] = expression
        self._sources = None
        return ibis.table(expression.schema(), name=name)

    @property
    def items(self) -> tuple[tuple[str, TableExpression], ...]:
        """Names and expressions in the order of computing."""
        return tuple(self._steps.items())

    @property
    def sources(self) -> frozenset[str]:
        """Names of the declared tables that the steps read."""
        if self._sources is None:
            read = frozenset[str]().union(*(tables_in(expression) for expression in self._steps.values()))
            self._sources = read - self._steps.keys()
        return self._sources

    def copy(self) -> Steps:
        """The same steps, to which others can be added without changing these."""
        other = Steps()
        other._steps, other._sources = dict(self._steps), self.sources
        return other


def tables_in(expression: TableExpression) -> frozenset[str]:
    """Names of the unbound tables that an expression reads."""
    return frozenset(node.name for node in expression.op().find(UnboundTable))

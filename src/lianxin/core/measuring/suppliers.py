"""Whether suppliers delivered what the company agreed with them: 履约率 in its other reading, of the company alone.

Reading (i) is the company against its suppliers, told here; reading (ii) is a manager's retailers against their own demand
agreements, told by `agreement_fulfilment`. Neither stands for the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.answers import finished
from lianxin.core.measuring.lines import total, whole
from lianxin.core.measuring.reasons import BELOW_MINIMUM, NO_BASE, NOT_BROUGHT
from lianxin.core.measuring.registry import Indicator
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.tables.supply import SUPPLIER_AGREEMENTS
from lianxin.core.units import Direction, Level, UnitKind, first_day

SUPPLIER_LEVELS: Final = (Level.COMPANY,)
_SET: Final = (
    "trade sources 1.2: set by the company; no public standard was found (公司自定，未见公开统一定义); reading (i)"
)
_WORDS: Final = ("调入量", "transferred in", "协议量", "agreed", "协议行数", "agreed lines")

_FORMULAS: Final = (
    (
        "supplier_fulfilment",
        UnitKind.RATIO,
        "工商协议履约率",
        "Fulfilment by suppliers",
        "Σ实际调入量 ÷ Σ公司与工业签订的协议量，限当月到期、期限为参数所定的协议；任一协议未录入调入量则不下结论",
        "Σ transferred in ÷ Σ agreed between the company and its suppliers, over the agreements of the set term that end with "
        "the month; "
        "not told while what came is not recorded of one of them",
    ),
    (
        "supplier_fulfilment.capped",
        UnitKind.SHARE,
        "工商协议履约率（逐行封顶）",
        "Fulfilment by suppliers, no line above one",
        "Σmin(实际调入量, 协议量) ÷ Σ协议量，超额部分不计",
        "Σ min(transferred in, agreed) ÷ Σ agreed: what came beyond an agreement does not make up for another",
    ),
)
SUPPLIERS: Final[dict[str, Indicator]] = {
    code: Indicator(code, zh, en, unit, Direction.HIGHER, told_zh, told_en, *_WORDS, _SET, "G", SUPPLIER_LEVELS)
    for code, unit, zh, en, told_zh, told_en in _FORMULAS
}


def plan(month: date, parameters: Mapping[str, Any], *, company_id: int, company_code: str) -> Steps:
    """Steps whose last one answers how suppliers kept to their agreements, under the contract `indicator_values`.

    Parameters
    ----------
    month : any day of the month; agreements count whose period ends with it and is supply.agreement_months long

    Returns
    -------
    two rows, of the company; none in a month with which no such agreement ends
    """
    start = first_day(month)
    rows = SUPPLIER_AGREEMENTS.unbound()
    term = int(value_of(parameters, "supply.agreement_months"))
    due = rows.filter((rows.last_month == ibis.date(start)) & (rows.n_months == term))
    came = due.transferred_units.fill_null(0)
    sums = due.agg(
        agreed=total(due.agreed_units),
        came=total(came),
        capped=total(ibis.least(came, due.agreed_units)),
        n=due.count().cast("int64"),
        n_unknown=total(whole(due.transferred_units.isnull())),
    )
    steps = Steps()
    sums = steps.add("supplier_sums", sums.filter(sums.n > 0))
    names = sums.select(
        level=ibis.literal(Level.COMPANY.value),
        entity_id=ibis.literal(company_id, "int64"),
        entity=ibis.literal(company_code),
    )
    answers = ibis.union(
        *(
            _answered(sums, SUPPLIERS[code], numerator, parameters, company_id)
            for code, numerator in (("supplier_fulfilment", "came"), ("supplier_fulfilment.capped", "capped"))
        )
    )
    steps.add("supplier_answers", finished(answers, names, company_id, start))
    return steps


def _answered(
    sums: TableExpression, indicator: Indicator, numerator: str, parameters: Mapping[str, Any], company_id: int
) -> TableExpression:
    least = int(value_of(parameters, indicator.minimum))
    known = sums.n_unknown == 0
    return sums.select(
        level=ibis.literal(Level.COMPANY.value),
        entity_id=ibis.literal(company_id, "int64"),
        route_name=ibis.null("string"),
        indicator=ibis.literal(indicator.code),
        # A part of what came is no numerator.
        numerator=ibis.ifelse(known, sums[numerator].cast("float64"), ibis.null("float64")),
        denominator=sums.agreed.cast("float64"),
        is_sum=ibis.literal(False),
        minus=ibis.literal(0.0),
        n=sums.n,
        unit=ibis.literal(indicator.unit.value),
        reason=ibis.cases(
            (~known, ibis.literal(NOT_BROUGHT)),
            (sums.agreed <= 0, ibis.literal(NO_BASE)),
            (sums.n < least, ibis.literal(BELOW_MINIMUM)),
            else_=ibis.null("string"),
        ),
    )

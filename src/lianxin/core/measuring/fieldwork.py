# ruff: noqa: E501
"""What field work says about managers, units and the company: attendance, plan, verification, checks, records, promises, counter.

Every indicator is a ratio of whole numbers, each row of evidence adding to its numerator and denominator; a visit belongs to whoever
made it, in the unit of that day. A company without field work has no such rows, and its closings are what they were.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.answers import finished
from lianxin.core.measuring.fieldwork_days import busiest_shops, held_shops, in_month, owed_days, planned_until_now
from lianxin.core.measuring.lines import total, valid_on, whole
from lianxin.core.measuring.reasons import BELOW_MINIMUM, NO_BASE
from lianxin.core.measuring.registry import Indicator
from lianxin.core.measuring.scopes import by_level, names
from lianxin.core.parameters import value_of
from lianxin.core.tables import POSTINGS, RETAILER_VERSIONS, Steps
from lianxin.core.units import Direction, Level, UnitKind, first_day

FIELD_LEVELS: Final = (Level.MANAGER, Level.UNIT, Level.COMPANY)
# What is counted at a shop is the shop's too; a share of shops makes sense for a route of them.
OF_ROUTES: Final = (Level.MANAGER, Level.ROUTE, Level.UNIT, Level.COMPANY)
OF_SHOPS: Final = (Level.MANAGER, Level.RETAILER, Level.ROUTE, Level.UNIT, Level.COMPANY)
FIELD_TABLES: Final = (
    "visits",
    "planned_visits",
    "promises",
    "price_tags",
    "displays",
    "visit_verdicts",
    "check_results",
)
# What rules say of a visit or note that counts as sound; of one that can be told. What nobody asked about, a question that is open, or
# one closed for want of evidence tells nothing: a flag is no verdict. "yes" stands in pins of earlier releases, which counted it.
SOUND: Final = ("no", "cleared")
TOLD: Final = (*SOUND, "yes", "confirmed_hollow")
_SUMS: Final = ("num", "den", "n")


def _indicator(
    code: str, zh: str, en: str, unit: UnitKind, direction: Direction, formula: tuple[str, str], parts: tuple[str, str, str, str, str, str],
    source: str, evidence: str, levels: tuple[Level, ...] = FIELD_LEVELS,
) -> Indicator:  # fmt: skip
    return Indicator(code, zh, en, unit, direction, *formula, *parts, source, evidence, levels)


# fmt: off
_DECLARED: Final = (
    _indicator("attendance_days", "出勤率", "Attendance", UnitKind.SHARE, Direction.HIGHER,
        ("有走访的应出勤日 ÷ 应出勤日；应出勤日为在岗期间的工作日，请假、节假日、恶劣天气日不计", "Days owed with a visit ÷ days owed: the working days of one's time in post; absence, holidays and dangerous weather are owed by nobody"),
        ("有走访的天数", "days with a visit", "应出勤天数", "days owed", "应出勤天数", "days owed"),
        "trade sources 4.2 (hours and visits a day), 2.10 (attendance)", "S"),
    _indicator("visits_a_working_day", "日均走访次数", "Visits a working day", UnitKind.COUNT, Direction.HIGHER,
        ("应出勤日的走访次数 ÷ 应出勤日", "Visits on days owed ÷ days owed"),
        ("走访次数", "visits", "应出勤天数", "days owed", "应出勤天数", "days owed"),
        "trade sources 4.2 (hours and visits a day), 2.10 (attendance)", "S"),
    _indicator("shops_reached", "走访覆盖率", "Shops reached", UnitKind.SHARE, Direction.HIGHER,
        ("当月至少走访一次的客户 ÷ 全月在管的正常客户；由谁走访不论，计划走访被免除而未走访的不计", "Shops visited at least once in the month, by whomever ÷ active shops held at its begin and end; unvisited ones whose planned visit was excused count nowhere"),
        ("走访过的客户", "shops visited", "在管客户", "shops held", "在管客户", "shops held"),
        "trade sources 4.2 (every retailer at least once a month), 2.10 (place)", "S", OF_ROUTES),
    _indicator("busiest_share", "走访集中度", "Visits to the busiest tenth", UnitKind.SHARE, Direction.LOWER,
        ("走访最多的十分之一客户的走访次数 ÷ 走访次数；不足十户的取一户", "Visits to the tenth of the visited shops that were visited most, one at least ÷ visits"),
        ("最多的十分之一", "visits to the busiest tenth", "走访次数", "visits", "走访次数", "visits"),
        "trade sources 2.10 (place: not always the same few shops)", "S"),
    _indicator("market_hours", "日均在市场时数", "Hours a day on the market", UnitKind.COUNT, Direction.HIGHER,
        ("每天首次签到至末次签退的时数合计 ÷ 天数；缺签退的按签到计，时钟有误的按服务器时间，无从校正的不计", "Hours from the first check-in of a day to its last check-out ÷ days; without a check-out the check-in counts; a wrong clock is set right by the server's, and where nobody can the visit counts for no hours"),
        ("时数合计", "hours", "天数", "days", "天数", "days"),
        "trade sources 4.2: at least five hours a day in the market", "S"),
    _indicator("plan_adherence", "拜访计划完成率", "Plan adherence", UnitKind.SHARE, Direction.HIGHER,
        ("在计划当日走访的 ÷ 应完成的计划走访；免除和取消的不计，由同事代访的计入代访人", "Planned visits whose shop was visited on their day ÷ planned visits owed; excused and dropped ones are owed by nobody, those that a colleague covers by the colleague"),
        ("当日完成", "made on their day", "应完成", "visits owed", "应完成", "visits owed"),
        "trade sources 4.2, 4.4 (visit plan approved by the market manager)", "S"),
    _indicator("verified_visits", "走访核验相符率", "Verified visits", UnitKind.SHARE, Direction.HIGHER,
        ("未见异常的走访 ÷ 能够判断的走访；疑点以合理业务情形或数据质量问题结案的算未见异常，有异常但未提疑点的、疑点未结或证据不足的、不可判断的不计", "Visits of which nothing stands out ÷ visits that can be told; a conclusion of justified or data fault clears its visits; those that stand out and nobody asked about, of open questions, without enough evidence, or that cannot be told count nowhere"),
        ("未见异常", "nothing stands out", "能够判断", "can be told", "能够判断", "can be told"),
        "trade sources 4.5, 4.6 (rules for hollow visits)", "C"),
    _indicator("discrepancy_rate", "核查不符率", "Discrepancy rate", UnitKind.SHARE, Direction.LOWER,
        ("核查未证实的走访 ÷ 有结论的核查，各按抽中概率的倒数加权", "Visits that a check did not confirm ÷ checks with an answer, each weighted by one over its chance"),
        ("未证实（加权）", "not confirmed, weighted", "有结论的核查（加权）", "answered checks, weighted", "有结论的核查", "answered checks"),
        "trade sources 4.5 (re-check); the weighting is Hájek's", "I"),
    _indicator("record_originality", "记录原创率", "Originality of records", UnitKind.SHARE, Direction.HIGHER,
        ("未与此前雷同的记录 ÷ 有自有内容的记录；疑点以合理业务情形或数据质量问题结案的算未雷同，雷同但未提疑点的、疑点未结或证据不足的不计", "Notes that repeat no earlier one ÷ notes with content of their own; a conclusion of justified or data fault clears them; those that nobody asked about, of open questions or without enough evidence count nowhere"),
        ("未雷同", "not repeated", "有自有内容", "with own content", "有自有内容", "with own content"),
        "trade sources 4.3 (same text for every retailer), 2.10 (written records)", "S"),
    _indicator("promises_kept", "承诺兑现率", "Promises kept", UnitKind.SHARE, Direction.HIGHER,
        ("当月到期承诺中已兑现的 ÷ 当月到期的承诺；未获批准的不计", "Promises due in the month that were kept ÷ promises due; those refused leave count nowhere"),
        ("已兑现", "kept", "到期", "due", "到期承诺", "promises due"),
        "trade sources 2.10 (service quality); the definition is ours", "I"),
    _indicator("display_shown", "陈列留影率", "Displays shown", UnitKind.SHARE, Direction.HIGHER,
        ("当月有新拍陈列照片的客户 ÷ 当月走访的客户；重复使用的照片不计", "Visited shops whose display was photographed anew ÷ visited shops; photographs seen before do not count"),
        ("有新照片的客户", "shops with a new photograph", "走访客户", "shops visited", "走访客户", "shops visited"),
        "trade sources 4.3 (look at the display), 2.10 (counter)", "S", OF_SHOPS),
    _indicator("price_tags", "明码标价率", "Price tags", UnitKind.SHARE, Direction.HIGHER,
        ("有价签的在售品规 ÷ 陈列的品规，按走访清点合计", "Products on display with a tag ÷ products on display, over the counts of the month's visits"),
        ("有价签", "with a tag", "陈列品规", "on display", "清点次数", "counts"),
        "trade sources 6.2 (price labels), 4.4 (special-period checks)", "S", OF_SHOPS),
)
# fmt: on
FIELDWORK: Final[dict[str, Indicator]] = {indicator.code: indicator for indicator in _DECLARED}
INDICATOR_LEVELS: Final = {code: indicator.levels for code, indicator in FIELDWORK.items()}
# What a numerator and a denominator are divided by before they are shown.
_SCALES: Final[Mapping[str, tuple[float, float]]] = {
    "market_hours": (3600.0, 1.0),
    "discrepancy_rate": (1000.0, 1000.0),
}


def plan(
    month: date,
    parameters: Mapping[str, Any],
    *,
    company_id: int,
    company_code: str,
    levels: tuple[Level, ...] = OF_SHOPS,
) -> Steps:
    """Steps whose last one answers the indicators of field work, under the contract `indicator_values`.

    Parameters
    ----------
    month : any day of the month
    levels : of whom to answer; each indicator answers at its own ones. What is counted at one shop is told of the shop from one on

    Invariants
    ----------
    Numerators and denominators of the managers sum to those of the company, when every manager is posted all month.
    """
    start = first_day(month)
    steps = Steps()
    facts = steps.add("field_facts", ibis.union(*_facts(steps, start)))
    posts = POSTINGS.unbound().select(
        _person="person_id", unit_id="unit_id", valid_from="valid_from", valid_until="valid_until"
    )
    placed = facts.left_join(posts, [facts.person_id == posts._person, valid_on(posts, facts.day)])
    shops = RETAILER_VERSIONS.unbound().select(
        _retailer="retailer_id", route="route", _since="valid_from", _until="valid_until"
    )
    in_force = (shops._since <= placed.day) & (shops._until.isnull() | (shops._until > placed.day))
    placed = placed.left_join(shops, [placed.retailer_id == shops._retailer, in_force])
    held = placed.group_by("person_id", "unit_id", "route", "retailer_id", "code").agg(
        **{name: total(placed[name]) for name in _SUMS}
    )
    held = steps.add("field_holdings", held)
    of_persons = tuple(level for level in FIELD_LEVELS if level in levels)
    of_shops = tuple(level for level in (Level.ROUTE, Level.RETAILER) if level in levels)
    told = [
        by_level(rows, wanted, company_id, "code", *_SUMS)
        for rows, wanted in ((held, of_persons), (held.filter(held.retailer_id.notnull()), of_shops))
        if wanted
    ]
    parts = ibis.union(*told) if len(told) > 1 else told[0]
    sums = parts.group_by("level", "entity_id", "route_name", "code").agg(
        **{name: total(parts[name]) for name in _SUMS}
    )
    sums = steps.add("field_sums", sums)
    called = names(steps, start, company_code, company_id)
    rows = [_answered(sums, indicator, parameters) for indicator in FIELDWORK.values()]
    steps.add("field_answers", finished(ibis.union(*rows), called, company_id, start))
    return steps


def _answered(sums: TableExpression, indicator: Indicator, parameters: Mapping[str, Any]) -> TableExpression:
    rows = sums.filter(sums.code == indicator.code, sums.level.isin([level.value for level in indicator.levels]))
    over, under = _SCALES.get(indicator.code, (1.0, 1.0))
    # A shop is no sample: what was counted there is what there is.
    of_shop = rows.level == Level.RETAILER.value
    least = ibis.ifelse(of_shop, 1, int(value_of(parameters, indicator.minimum)))
    return rows.select(
        "level",
        "entity_id",
        "route_name",
        indicator=ibis.literal(indicator.code),
        numerator=rows.num.cast("float64") / over,
        denominator=rows.den.cast("float64") / under,
        is_sum=ibis.literal(False),
        minus=ibis.literal(0.0),
        n=rows.n,
        unit=ibis.literal(indicator.unit.value),
        reason=ibis.cases(
            (rows.den <= 0, ibis.literal(NO_BASE)),
            (rows.n < least, ibis.literal(BELOW_MINIMUM)),
            else_=ibis.null("string"),
        ),
    )


def _facts(steps: Steps, month: date) -> list[TableExpression]:
    """Per indicator, rows of person, shop where it is one's own too, day, numerator, denominator and n."""
    one, nothing = ibis.literal(1, "int64"), ibis.literal(0, "int64")

    def fact(rows: TableExpression, code: str, day: str, num: Any, den: Any, n: Any = one) -> TableExpression:
        shop = ibis.null("int64") if INDICATOR_LEVELS[code] == FIELD_LEVELS else rows.retailer_id
        return rows.select(
            code=ibis.literal(code), person_id=rows.person_id, retailer_id=shop, day=rows[day], num=num, den=den, n=n
        )

    visits = in_month("visits", "visit_date", month)
    start = visits.check_in_at.epoch_seconds().cast("int64")
    end = visits.check_out_at.fill_null(visits.check_in_at).epoch_seconds().cast("int64")
    timed = visits.mutate(start_s=start, end_s=end)
    # Of a visit that has no end though it was not closed by itself nobody can tell when it was: it counts as made, for no hours.
    told_when = timed.filter(timed.check_out_at.notnull() | timed.closed_by_itself)
    hours = told_when.group_by("person_id", "visit_date").agg(
        seconds=(told_when.end_s.max() - told_when.start_s.min()).cast("int64")
    )
    days = timed.group_by("person_id", "visit_date").agg(n=timed.count().cast("int64"))
    days = steps.add("field_days", days)
    owed = owed_days(steps, month)
    came = days.select(_person="person_id", visit_date="visit_date", n_visits="n")
    owed = owed.left_join(came, [owed.person_id == came._person, owed.day == came.visit_date])
    attended = whole(owed.visit_date.notnull())
    held, busiest = held_shops(steps, month), busiest_shops(month)
    shown = in_month("displays", "visit_date", month)
    shown = shown.filter(shown.n_new > 0).select("person_id", "retailer_id", "visit_date", num=one, den=nothing)
    seen = ibis.union(visits.select("person_id", "retailer_id", "visit_date", num=nothing, den=one), shown)
    shops = seen.group_by("person_id", "retailer_id").agg(
        day=seen.visit_date.max(), num=seen.num.max().cast("int64"), den=seen.den.max().cast("int64")
    )
    planned = planned_until_now(month)
    promises = in_month("promises", "due_date", month)
    promises = promises.filter(promises.state.isin(["open", "kept", "not_kept"]))
    tags = in_month("price_tags", "visit_date", month)
    tags = tags.filter(tags.on_display > 0)
    verdicts = in_month("visit_verdicts", "visit_date", month)
    told = verdicts.filter(verdicts.answer.isin(TOLD))
    notes = verdicts.filter(verdicts.copied.isin(TOLD))
    checks = in_month("check_results", "visit_date", month)
    checks = checks.filter(checks.confirmed != "cannot_tell")
    missed = ibis.ifelse(checks.confirmed == "no", checks.weight_milli, nothing)
    return [
        fact(owed, "attendance_days", "day", attended, one),
        fact(owed, "visits_a_working_day", "day", owed.n_visits.fill_null(0), one),
        fact(held, "shops_reached", "day", whole(held.is_seen), one),
        fact(
            busiest, "busiest_share", "day", ibis.ifelse(busiest.is_busiest, busiest.n, nothing), busiest.n, busiest.n
        ),
        fact(hours, "market_hours", "visit_date", hours.seconds, one),
        fact(planned, "plan_adherence", "visit_date", whole(planned.state == "done"), one),
        fact(told, "verified_visits", "visit_date", whole(told.answer.isin(SOUND)), one),
        fact(checks, "discrepancy_rate", "visit_date", missed, checks.weight_milli),
        fact(notes, "record_originality", "visit_date", whole(notes.copied.isin(SOUND)), one),
        fact(promises, "promises_kept", "due_date", whole(promises.state == "kept"), one),
        fact(shops, "display_shown", "day", shops.num, shops.den),
        fact(tags, "price_tags", "visit_date", tags.labelled.cast("int64"), tags.on_display.cast("int64")),
    ]

"""What retailers said of managers, units and the company in surveys that an office outside the line held.

The grain is an anonymous questionnaire (a sheet): its answers give one score, and a manager's degree is the mean over his sheets,
so that chance can be told from how the sheets differ. Thousandths of a point are whole numbers until the last division.

No published figure lets a smaller one be found by subtraction. Sheets of a manager with fewer than the least sample are told
neither for him nor singly in a sum: in his unit's figure they count together with those of others like him where all of them reach
the least sample, else in the company's where all such left over reach it, else nowhere. So every figure is a sum of parts of at
least that many sheets, the same parts at every level.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.measuring.answers import finished
from lianxin.core.measuring.lines import total, valid_on, whole
from lianxin.core.measuring.reasons import BELOW_MINIMUM, NO_SURVEY, WEIGHTS_UNFIT
from lianxin.core.measuring.registry import Indicator
from lianxin.core.measuring.scopes import by_level, names
from lianxin.core.parameters import value_of
from lianxin.core.parameters.scales import read_levels, read_weights
from lianxin.core.tables import POSTINGS, Steps
from lianxin.core.tables.voice import SATISFACTION_ANSWERS
from lianxin.core.units import Direction, Level, UnitKind, first_day, last_day, months_back

SURVEY_LEVELS: Final = (Level.MANAGER, Level.UNIT, Level.COMPANY)
CODE: Final = "satisfaction"
MILLI: Final = 1000
_SUMS: Final = ("num", "n", "n_unfit")

# fmt: off
SATISFACTION: Final[dict[str, Indicator]] = {
    CODE: Indicator(
        CODE, "客户满意度", "Retailers' satisfaction", UnitKind.SCORE, Direction.HIGHER,
        "Σ每份有效问卷得分 ÷ 有效问卷份数；问卷得分 = Σ（维度权重 × 该维度各题平均分）÷ Σ权重，五级答案按参数折合百分；"
        "答全各维度的为有效问卷；份数不足最小样本的客户经理不单列，其问卷在部门、公司中合并满最小样本才计入",
        "Σ scores of the valid sheets ÷ valid sheets; a sheet's score = Σ (weight of a dimension × mean of its items) ÷ Σ "
        "weights, levels turned into points of 100 by parameter; a sheet is valid that answers every dimension; sheets of a "
        "manager with fewer than the least sample are not told for him, and count in the unit or company only together with "
        "enough others",
        "问卷得分合计", "scores of the sheets, summed", "有效问卷份数", "valid sheets", "有效问卷份数", "valid sheets",
        "trade sources 5.1, 1.2: mean of item scores on a scale of 100, weighted by dimension; set by the company, no public "
        "standard was found (公司自定，未见公开统一定义)",
        "G", SURVEY_LEVELS,
    ),
}
# fmt: on


def plan(
    month: date,
    parameters: Mapping[str, Any],
    *,
    company_id: int,
    company_code: str,
    levels: tuple[Level, ...] = SURVEY_LEVELS,
) -> Steps:
    """Steps whose last one answers satisfaction, under the contract `indicator_values`.

    Parameters
    ----------
    month : any day of the month; a manager's newest survey of the satisfaction.months_held that end with it counts
    levels : of whom to answer; those at which satisfaction is not measured are passed over

    Returns
    -------
    a row for everybody who was a customer manager on a day of the month or has a sheet, for their units at its end and the company

    Invariants
    ----------
    A row has a value exactly when it has no reason, and a numerator only then.
    n is the sum of parts of at least the least sample each, the same parts at every level.
    """
    start = first_day(month)
    least = int(value_of(parameters, SATISFACTION[CODE].minimum))
    steps = Steps()
    scored = _sheets(steps, start, parameters)
    persons = steps.add("survey_persons", _persons(scored, start))
    parts = _of_groups(steps.add("survey_parts", _parts(persons, least)))
    nowhere = {"route": ibis.null("string"), "retailer_id": ibis.null("int64")}
    of_managers = persons.mutate(**nowhere)
    of_groups = parts.mutate(person_id=ibis.null("int64"), **nowhere)
    groups = tuple(level for level in (Level.UNIT, Level.COMPANY) if level in levels)
    told = [by_level(of_managers, (Level.MANAGER,), company_id, *_SUMS)] if Level.MANAGER in levels else []
    told += [by_level(of_groups, groups, company_id, *_SUMS)] if groups else []
    every = ibis.union(*told) if len(told) > 1 else told[0]
    sums = every.group_by("level", "entity_id", "route_name").agg(**{name: total(every[name]) for name in _SUMS})
    surveys = _answers(start, parameters)
    sums = steps.add("survey_sums", sums.cross_join(surveys.agg(n_answers=surveys.count())))
    called = names(steps, start, company_code, company_id)
    reason = ibis.cases(
        (sums.n_answers == 0, ibis.literal(NO_SURVEY)),
        (sums.n_unfit > 0, ibis.literal(WEIGHTS_UNFIT)),
        (sums.n < least, ibis.literal(BELOW_MINIMUM)),
        else_=ibis.null("string"),
    )
    rows = sums.select(
        "level",
        "entity_id",
        "route_name",
        indicator=ibis.literal(CODE),
        # Of few sheets the sum would tell an answer.
        numerator=ibis.ifelse(reason.isnull(), sums.num.cast("float64") / MILLI, ibis.null("float64")),
        denominator=sums.n.cast("float64"),
        is_sum=ibis.literal(False),
        minus=ibis.literal(0.0),
        n=sums.n,
        unit=ibis.literal(UnitKind.SCORE.value),
        reason=reason,
    )
    steps.add("survey_answers", finished(rows, called, company_id, start))
    return steps


def spread(month: date, person_id: int, parameters: Mapping[str, Any]) -> Steps:
    """Steps whose last one holds the sums from which the interval of a manager's degree is told.

    Returns
    -------
    one row: n : int64, valid sheets; sum_milli, square_milli : int64, sums of their scores and of the squares of these, in
        thousandths of a point and their squares; 0 without sheets
    """
    steps = Steps()
    rows = _sheets(steps, first_day(month), parameters)
    rows = rows.filter((rows.person_id == person_id) & rows.is_valid)
    steps.add(
        "survey_spread",
        rows.agg(
            n=rows.count().cast("int64"),
            sum_milli=total(rows.score_milli),
            square_milli=total(rows.score_milli * rows.score_milli),
        ),
    )
    return steps


def counted(month: date, parameters: Mapping[str, Any]) -> Steps:
    """Steps whose last one says how a month's survey came out, all managers together.

    Returns
    -------
    one row: n_sheets, n_valid, n_persons : int64, sheets, valid ones, managers with a sheet; n_told : int64, managers with enough
    of them
        n : int64, sheets in the company's degree; score : float64, that degree, null where there is none
        is_fit : boolean, whether the weights name the dimensions of the survey
    """
    start = first_day(month)
    least = int(value_of(parameters, SATISFACTION[CODE].minimum))
    steps = Steps()
    sheets = _sheets(steps, start, parameters)
    parts = steps.add("survey_parts", _parts(_persons(sheets, start), least))
    of_sheets = sheets.agg(
        n_sheets=sheets.count().cast("int64"),
        n_valid=total(whole(sheets.is_valid)),
        n_persons=sheets.person_id.nunique().cast("int64"),
        n_unfit=total(whole(~sheets.is_fit)),
    )
    kept = parts.filter(parts.part.notnull())
    of_parts = kept.agg(num=total(kept.num), n=total(kept.n), n_told=total(whole(kept.n >= least)))
    rows = of_sheets.cross_join(of_parts)
    told = (rows.n >= least) & (rows.n_unfit == 0)
    mean = rows.num.cast("float64") / rows.n.cast("float64").nullif(0.0) / MILLI
    answer = rows.select(
        "n_sheets",
        "n_valid",
        "n_persons",
        "n_told",
        "n",
        score=ibis.ifelse(told, mean, ibis.null("float64")),
        is_fit=rows.n_unfit == 0,
    )
    steps.add("survey_counts", answer)
    return steps


def survey_items(month: date, parameters: Mapping[str, Any], *, person_id: int | None = None) -> Steps:
    """Steps whose last one holds what a survey said by item: of one manager, or of all together.

    Parameters
    ----------
    person_id : None for every manager

    Returns
    -------
    one row per (survey_month, dimension, item) with as many answers as the least sample, the worst first
        row_id : string; weight : int64, of the dimension; n : int64, answers of valid sheets; score : float64, mean on a scale of
        100

    Invariants
    ----------
    No difference between the degree and the items tells of fewer sheets than the least sample: see `_shown_items`.
    """
    start = first_day(month)
    least = int(value_of(parameters, SATISFACTION[CODE].minimum))
    steps = Steps()
    sheets = _sheets(steps, start, parameters)
    persons = steps.add("survey_persons", _persons(sheets, start))
    parts = steps.add("survey_parts", _parts(persons, least))
    parts = parts.filter(parts.part.notnull())
    if person_id is not None:
        parts = parts.filter(parts.part == f"manager {person_id}")
    answers = _answers(start, parameters).semi_join(sheets.filter(sheets.is_valid), "sheet_id")
    held = parts.select(_person="person_id", part="part")
    cells = _shown_items(answers.inner_join(held, answers.person_id == held._person), least)
    rows = cells.group_by("survey_month", "dimension", "item").agg(
        weight=cells.weight.max(), sum_milli=total(cells.sum_milli), n=total(cells.n)
    )
    told = rows.select(
        "survey_month",
        "dimension",
        "item",
        "weight",
        "n",
        row_id=rows.survey_month.strftime("%Y-%m") + " " + rows.item,
        score=rows.sum_milli.cast("float64") / rows.n.cast("float64") / MILLI,
    )
    steps.add("survey_items", told.order_by("score", "survey_month", "dimension", "item"))
    return steps


def _shown_items(answers: TableExpression, least: int) -> TableExpression:
    """What is told of each item in each part of the published sums: weight, sum_milli, n.

    As the sums are, no part of an item with fewer answers than the least sample is told. A dimension's score on a sheet is the
    mean of the items answered there: where all but a few sheets answer as many of them, the degree less the items would be what
    these few said. So where fewer than the least sample answer an item on sheets with as many items of its dimension, one item more
    of that dimension stays untold: of those that could be told the one with the fewest answers, of equals the first by name.
    """
    place = ("part", "survey_month", "dimension")
    on_sheet = ibis.window(group_by=[*(answers[name] for name in place), answers.sheet_id])
    counted = answers.mutate(n_on_sheet=answers.count().over(on_sheet))
    alike = counted.group_by(*place, "item", "n_on_sheet").agg(
        weight=counted.weight.max(), sum_milli=total(counted.points_milli), n=counted.count().cast("int64")
    )
    cells = alike.group_by(*place, "item").agg(
        weight=alike.weight.max(),
        sum_milli=total(alike.sum_milli),
        n=total(alike.n),
        n_few=total(whole(alike.n < least)),
    )
    uneven = cells.n_few.sum().over(ibis.window(group_by=list(place))) > 0
    cells = cells.mutate(uneven=uneven)
    cells = cells.filter(cells.n >= least)
    first = ibis.row_number().over(ibis.window(group_by=list(place), order_by=[cells.n, cells.item]))
    ranked = cells.mutate(_place=first)
    return ranked.filter(~ranked.uneven | (ranked._place > 0))


def _answers(start: date, parameters: Mapping[str, Any]) -> TableExpression:
    """The answers that hold for a month, each with its points and the weight of its dimension: a manager's newest survey."""
    held = int(value_of(parameters, "satisfaction.months_held"))
    points = read_levels(value_of(parameters, "satisfaction.levels"))
    weights = read_weights(value_of(parameters, "satisfaction.weights") or ())
    rows = SATISFACTION_ANSWERS.unbound()
    first = months_back(start, held)[0]
    rows = rows.filter((rows.survey_month >= ibis.date(first)) & (rows.survey_month <= ibis.date(start)))
    newest = rows.group_by(_person="person_id").agg(_newest=rows.survey_month.max())
    rows = rows.inner_join(newest, [rows.person_id == newest._person, rows.survey_month == newest._newest])
    of_level = ibis.cases(
        *((rows.answer_milli == level * MILLI, ibis.literal(given, "int64")) for level, given in points.items()),
        else_=ibis.null("int64"),
    )
    one = ibis.literal(1, "int64")
    weight = (
        ibis.cases(
            *((rows.dimension == name, ibis.literal(given, "int64")) for name, given in weights.items()),
            else_=ibis.null("int64"),
        )
        if weights
        else one
    )
    return rows.select(
        "survey_month",
        "sheet_id",
        "person_id",
        "dimension",
        "item",
        points_milli=ibis.ifelse(rows.scale == "hundred", rows.answer_milli, of_level),
        weight=weight,
    )


def _sheets(steps: Steps, start: date, parameters: Mapping[str, Any]) -> TableExpression:
    """The sheets that hold for a month.

    Returns
    -------
    sheet_id, person_id : int64; score_milli : int64, thousandths of a point, null where it is not valid
        is_valid : boolean, it answers every dimension of its survey, and the weights name these dimensions and no other
        is_fit : boolean, the latter of them
    """
    n_weights = len(read_weights(value_of(parameters, "satisfaction.weights") or ()))
    answers = _answers(start, parameters)
    dimensions = answers.group_by("survey_month", "sheet_id", "person_id", "dimension").agg(
        weight=answers.weight.max(), points_milli=total(answers.points_milli), n_items=answers.count().cast("int64")
    )
    # Rounded half up in whole numbers, so that both engines give the same.
    mean = (dimensions.points_milli * 2 + dimensions.n_items) // (dimensions.n_items * 2)
    dimensions = steps.add("survey_dimensions", dimensions.mutate(mean_milli=mean.cast("int64")))
    asked = dimensions.group_by("survey_month", "dimension").agg(weight=dimensions.weight.max())
    surveys = asked.group_by(_month="survey_month").agg(
        n_asked=asked.count().cast("int64"),
        n_weighed=total(whole(asked.weight.notnull())),
        all_weights=total(asked.weight),
    )
    sheets = dimensions.group_by("survey_month", "sheet_id", "person_id").agg(
        weighed=total(dimensions.weight * dimensions.mean_milli), n_dimensions=dimensions.count().cast("int64")
    )
    sheets = sheets.inner_join(surveys, sheets.survey_month == surveys._month)
    is_fit = sheets.n_weighed == sheets.n_asked
    if n_weights:
        is_fit = is_fit & (sheets.n_asked == n_weights)
    is_valid = is_fit & (sheets.n_dimensions == sheets.n_asked)
    weights = ibis.ifelse(is_valid, sheets.all_weights, ibis.null("int64"))
    score = (sheets.weighed * 2 + weights) // (weights * 2)
    return steps.add(
        "survey_sheets",
        sheets.select("sheet_id", "person_id", is_valid=is_valid, is_fit=is_fit, score_milli=score.cast("int64")),
    )


def _persons(sheets: TableExpression, start: date) -> TableExpression:
    """Sums of each manager's valid sheets, also of those in post without any, with the unit at the month's end."""
    end = ibis.date(last_day(start))
    nothing = ibis.literal(0, "int64")
    valid = whole(sheets.is_valid)
    said = sheets.select(
        person_id="person_id",
        num=ibis.ifelse(sheets.is_valid, sheets.score_milli, nothing),
        n=valid,
        n_unfit=whole(~sheets.is_fit),
    )
    posts = POSTINGS.unbound()
    ends_before = posts.valid_until.notnull() & (posts.valid_until <= ibis.date(start))
    managers = posts.filter((posts.post == "customer_manager") & (posts.valid_from <= end) & ~ends_before)
    in_post = managers.select(person_id="person_id", num=nothing, n=nothing, n_unfit=nothing)
    posts = posts.filter(valid_on(posts, end))
    every = ibis.union(said, in_post)
    sums = every.group_by("person_id").agg(**{name: total(every[name]) for name in _SUMS})
    placed = posts.select(_person="person_id", unit_id="unit_id")
    return sums.left_join(placed, sums.person_id == placed._person).select("person_id", "unit_id", *_SUMS)


def _parts(persons: TableExpression, least: int) -> TableExpression:
    """The part of the published sums in which a manager's sheets count.

    Returns
    -------
    the rows of `persons` with
        part : string, of his own where he has enough sheets; of his unit, or of the company, where those of others like him are
        enough with his; null where they are not, and where he has none
        of_company : boolean, the part counts in the company's sums alone
    """
    nothing, no_part = ibis.literal(0, "int64"), ibis.null("string")
    few = (persons.n > 0) & (persons.n < least)
    in_unit = ibis.window(group_by=persons.unit_id)
    marked = persons.mutate(few=few, n_pool=ibis.ifelse(few, persons.n, nothing).sum().over(in_unit))
    # Who has no unit at the month's end shares none with others.
    pooled = marked.few & (marked.n_pool >= least) & marked.unit_id.notnull()
    marked = marked.mutate(over=marked.few & ~pooled, pooled=pooled)
    n_over = ibis.ifelse(marked.over, marked.n, nothing).sum().over(ibis.window())
    marked = marked.mutate(of_company=marked.over & (n_over >= least))
    part = ibis.cases(
        (marked.n >= least, ibis.literal("manager ") + marked.person_id.cast("string")),
        (marked.pooled, ibis.literal("unit ") + marked.unit_id.cast("string")),
        (marked.of_company, ibis.literal("company")),
        else_=no_part,
    )
    return marked.select("person_id", "unit_id", *_SUMS, "of_company", part=part)


def _of_groups(parts: TableExpression) -> TableExpression:
    """What the sums of units and the company are made of. A row without sheets names the unit of those who have none."""
    nothing = ibis.literal(0, "int64")
    counts = parts.part.notnull() & ~parts.of_company
    own = parts.select(
        "unit_id",
        num=ibis.ifelse(counts, parts.num, nothing),
        n=ibis.ifelse(counts, parts.n, nothing),
        n_unfit="n_unfit",
    )
    rest = parts.filter(parts.of_company)
    return ibis.union(own, rest.select(unit_id=ibis.null("int64"), num=rest.num, n=rest.n, n_unfit=nothing))

"""How far a scorecard can be off by chance: intervals of its counted cases, from the pinned evidence."""

from lianxin.appraisal.models import Scorecard, ScorePart
from lianxin.appraisal.queries.schemes import core_of
from lianxin.core.measuring.effective import effective_checks
from lianxin.core.measuring.satisfaction import spread as satisfaction_spread
from lianxin.core.scoring.scheme import lines
from lianxin.core.scoring.uncertainty import (
    Basis,
    Interval,
    Line,
    Spread,
    basis_of,
    interval_of,
    interval_of_mean,
    spread,
)
from lianxin.foundation.facts import the_engine, the_lake


def interval_of_value(
    card: Scorecard, indicator: str, value: float | None, denominator: float | None, n: int
) -> Interval | None:
    """The 90 % interval of an indicator's value on a scorecard; None where chance cannot be told or there is no value."""
    basis = basis_of(indicator)
    if value is None or basis not in (Basis.DRAWN, Basis.CASES, Basis.SAMPLED):
        return None
    if basis is Basis.SAMPLED:
        return _of_sheets(card)
    if basis is Basis.DRAWN:
        found = _effective(card)
        return None if found is None else interval_of(value, *found)
    # Of cases that count one each the denominator is their number; n may count something else.
    return interval_of(value, round(denominator or 0))


def _effective(card: Scorecard) -> tuple[int, float] | None:
    closing = card.closing
    steps = effective_checks(closing.month, card.person_id)
    sources = the_lake().sources(steps.sources, company_id=closing.company_id, versions=closing.pinned)
    row = the_engine().run(steps, sources).to_pylist()[0]
    return None if row["effective"] is None else (int(row["n"]), float(row["effective"]))


def _of_sheets(card: Scorecard) -> Interval | None:
    closing = card.closing
    steps = satisfaction_spread(closing.month, card.person_id, closing.parameters)
    sources = the_lake().sources(steps.sources, company_id=closing.company_id, versions=closing.pinned)
    return interval_of_mean(**the_engine().run(steps, sources).to_pylist()[0])


def interval_of_part(card: Scorecard, line: ScorePart, indicator: str | None) -> Interval | None:
    """The same of a part; None for a judgement and for what has no answer."""
    if indicator is None or line.answer != "value":
        return None
    return interval_of_value(card, indicator, line.value, line.denominator, line.n)


def spread_of(card: Scorecard) -> Spread:
    """± of the total, and which parts it is from. A scorecard without a total has no ±."""
    assert card.closing.scheme_version is not None
    by_code = {line.part: line for line in card.parts.all()}
    told = [
        Line(
            part=part,
            role=role,
            value=by_code[part.code].value,
            target=by_code[part.code].target,
            points_milli=by_code[part.code].points_milli,
            handling=by_code[part.code].handling,
            interval=interval_of_part(card, by_code[part.code], part.indicator),
        )
        for role, part in lines(core_of(card.closing.scheme_version))
        if part.code in by_code
    ]
    found = spread(told)
    return found if card.total_milli is not None else Spread(None, found.known, found.whole, found.other)

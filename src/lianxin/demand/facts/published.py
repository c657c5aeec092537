"""What closed rounds tell the lake: lines, every version, evidence, submissions, outcomes. A round still open tells nothing."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.forecasting.combining import combined_by_round
from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.measuring.outcomes import outcomes
from lianxin.core.measuring.round_lines import period_plus
from lianxin.core.tables import Steps
from lianxin.core.tables.demand import (
    FORECAST_EVIDENCE,
    FORECAST_LINES,
    FORECAST_OUTCOMES,
    FORECAST_VERSIONS,
    FORECAST_WITHOUT,
)
from lianxin.demand.facts.collected import evidence_of, moved_by_events
from lianxin.demand.facts.owing import owed
from lianxin.demand.facts.shaping import joined, rows_of
from lianxin.demand.models import Acceptance, Agreement, Entry, Round, Sheet, SurveyedPrice
from lianxin.demand.queries import agreements
from lianxin.demand.queries.desks import Desk, desk_of
from lianxin.demand.queries.history import gap_after, known_before, months_between
from lianxin.demand.queries.lines import all_lines, whole_units
from lianxin.demand.queries.weighing import weights_of_round
from lianxin.demand.queries.without import last_period_of
from lianxin.demand.states import REVEALED, SheetState, Way
from lianxin.engine.sources import empty
from lianxin.foundation import clock, parameters
from lianxin.foundation.facts import table_of, the_engine, the_lake
from lianxin.foundation.models import Company

COMBINED = "combined"
# Two minutes and more between two numbers are a pause, not thought about one line.
LONGEST_SECONDS = 120.0
# How many periods before a round its judgement may look back: the year of orders that the last known period ends, which may lie
# before the round by what is not known yet. Whoever has lines of his own has an order in it.
_BACK = {"month": 13, "week": 57}


def forecast_lines(company: Company) -> pa.Table:
    """Lines of closed rounds as they opened."""
    parts = [lines_told(round) for round in _closed(company)]
    return pa.concat_tables(parts) if parts else empty(FORECAST_LINES)


def forecast_versions(company: Company) -> pa.Table:
    """Every number of every author of closed rounds, and the combined forecast by the published weights."""
    parts: list[pa.Table] = []
    for round in _closed(company):
        parts.extend(versions_told(round))
    told = pa.concat_tables(parts) if parts else empty(FORECAST_VERSIONS)
    return pa.concat_tables([told, _combined(company, told)]) if told.num_rows else told


def forecast_outcomes(company: Company, on: date | None = None) -> pa.Table:
    """What came of the products of closed rounds, by the periods of the rounds and those before that they look back to.

    Parameters
    ----------
    on : the day on which it is told, default today. A period that is not over by then is left out: a part of its sales would
        judge people by what has not been sold yet.
    """
    parts = []
    for period in ("month", "week"):
        rounds = [round for round in _closed(company) if round.period == period]
        known = known_before(company, period, on or clock.today(company)) if rounds else None
        if known is not None:
            first = period_plus(period, min(round.first_period for round in rounds), -_BACK[period])
            until = min(max(round.ends_before for round in rounds), period_plus(period, known.last_period, 1))
            products = sorted({pk for round in rounds for pk in round.product_ids})
            parts.append(outcomes_of(company, period, first, until, products))
    return pa.concat_tables(parts) if parts else empty(FORECAST_OUTCOMES)


def forecast_evidence(company: Company) -> pa.Table:
    """Stock counts, retail prices, shortages and hints that lay before the authors of closed rounds."""
    parts = [part for round in _closed(company) for part in evidence_of(round)]
    return pa.concat_tables(parts).combine_chunks() if parts else empty(FORECAST_EVIDENCE)


def forecast_without(company: Company) -> pa.Table:
    """What the system would have forecast without the events handed to it, of lines that these moved."""
    parts = [part for round in _closed(company) for part in moved_by_events(round)]
    return pa.concat_tables(parts).combine_chunks() if parts else empty(FORECAST_WITHOUT)


def evidence_used(company: Company) -> pa.Table:
    """Which evidence an author named beside a number."""
    rows = [
        (f"entry:{pk}", evidence_id)
        for pk, rests_on in Entry.objects.filter(sheet__round__in=_closed(company))
        .exclude(rests_on=[])
        .order_by("pk")
        .values_list("pk", "rests_on")
        for evidence_id in sorted(set(rests_on))
    ]
    return table_of("evidence_used", company, ("version_id", "evidence_id"), rows)


def forecast_submissions(company: Company) -> pa.Table:
    """Who owed a forecast in closed rounds, how much of it was decided in time. Who was away all the time owed none."""
    rows = []
    sheets = Sheet.objects.filter(round__in=_closed(company)).select_related("round").order_by("pk")
    for sheet in owed(company, sheets):
        last = sheet.events.filter(state=SheetState.SUBMITTED).order_by("-at").first()
        submitted = last.at if last and sheet.state == SheetState.SUBMITTED else None
        decided = sheet.n_entered + sheet.n_accepted
        rows.append(
            (
                str(sheet.round_id), sheet.round.first_period, sheet.post, sheet.person_id, sheet.round.deadline_at, submitted,
                sheet.n_lines, decided,
            )
        )  # fmt: skip
    columns = (
        "round_id", "period_start", "author_role", "author_id", "due_at", "submitted_at", "n_due", "n_decided",
    )  # fmt: skip
    return table_of("forecast_submissions", company, columns, rows)


def demand_agreements(company: Company) -> pa.Table:
    """What retailers agreed to take, as last revised before the month began."""
    newest: dict[tuple[int, date, int], tuple[int, int, bool]] = {}
    begins: dict[date, datetime] = {}
    rows = Agreement.objects.filter(company=company).order_by("agreed_at", "pk")
    for pk, shop, month, product, units, withdrawn, at in rows.values_list(
        "pk", "retailer_id", "month", "product_id", "units", "is_withdrawn", "agreed_at"
    ).iterator(chunk_size=10_000):
        if at < begins.setdefault(month, agreements.begins(company, month)):
            newest[shop, month, product] = (pk, units, withdrawn)
    told = [
        (f"agreement:{pk}", month, shop, product, units)
        for (shop, month, product), (pk, units, withdrawn) in newest.items()
        if not withdrawn
    ]
    columns = ("agreement_id", "month", "retailer_id", "product_id", "agreed_units")
    return table_of("demand_agreements", company, columns, told)


def surveyed_prices(company: Company) -> pa.Table:
    """What surveys of prices found in shops."""
    rows = SurveyedPrice.objects.filter(company=company).order_by("pk")
    columns = ("price_id", "retailer_id", "product_id", "day", "source", "price_fen")
    told = rows.values_list("pk", *columns[1:]).iterator(chunk_size=10_000)
    return table_of("surveyed_prices", company, columns, list(told))


def _closed(company: Company) -> list[Round]:
    return list(
        Round.objects.filter(company=company, state__in=REVEALED)
        .select_related("company")
        .order_by("first_period", "period")
    )


def lines_told(round: Round) -> pa.Table:
    """The lines of a closed round under the contract `forecast_lines`.

    A round is opened before the period that runs is over: `step` counts from the last wholly known one, so that history ends
    where its authors' knowledge did.
    """
    rows = all_lines(round)
    n = rows.num_rows
    gap = gap_after(round.period, last_period_of(round), round.first_period)
    made = {
        "company_id": rows.column("company_id"),
        "round_id": pa.array([str(round.pk)] * n, pa.string()),
        "period": pa.array([round.period] * n, pa.string()),
        "period_start": rows.column("period_start"),
        "step": pc.add(rows.column("step"), gap),
        "retailer_id": rows.column("retailer_id"),
        "product_id": rows.column("product_id"),
        "person_id": rows.column("person_id"),
        "unit_id": rows.column("unit_id"),
        "product_group": rows.column("product_group"),
        "system_milli": rows.column("mean_milli"),
    }
    schema = pa.schema([field.with_nullable(True) for field in FORECAST_LINES.schema.to_pyarrow()])
    return pa.table(made).cast(schema).combine_chunks()


_VERSION = (
    "version_id", "round_id", "period_start", "level", "entity_id", "product_id", "author_role", "author_id", "entered_at",
    "units_milli", "base_milli", "accepted", "reason", "words_key", "seconds_spent",
)  # fmt: skip


def versions_told(round: Round) -> list[pa.Table]:
    """Every number of every author of a closed round under the contract `forecast_versions`, in parts."""
    sheets = Sheet.objects.filter(round=round).select_related("round__company", "person").order_by("pk")
    return [part for sheet in sheets for part in _versions(sheet)]


def _versions(sheet: Sheet) -> Iterator[pa.Table]:
    """The numbers of one author: entered ones with the time since the one before, then lines let stand by choice."""
    desk = desk_of(sheet)
    means = desk.lines.ints("mean_milli")
    level = "retailer" if not sheet.is_of_sums else "unit" if sheet.unit_id else "company"
    above = sheet.unit_id if level == "unit" else sheet.round.company_id
    yield table_of(FORECAST_VERSIONS.name, sheet.round.company, _VERSION, list(_entered(sheet, level, above, means)))
    for made in Acceptance.objects.filter(sheet=sheet).order_by("pk"):
        numbers = np.concatenate([np.arange(first, last + 1) for first, last in made.lines])
        yield _accepted(desk, made, numbers[desk.states[numbers] == 1], level, above)


def _entered(sheet: Sheet, level: str, above: int | None, means: Any) -> Iterator[tuple[Any, ...]]:
    before: datetime | None = None
    starts = dict(enumerate(sheet.round.starts(), 1))
    rows = Entry.objects.filter(sheet=sheet).order_by("entered_at", "pk")
    for pk, line_no, retailer_id, product_id, step, units, reason, words, way, at in rows.values_list(
        "pk", "line_no", "retailer_id", "product_id", "step", "units", "reason", "words", "way", "entered_at"
    ).iterator(chunk_size=10_000):
        # A file has no other way to let the system's number stand than to say it; whoever changes something gives a reason.
        let_stand = way != Way.IMPORTED and not reason and not words and units == whole_units(int(means[line_no]))
        spent = None if before is None else (at - before).total_seconds()
        before = at
        yield (
            f"entry:{pk}", str(sheet.round_id), starts[step], level, retailer_id or above, product_id, sheet.post,
            sheet.person_id, at, units * 1000, int(means[line_no]), let_stand, reason, _key(words),
            spent if spent is not None and 0 < spent <= LONGEST_SECONDS else None,
        )  # fmt: skip


def _accepted(desk: Desk, made: Acceptance, numbers: Any, level: str, above: int | None) -> pa.Table:
    sheet, lines = desk.sheet, desk.lines.table.take(pa.array(numbers, pa.int64()))
    shop = lines.column("retailer_id") if level == "retailer" else above
    return rows_of(
        FORECAST_VERSIONS,
        lines.num_rows,
        {
            "company_id": sheet.round.company_id,
            "version_id": joined(f"accepted:{made.pk}:", pa.array(numbers, pa.int64())),
            "round_id": str(sheet.round_id),
            "period_start": lines.column("period_start"),
            "level": level,
            "entity_id": shop,
            "product_id": lines.column("product_id"),
            "author_role": sheet.post,
            "author_id": sheet.person_id,
            "entered_at": made.at,
            "units_milli": lines.column("mean_milli"),
            "base_milli": lines.column("mean_milli"),
            "accepted": True,
        },
    )


def _key(words: str) -> str | None:
    """A digest of words: enough to see that they are repeated, and nothing of what they say."""
    told = " ".join(words.split()).casefold()
    return hashlib.sha256(told.encode()).hexdigest()[:16] if told else None


def _combined(company: Company, told: pa.Table) -> pa.Table:
    """Combined numbers of each round by the weights that were in force when it closed: new ones never rewrite the past."""
    rounds = _closed(company)
    numbers = parameters.in_force(company, on=max(round.first_period for round in rounds))
    weights = {str(round.pk): weights_of_round(round) for round in rounds}
    steps = Steps()
    judged = judged_lines(steps, numbers, company_id=company.pk)
    steps.add("combined_forecasts", combined_by_round(judged, weights))
    # Without what was sold before, no line would have a history, and what managers let stand would be nobody's.
    sources = {
        "forecast_lines": forecast_lines(company),
        "forecast_versions": told,
        "forecast_outcomes": forecast_outcomes(company),
    }
    made = the_engine().run(steps, sources)
    ids = pa.array([str(round.pk) for round in rounds], pa.string())
    closed = pa.array([round.closed_at for round in rounds], pa.timestamp("us", "UTC"))
    own = ("round_id", "period_start", "level", "entity_id", "product_id", "units_milli")
    parts = [made.column(name) for name in ("round_id", "level", "entity_id", "product_id", "period_start")]
    return rows_of(
        FORECAST_VERSIONS,
        made.num_rows,
        {
            **{name: made.column(name) for name in own},
            "company_id": company.pk,
            "version_id": joined("combined", *(piece for part in parts for piece in (":", part))),
            "author_role": COMBINED,
            "entered_at": closed.take(pc.index_in(made.column("round_id").combine_chunks(), ids)),
            "accepted": False,
        },
    )


def outcomes_told(round: Round, until: date) -> pa.Table:
    """What came of a round's products before a day, as far back as its judgement may look."""
    first = period_plus(round.period, round.first_period, -_BACK[round.period])
    return outcomes_of(round.company, round.period, first, until, list(round.product_ids))


def outcomes_of(company: Company, period: str, first: date, until: date, products: list[int]) -> pa.Table:
    """What came of some products in a company's weeks or months, under the contract `forecast_outcomes`."""
    months = months_between(company, first, until)
    sources = the_lake().sources(("order_lines", "line_replacements"), company_id=company.pk, months=months)
    return the_engine().run(outcomes(company.pk, period, first, until, products), sources)

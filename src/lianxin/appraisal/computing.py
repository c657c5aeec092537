"""From pinned evidence to figures: the one place of this room that asks an engine. Nothing here writes or reads a clock."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
from django.utils.translation import gettext as _

from lianxin.appraisal import facts
from lianxin.appraisal.models import Closing
from lianxin.appraisal.queries.schemes import core_of
from lianxin.core.forecasting.indicators import TABLES_READ, forecast_facts, forecast_rows
from lianxin.core.measuring import fieldwork, judgement, satisfaction, selling, suppliers
from lianxin.core.measuring.faults import CountedTwice, faults, refuse
from lianxin.core.measuring.fieldwork_rows import field_evidence
from lianxin.core.measuring.planning import months_needed, plan
from lianxin.core.measuring.registry import INDICATORS
from lianxin.core.measuring.rows import evidence, months_behind
from lianxin.core.scoring.inputs import GATE_STATES, PART_SCORES, TOTALS
from lianxin.core.scoring.scheme import Scheme
from lianxin.core.scoring.scores import gate_states, part_scores, totals
from lianxin.core.tables import LINE_REPLACEMENTS, ORDER_LINES, Steps, tables_in
from lianxin.core.tables.demand import FORECAST_FACTS
from lianxin.core.tables.field import STOCK_COUNTS
from lianxin.core.tables.supply import SUPPLIER_AGREEMENTS
from lianxin.core.tables.voice import SATISFACTION_ANSWERS
from lianxin.core.units import Level
from lianxin.engine import Engine, Source, digest
from lianxin.engine.lake import Lake
from lianxin.engine.sources import empty
from lianxin.foundation import parameters as dated_parameters
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.facts import publish, the_engine
from lianxin.foundation.models import Company
from lianxin.market.queries.keeping import SHELF


@dataclass(frozen=True)
class Scores:
    """The answers of a scheme for a month, and the digest of everything the month came to."""

    parts: pa.Table
    gates: pa.Table
    totals: pa.Table
    digest: str


def check_month(company: Company, month: date, at: datetime, lake: Lake) -> None:
    """Raise Refused unless the month can be measured: it is not ahead, and there are order lines in it."""
    if month.day != 1:
        raise Refused(_("A month is named by its first day."), field="month")
    if month > at.astimezone(ZoneInfo(company.time_zone)).date():
        raise Refused(
            _("%(month)s lies in the future; close it when it is over.") % {"month": f"{month:%Y-%m}"}, field="month"
        )
    known = lake.months(ORDER_LINES.name, company.pk)
    if month not in known:
        told = _("none") if not known else f"{known[0]:%Y-%m} … {known[-1]:%Y-%m}"
        raise Refused(
            _("There are no order lines in %(month)s (months with lines: %(known)s). Import them first.")
            % {"month": f"{month:%Y-%m}", "known": told},
            field="month",
        )


def indicator_values(
    engine: Engine,
    lake: Lake,
    company: Company,
    month: date,
    versions: Mapping[str, int],
    parameters: Mapping[str, Any],
    levels: tuple[Level, ...] = tuple(Level),
) -> pa.Table:
    """Every indicator of a month from the named versions of the evidence, under the contract `indicator_values`."""
    corrections = lake.replacements(versions.get(ORDER_LINES.name), company.pk)
    steps = plan(
        month,
        parameters,
        company_id=company.pk,
        company_code=company.code,
        levels=levels,
        replaced=corrections.num_rows > 0,
    )
    tables = steps.sources - {LINE_REPLACEMENTS.name}
    sources: dict[str, Source] = dict(
        lake.sources(tables, company_id=company.pk, months=months_needed(month), versions=versions)
    )
    if LINE_REPLACEMENTS.name in steps.sources:
        sources[LINE_REPLACEMENTS.name] = corrections
    _refuse_what_counts_twice(engine, month, sources)
    of_orders = engine.run(steps, sources)
    by_tables: tuple[tuple[Iterable[str], Iterable[Level], Callable[..., Steps]], ...] = (
        (fieldwork.FIELD_TABLES, tuple(Level), partial(fieldwork.plan, levels=levels)),
        ((SATISFACTION_ANSWERS.name,), satisfaction.SURVEY_LEVELS, partial(satisfaction.plan, levels=levels)),
        ((SUPPLIER_AGREEMENTS.name,), suppliers.SUPPLIER_LEVELS, suppliers.plan),
    )
    others: list[pa.Table | None] = []
    for tables_of, levels_of, plan_of in by_tables:
        # A company that never held a survey has no row about one; where it did, a month without one is told.
        if set(levels) & set(levels_of) and _has_rows(lake, company, versions, tables_of):
            told = plan_of(month, parameters, company_id=company.pk, company_code=company.code)
            others.append(engine.run(told, lake.sources(told.sources, company_id=company.pk, versions=versions)))
    others.append(_judgement(engine, lake, company, month, versions, parameters, levels, corrections))
    every = pa.concat_tables([of_orders, *(part.cast(of_orders.schema) for part in others if part is not None)])
    key = ("level", "entity", "entity_id", "indicator")
    return every.sort_by([(name, "ascending") for name in key]).combine_chunks()


def _has_rows(lake: Lake, company: Company, versions: Mapping[str, int], tables: Iterable[str]) -> bool:
    return any(name in versions and lake.files(name, versions[name], company.pk).paths for name in tables)


def _judgement(
    engine: Engine,
    lake: Lake,
    company: Company,
    month: date,
    versions: Mapping[str, int],
    parameters: Mapping[str, Any],
    levels: tuple[Level, ...],
    corrections: pa.Table,
) -> pa.Table | None:
    """The answers of forecasts, order fill and agreements."""
    if not set(levels) & set(judgement.JUDGEMENT_LEVELS):
        return None
    facts_told = FORECAST_FACTS.schema.to_pyarrow().empty_table()
    if _has_rows(lake, company, versions, TABLES_READ):
        of_forecasts = forecast_facts(month, parameters, company_id=company.pk)
        facts_told = engine.run(
            of_forecasts, lake.sources(of_forecasts.sources, company_id=company.pk, versions=versions)
        )
    counted = _has_rows(lake, company, versions, (STOCK_COUNTS.name,))
    steps = judgement.plan(
        month,
        parameters,
        company_id=company.pk,
        company_code=company.code,
        levels=levels,
        replaced=corrections.num_rows > 0,
        counted=counted,
    )
    tables = steps.sources - {LINE_REPLACEMENTS.name, FORECAST_FACTS.name}
    months = selling.months_needed(month) if counted else (month,)
    sources: dict[str, Source] = dict(lake.sources(tables, company_id=company.pk, months=months, versions=versions))
    sources[FORECAST_FACTS.name] = facts_told
    if LINE_REPLACEMENTS.name in steps.sources:
        sources[LINE_REPLACEMENTS.name] = corrections
    return engine.run(steps, sources)


def _refuse_what_counts_twice(engine: Engine, month: date, sources: Mapping[str, Any]) -> None:
    """Overlapping territories or posts would count a line for two people: a sentence instead of a wrong number."""
    question = faults(month)
    found = engine.run(question, {name: sources[name] for name in tables_in(question)})
    try:
        refuse(found.to_pylist(), month)
    except CountedTwice as twice:
        raise Refused(str(twice)) from twice


def current_values(
    engine: Engine, lake: Lake, company: Company, month: date, levels: tuple[Level, ...] = tuple(Level)
) -> pa.Table:
    """The indicators of a month from what is known now, without recording anything but what rooms publish anyway."""
    versions = {**publish(company, lake), ORDER_LINES.name: lake.version(ORDER_LINES.name)}
    return indicator_values(
        engine, lake, company, month, versions, dated_parameters.in_force(company, on=month), levels
    )


def score(engine: Engine, scheme: Scheme, values: pa.Table, targets: Source, inputs: Mapping[str, pa.Table]) -> Scores:
    """What a scheme makes of indicator values: parts, gates and totals."""
    sources: dict[str, Source] = {"indicator_values": values, "targets": targets, **inputs}
    questions = {"parts": part_scores(scheme)}
    if any(gate.enabled for gate in scheme.gates):
        questions["gates"] = gate_states(scheme)
    answers = engine.run_many(questions, sources)
    parts, gates = answers["parts"], answers.get("gates", empty(GATE_STATES))
    # Totals are of the lines and gates just answered: their expressions need be neither built nor computed a second time.
    summed = engine.run(
        totals(scheme, parts=PART_SCORES.unbound(), gates=GATE_STATES.unbound()),
        {"groups": sources["groups"], PART_SCORES.name: parts, GATE_STATES.name: gates},
    )
    digests = {"indicator_values": values, "parts": parts, "gates": gates, "totals": summed}
    return Scores(parts, gates, summed, facts.digest_of({name: digest(rows) for name, rows in digests.items()}))


def nothing_scored(values: pa.Table) -> Scores:
    """What a month without a scheme comes to: its indicators."""
    return Scores(
        empty(PART_SCORES), empty(GATE_STATES), empty(TOTALS), facts.digest_of({"indicator_values": digest(values)})
    )


def recorded_values(closing: Closing, lake: Lake) -> pa.Table:
    """The indicator values of a closing, from the version in which it wrote them."""
    return lake.read(
        "indicator_values", closing.results["indicator_values"], closing.company_id, months=[closing.month]
    )


def scores_of(closing: Closing, engine: Engine, lake: Lake, values: pa.Table | None = None) -> Scores:
    """The scores of a closing from its pinned evidence; `values` None takes the recorded indicator values."""
    measured = recorded_values(closing, lake) if values is None else values
    if closing.scheme_version is None:
        return nothing_scored(measured)
    targets = lake.files("targets", closing.pinned.get("targets"), closing.company_id)
    return score(engine, core_of(closing.scheme_version), measured, targets, facts.as_tables(closing.inputs))


def recomputed_digest(closing: Closing, engine: Engine, lake: Lake) -> str:
    """The digest that the pinned evidence gives now, computed from the order lines up; nothing is written."""
    values = indicator_values(engine, lake, closing.company, closing.month, closing.pinned, closing.parameters)
    return scores_of(closing, engine, lake, values).digest


def at_level(values: pa.Table, level: Level) -> pa.Table:
    """The rows of one level, by entity and indicator."""
    kept = values.filter(pc.equal(values.column("level"), level.value))
    return kept.sort_by([("entity", "ascending"), ("indicator", "ascending")])


def evidence_rows(closing: Closing, level: Level, entity: int | str, indicator: str, lake: Lake) -> pa.Table:
    """The order lines behind an indicator of a closing, from the versions it pinned; kept as long as memory allows."""

    if level not in INDICATORS[indicator].levels:
        raise Missing(_("This indicator is not measured of a customer manager."))

    def make() -> pa.Table:
        if indicator in fieldwork.FIELDWORK:
            told = field_evidence(closing.month, int(entity), indicator)
            return the_engine().run(
                told, lake.sources(told.sources, company_id=closing.company_id, versions=closing.pinned)
            )
        if indicator in satisfaction.SATISFACTION:
            # Never the answers: what they said by item, of enough of them.
            told = satisfaction.survey_items(closing.month, closing.parameters, person_id=int(entity))
            if SATISFACTION_ANSWERS.name not in closing.pinned:
                # Closed before surveys could be taken in.
                return told.items[-1][1].schema().to_pyarrow().empty_table()
            return the_engine().run(
                told, lake.sources(told.sources, company_id=closing.company_id, versions=closing.pinned)
            )
        if indicator in judgement.OF_COUNTS:
            corrections = lake.replacements(closing.pinned.get(ORDER_LINES.name), closing.company_id)
            told = selling.selling_rows(
                closing.month, int(entity), closing.parameters, replaced=corrections.num_rows > 0
            )
            counts: dict[str, Source] = dict(
                lake.sources(
                    told.sources - {LINE_REPLACEMENTS.name},
                    company_id=closing.company_id,
                    months=selling.months_needed(closing.month),
                    versions=closing.pinned,
                )
            )
            if LINE_REPLACEMENTS.name in told.sources:
                counts[LINE_REPLACEMENTS.name] = corrections
            return the_engine().run(told, counts)
        if indicator in judgement.OF_FORECASTS:
            told = forecast_rows(
                closing.month, int(entity), indicator, closing.parameters, company_id=closing.company_id
            )
            return the_engine().run(
                told, lake.sources(told.sources, company_id=closing.company_id, versions=closing.pinned)
            )
        corrections = lake.replacements(closing.pinned.get(ORDER_LINES.name), closing.company_id)
        steps = evidence(closing.month, level, entity, indicator, closing.parameters, replaced=corrections.num_rows > 0)
        sources: dict[str, Source] = dict(
            lake.sources(
                steps.sources - {LINE_REPLACEMENTS.name},
                company_id=closing.company_id,
                months=months_behind(indicator, closing.month),
                versions=closing.pinned,
            )
        )
        if LINE_REPLACEMENTS.name in steps.sources:
            sources[LINE_REPLACEMENTS.name] = corrections
        return the_engine().run(steps, sources)

    return SHELF.get(("appraisal.evidence", str(lake.root), closing.pk, level.value, entity, indicator), make)

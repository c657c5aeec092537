"""Evidence by line, for closed rounds: counts and prices newest seen, lines that a cap just cut, hints; what events moved."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring.round_lines import period_plus
from lianxin.core.tables.demand import FORECAST_EVIDENCE, FORECAST_WITHOUT, RETAIL_PRICE
from lianxin.demand.facts.events import FESTIVAL
from lianxin.demand.facts.shaping import joined, rows_of
from lianxin.demand.facts.system import outcomes_between
from lianxin.demand.models import Hint, Round
from lianxin.demand.queries import evidence
from lianxin.demand.queries.lines import all_lines
from lianxin.demand.queries.plain import plain_of
from lianxin.demand.queries.prices import newest_prices
from lianxin.demand.queries.without import last_period_of

Mask: TypeAlias = npt.NDArray[np.bool_]
_PLACE = ("period_start", "retailer_id", "product_id")


def evidence_of(round: Round) -> Iterator[pa.Table]:
    """Rows of `forecast_evidence` of a closed round, in parts."""
    lines = all_lines(round)
    held = lines.filter(pc.is_valid(lines.column("person_id")))
    counts = evidence.newest_counts(round)
    counts = counts.append_column("evidence_id", joined("stock:", counts.column("visit_id")))
    yield _seen(round, held, counts, "stock_count", "counted_at")
    yield _seen(round, held, newest_prices(round), RETAIL_PRICE, "seen_at")
    known = evidence.hints_of(round)
    for hint in known.rows:
        yield _hint(round, hint, known, held)
    yield _shortages(round, lines)


def _seen(round: Round, lines: pa.Table, seen: pa.Table, kind: str, at_column: str) -> pa.Table:
    met = lines.select(_PLACE).join(seen, ["retailer_id", "product_id"], join_type="inner").combine_chunks()
    met = met.sort_by([(name, "ascending") for name in _PLACE])
    return _rows(
        round, met, evidence_id=met.column("evidence_id"), kind=kind, known_at=met.column(at_column),
        person_id=met.column("person_id"),
    )  # fmt: skip


def moved_by_events(round: Round) -> Iterator[pa.Table]:
    """Rows of `forecast_without` of a closed round, in parts: each moved line with every event that concerns it.

    A shortage or a closed shop concerns the lines of its place whenever it was: it is why their past is read otherwise. An event
    concerns the periods that it touches.
    """
    plain = plain_of(round).select(["retailer_id", "product_id", "step", "plain_milli"])
    if plain.num_rows == 0:
        return
    lines = all_lines(round).select([*_PLACE, "step", "unit_id"])
    lines = lines.join(plain, ["retailer_id", "product_id", "step"], join_type="inner").combine_chunks()
    lines = lines.sort_by([(name, "ascending") for name in _PLACE])
    handed = round.parameters.get(evidence.EVENTS_HANDED) or []
    hints = evidence.hints_by_id(
        int(one["id"].removeprefix("hint:")) for one in handed if one["id"].startswith("hint:")
    )
    concerned = np.zeros(lines.num_rows, bool)
    for one in handed:
        hint = hints.rows.get(one["id"])
        met = np.ones(lines.num_rows, bool) if hint is None else _at_place(hint, hints.units_below, lines)
        if one["kind"] in ("event", FESTIVAL):
            met &= _touched(round, date.fromisoformat(one["from"]), date.fromisoformat(one["until"]), lines)
        concerned |= met
        yield _moved(round, lines.filter(pa.array(met)), one["id"], one["kind"])
    yield _moved(round, lines.filter(pa.array(~concerned)), "", "")


def _moved(round: Round, lines: pa.Table, event_id: str, kind: str) -> pa.Table:
    told = {name: lines.column(name) for name in (*_PLACE, "plain_milli")}
    fixed = {"company_id": round.company_id, "round_id": str(round.pk), "event_id": event_id, "kind": kind}
    return rows_of(FORECAST_WITHOUT, lines.num_rows, {**told, **fixed})


def _at_place(hint: Hint, units_below: Mapping[int, set[int]], lines: pa.Table) -> Mask:
    met = np.ones(lines.num_rows, bool)
    if hint.product_id is not None:
        met &= _ints(lines, "product_id") == hint.product_id
    if hint.retailer_id is not None:
        met &= _ints(lines, "retailer_id") == hint.retailer_id
    elif hint.unit_id is not None:
        met &= np.isin(_ints(lines, "unit_id"), list(units_below[hint.unit_id]))
    return met


def _touched(round: Round, first: date, until: date, lines: pa.Table) -> Mask:
    touched = [
        step for step, start in enumerate(round.starts(), 1) if first < round.start_of(step + 1) and until > start
    ]
    return np.isin(_ints(lines, "step"), touched)


def _hint(round: Round, hint: Hint, known: evidence.Hints, lines: pa.Table) -> pa.Table:
    met = _at_place(hint, known.units_below, lines)
    met &= _touched(round, hint.valid_from, hint.valid_until, lines)
    return _rows(
        round, lines.filter(pa.array(met)), evidence_id=f"hint:{hint.pk}", kind=evidence.kind_of(hint), known_at=hint.made_at,
        person_id=hint.made_by_id,
    )  # fmt: skip


def _shortages(round: Round, lines: pa.Table) -> pa.Table:
    """Lines that a cap cut in the last period known when the round opened.

    A cut of months ago says nothing against the numbers of history that began after it.
    """
    last = last_period_of(round)
    cut = outcomes_between(round, last, period_plus(round.period, last, 1))
    cut = cut.filter(pc.greater(cut.column("n_capped"), 0)).select(["retailer_id", "product_id"])
    short = lines.join(cut, ["retailer_id", "product_id"], join_type="inner").combine_chunks()
    short = short.sort_by([(name, "ascending") for name in _PLACE])
    key = joined(
        f"short:{round.pk}:", short.column("retailer_id"), ":", short.column("product_id"), ":", short.column("step")
    )
    known_at = datetime.combine(round.history_until + timedelta(days=1), time(), round.company.zone)
    return _rows(round, short, evidence_id=key, kind="shortage", known_at=known_at, person_id=None)


def _rows(round: Round, lines: pa.Table, **told: object) -> pa.Table:
    places = {name: lines.column(name) for name in _PLACE}
    return rows_of(
        FORECAST_EVIDENCE, lines.num_rows, {"company_id": round.company_id, "round_id": str(round.pk), **places, **told}
    )


def _ints(lines: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    filled = pc.fill_null(lines.column(name).cast(pa.int64()), -1)
    return filled.combine_chunks().to_numpy(zero_copy_only=False)

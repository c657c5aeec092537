"""Verification whole: from visits and what others say to answers, risk and monthly indicators."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

import ibis
import numpy as np
import pyarrow as pa

from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import value_of
from lianxin.core.tables import Steps
from lianxin.core.verifying.attendance import attendance
from lianxin.core.verifying.notes import Copies, copies
from lianxin.core.verifying.places import AROUND, ROWS, SQUARES
from lianxin.core.verifying.prepared import Array, Prepared, prepared
from lianxin.core.verifying.risk import log_odds, low_is_odd, probability, with_checks, with_witnesses
from lianxin.core.verifying.rules import ENGINE_RULES, RULES, answers
from lianxin.core.verifying.shares import Months, Share, discrepancy, ghost_share, months_of, proportion
from lianxin.core.verifying.sides import CANNOT_TELL, Checked, contradicted
from lianxin.core.verifying.suspicion import copies_suspected, ghosts_suspected, hollow_shares, known_from_the_rest

VALUE: Final = "value"
NOT_ENOUGH: Final = "not_enough_data"
_WORDS: Final = np.array(["cannot_tell", "no", "yes"], dtype=object)


class Asks(Protocol):
    """What verification needs of an engine; `lianxin.engine.open(...)` gives one."""

    def run(self, question: Any, sources: Any) -> pa.Table:
        """The answer to the last of the steps."""


@dataclass(frozen=True)
class Verified:
    """What verification found.

    visits : one row per visit, sorted by visit_id
        visit_id : string; risk : float64 in [0, 1], never null; rule_<code> : "yes", "no" or "cannot_tell" for each of RULES
    managers : one row per manager, month and indicator, sorted
        manager_id : string; month : date, its first day; indicator : string
        value, low, high : float64, null where unknown; n : int64, what it rests on
        answer : "value" or "not_enough_data"; suspected : boolean, a question is to be opened
    copies : one row per note that a copy is suspected of, sorted
        visit_id, source_visit_id : string; similarity : float64; scope : own, shop or colleague
    measures : one row per visit, sorted by visit_id
        visit_id; seconds : int64; distance_metres : float64; is_learnt : boolean; own_bits : float64, own content of the note
        risk_unchecked : float64, the risk before checks were heard
    """

    visits: pa.Table
    managers: pa.Table
    copies: pa.Table
    measures: pa.Table


def verify(
    visits: pa.Table,
    retailers: pa.Table,
    witnesses: pa.Table | None = None,
    checks: pa.Table | None = None,
    *,
    engine: Asks,
    parameters: Mapping[str, Any] | None = None,
    time_zone: str = "Asia/Shanghai",
    off: Collection[str] = (),
) -> Verified:
    """Answers of all rules, the risk of each visit and the indicators of each manager and month.

    Parameters
    ----------
    visits, retailers, witnesses, checks : see `contracts`; instants carry a zone, days and months are those of `time_zone`
    engine : answers the expressions; DuckDB and Spark give the same digest
    parameters : name -> value where it is not the default
    off : codes of suspended rules. They say cannot_tell and weigh nothing; with `too_short` goes the rank of short visits, with
        `no_content` that of few answers, with `copied_note` the share of copies, with `contradicted` what witnesses weigh. With
        `not_confirmed` checks weigh nothing in risk and ghost share; `discrepancy_rate` goes on telling what they answered

    Invariants
    ----------
    The order of rows changes nothing. Risk and suspected are never null. A rule without the data it needs says cannot_tell.
    With nothing off the answers are what they are without that argument.

    Raises
    ------
    SchemaMismatch : an input breaks its contract.
    ParameterWrong : a parameter has another shape than declared, or `off` names no rule.
    """
    unknown = sorted(set(off) - RULES.keys())
    if unknown:
        raise ParameterWrong(f"There is no rule {unknown[0]!r} to leave out; the rules are {', '.join(RULES)}.")
    told = dict(parameters or {})
    known = prepared(visits, retailers, witnesses, checks, time_zone)
    checked = Checked(known)
    believed = checked.none() if "not_confirmed" in off else checked
    asked = engine.run(_question(known, told), {ROWS: known.rows, AROUND: SQUARES})
    manager = known.rows["manager"].to_numpy().astype(np.int64)
    retailer = known.rows["retailer"].to_numpy().astype(np.int64)
    notes = copies(known.visits["note"].to_pylist(), manager, retailer, known.rows["in_s"].to_numpy(), told)
    # Of two like notes the later one is asked about: nobody is whose moment nobody can tell.
    clock = known.rows["clock"].to_numpy(zero_copy_only=False)
    notes = replace(notes, answer=np.where(clock, notes.answer, CANNOT_TELL).astype(np.int8))
    found = {code: _codes(asked, code) for code in ENGINE_RULES}
    found |= {"copied_note": notes.answer, "contradicted": contradicted(known, told)}
    found["not_confirmed"] = _confirmed(known, checked)
    for code in off:
        found[code] = np.full(known.rows.num_rows, CANNOT_TELL, np.int8)
    if "copied_note" in off:
        notes = replace(notes, answer=found["copied_note"])
    odds = with_witnesses(_odds(known, asked, found, manager, off), found["contradicted"])
    months = months_of(manager, known.rows["month"].to_numpy().astype(np.int64))
    alone = probability(odds)
    odds = odds + known_from_the_rest(months, alone)
    risk = probability(with_checks(odds, believed, told))
    return Verified(
        _visits(known, risk, found),
        _managers(known, months, alone, notes, checked, believed, told),
        _copies(known, notes),
        _measures(known, asked, notes, probability(odds)),
    )


def _question(known: Prepared, parameters: Mapping[str, Any]) -> Steps:
    return answers(parameters, ibis.Schema.from_pyarrow(known.rows.schema))


def _codes(asked: pa.Table, code: str) -> Array:
    return asked.column(code).fill_null(CANNOT_TELL).to_numpy().astype(np.int8)


def _confirmed(known: Prepared, checked: Checked) -> Array:
    """Whether checks did not confirm a visit; a walk or spot check outweighs calls, and contradicting ones cannot tell."""
    n = known.rows.num_rows
    weight = np.where(checked.is_phone, 1.0, 2.5) * np.select(
        [checked.answer == 0, checked.answer == 1], [1.0, -1.0], 0.0
    )
    total = np.bincount(checked.row, weights=weight, minlength=n)
    return np.select([total > 0, total < 0], [1, 0], CANNOT_TELL).astype(np.int8)


def _odds(known: Prepared, asked: pa.Table, found: Mapping[str, Array], manager: Array, off: Collection[str]) -> Array:
    seconds = asked.column("seconds").cast(pa.float64()).to_numpy(zero_copy_only=False)
    answered = known.column("n_answers").astype(float)
    soft = {}
    if "too_short" not in off:
        soft["time"] = low_is_odd(seconds, manager, 0.45, 2.0)
    if "no_content" not in off:
        soft["content"] = low_is_odd(answered, manager, 0.6, 1.2)
    fast = {"too_fast": _codes(asked, "strength_fast"), "impossible_route": _codes(asked, "strength_route")}
    return log_odds(found, manager, soft, fast)


def _visits(known: Prepared, risk: Array, found: Mapping[str, Array]) -> pa.Table:
    columns: dict[str, Any] = {"visit_id": known.visits.column("visit_id"), "risk": pa.array(risk, pa.float64())}
    words = pa.array(_WORDS.tolist(), pa.string())
    for code, rule in RULES.items():
        columns[rule.column] = words.take(pa.array(found[code].astype(np.int64) + 1))
    return pa.table(columns)


def _managers(
    known: Prepared,
    months: Months,
    alone: Array,
    notes: Copies,
    checked: Checked,
    believed: Checked,
    parameters: Mapping[str, Any],
) -> pa.Table:
    copied = proportion(
        months, notes.answer == 1, notes.answer >= 0, int(value_of(parameters, "verifying.minimum_notes"))
    )
    ghosts = ghost_share(months, alone, hollow_shares(months, alone), believed, parameters)
    shares = {
        "ghost_share": ghosts,
        "copied_share": copied,
        "discrepancy_rate": _within(discrepancy(months, checked, parameters)),
        **attendance(known, months, parameters),
    }
    suspected = {
        "ghost_share": ghosts_suspected(months, alone, ghosts, believed, parameters),
        "copied_share": copies_suspected(months, notes, copied, parameters),
    }
    parts = [_indicator(known, months, code, share, suspected.get(code)) for code, share in shares.items()]
    table = pa.concat_tables(parts)
    return table.sort_by([("manager_id", "ascending"), ("month", "ascending"), ("indicator", "ascending")])


def _within(share: Share) -> Share:
    return Share(share.value, np.clip(share.low, 0, 1), np.clip(share.high, 0, 1), share.n)


def _indicator(known: Prepared, months: Months, code: str, share: Share, suspected: Array | None) -> pa.Table:
    names = pa.array(known.managers, pa.string())
    is_told = ~np.isnan(share.value)
    return pa.table(
        {
            "manager_id": names.take(pa.array(months.manager)),
            "month": pa.array(months.month.astype("datetime64[M]").astype("datetime64[D]")),
            "indicator": pa.array([code] * months.size, pa.string()),
            "value": _number(share.value),
            "low": _number(share.low),
            "high": _number(share.high),
            "n": pa.array(np.round(share.n).astype(np.int64)),
            "answer": pa.array(np.where(is_told, VALUE, NOT_ENOUGH).tolist(), pa.string()),
            "suspected": pa.array(np.zeros(months.size, bool) if suspected is None else suspected & is_told),
        }
    )


def _number(values: Array) -> pa.Array:
    return pa.array(np.round(values, 6), pa.float64(), mask=np.isnan(values))


def _copies(known: Prepared, notes: Copies) -> pa.Table:
    at = np.flatnonzero(notes.answer == 1)
    ids = known.visits.column("visit_id").combine_chunks()
    return pa.table(
        {
            "visit_id": ids.take(pa.array(at)),
            "source_visit_id": ids.take(pa.array(notes.source[at])),
            "similarity": pa.array(np.round(notes.similarity[at], 6)),
            "scope": pa.array(notes.scope[at].tolist(), pa.string()),
        }
    )


def _measures(known: Prepared, asked: pa.Table, notes: Copies, risk: Array) -> pa.Table:
    return pa.table(
        {
            "visit_id": known.visits.column("visit_id"),
            "seconds": asked.column("seconds"),
            "distance_metres": asked.column("distance"),
            "is_learnt": asked.column("is_learnt"),
            "own_bits": pa.array(np.round(notes.bits, 3)),
            "risk_unchecked": pa.array(risk, pa.float64()),
        }
    )

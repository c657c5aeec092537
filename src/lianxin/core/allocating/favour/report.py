"""Whether an allocation favoured any manager's retailers, or the same few retailers of a manager again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.allocating.favour.correcting import METHODS, q_values
from lianxin.core.allocating.favour.exchanging import Exchanged, exchanged, mean_chance, sign_chance, weeks_by_lot
from lianxin.core.allocating.favour.holdings import Array, Holdings, Prepared, beyond_like, holdings, prepared
from lianxin.core.allocating.favour.residuals import BY_NOBODY, BY_RULE, NEED, REQUEST, ROWS, residuals
from lianxin.core.allocating.sentences import FAVOUR
from lianxin.core.errors import ParameterWrong
from lianxin.core.parameters import value_of

VALUE: Final = "value"
CANNOT_TELL: Final = "cannot_tell"
AGAINST_OTHERS, WITHIN = "favour_against_others", "favour_within"
FEW_RETAILERS, FEW_ROWS, FEW_ROUNDS, FEW_WEEKS = "few_retailers", "few_rows", "few_rounds", "few_weeks"
NO_OTHERS: Final = "no_others"
# Retailers of a territory that are told one by one.
TOLD: Final = 10
# Draws for what chance gives the most favoured, where no finer number is needed.
_COARSE: Final = 199


class Asks(Protocol):
    """What the report needs of an engine; `lianxin.engine.open(...)` gives one."""

    def run(self, question: Any, sources: Any) -> pa.Table:
        """The answer to the last of the steps."""


@dataclass(frozen=True)
class Favour:
    """What the tests found. Units are order units; a p or q is null where a test cannot tell.

    managers : one row per manager, sorted: did its retailers get more than their equals under other managers?
        manager_id : string; n_rows : int64, compared ones; n_left_out : int64, rows with nobody to compare with
        n_retailers, n_weeks, n_rounds : int64, a round being a product in a week
        share_units : int64, all units of the manager's retailers
        residual_units : float64, beyond the rule or the equals; expected_units : float64, the same of retailers as much short, in
        the mean of all exchanges
        effect_units : float64, residual less expected; effect_units_per_retailer : float64
        beyond_one_units : float64, of the residual, what lies beyond the nearest whole units: 0 where equals differ by one unit at
        most, as odd units make them, so that an effect without it asks how odd units are handed out
        p_value, q_value : float64; answer : value or cannot_tell; reason : string, why it cannot; suspected : boolean
    within : one row per manager, sorted: did the same of its retailers get more again and again?
        manager_id, n_rows, n_left_out, n_retailers, n_weeks, n_rounds, share_units : as above
        n_told : int64, the most favoured retailers that are told, at most ten
        told_units : float64, what they got beyond comparison, less the manager's mean
        chance_units : float64, what the ten that get most would get by chance; effect_units : float64, told less chance
        p_value, q_value, answer, reason, suspected : as above
    beneficiaries : the told retailers, sorted by manager_id and rank
        manager_id : string; rank : int64; retailer_id : string; n_rows : int64; n_weeks, n_weeks_above : int64, weeks compared,
        weeks with more than the mean of the manager's retailers; residual_units : float64; above_mean_units : float64
    rows : all rows of the allocations, sorted by week, product_id, retailer_id
        the columns of ALLOCATIONS; expected_units, residual_units : float64, null without comparison
        compared_with : rule, equals or nobody; n_equals : int64
    """

    managers: pa.Table
    within: pa.Table
    beneficiaries: pa.Table
    rows: pa.Table


@dataclass(frozen=True)
class _Test:
    """One test of every manager: p values (NaN where it cannot tell), why not, the effect in units, and what was truly got more."""

    p: Array
    reason: Array
    effect: Array
    more: Array


def favour(
    allocations: pa.Table,
    *,
    engine: Asks,
    seed: int,
    parameters: Mapping[str, Any] | None = None,
    alike: str = NEED,
) -> Favour:
    """Whether managers' retailers got more than others', and whether the same ones did again and again.

    Parameters
    ----------
    allocations : see `contracts.ALLOCATIONS`; hand in the weeks to be judged and nothing else, and rounds in which something
        was scarce. Types (trade form, market type) only where the policy tells them apart: retailers of different types are
        never compared
    engine : answers the expressions; DuckDB and Spark give the same digest
    seed : of the random exchanges; the same seed, rows and parameters give the same result
    parameters : name -> value where it is not the default: level, correction, least samples, draws
    alike : `need` or `request`, see `residuals`; without a rule only

    Invariants
    ----------
    The order of rows changes nothing. Where everybody got what the rule or his equals got, nobody is suspected and every p is 1.
    Who is suspected got at least `favour.least_effect_share` of its units beyond comparison, and beyond what exchanges give: who
    only lost less than others did is not. Under no favour, the share of reports that suspect anyone is at most `favour.level`,
    both tests taken together (shown by simulation, see the reference of favour).

    Raises
    ------
    SchemaMismatch : the allocations break their contract.
    ParameterWrong : a parameter has another shape than declared.

    Source
    ------
    Romano 1990, Chung & Romano 2013 (what exchanging assumes); Wu 1986, Cameron, Gelbach & Miller 2008 (signs by lot for what
    hangs together); Ibragimov & Müller 2010 (Student's t over few groups); Berger 1982 (the largest of several p);
    Benjamini & Hochberg 1995.
    """
    told = dict(parameters or {})
    if alike not in (NEED, REQUEST):
        raise ParameterWrong.of(FAVOUR, "favour_alike", value=repr(alike), known=f"{NEED}, {REQUEST}")
    method = str(value_of(told, "favour.correction"))
    if method not in METHODS:
        raise ParameterWrong.of(FAVOUR, "favour_correction", value=repr(method), known=", ".join(METHODS))
    level = float(value_of(told, "favour.level"))
    known = prepared(allocations)
    compared = engine.run(residuals(alike, ibis.Schema.from_pyarrow(known.rows.schema)), {ROWS: known.rows})
    residual = compared.column("residual_units").to_numpy(zero_copy_only=False).astype(float)
    short = compared.column("short_units").to_numpy(zero_copy_only=False).astype(float)
    by_rule = pc.equal(compared.column("compared_with"), BY_RULE).to_numpy(zero_copy_only=False)
    beyond = beyond_like(residual, short, by_rule)
    held = holdings(known, residual, beyond, short)
    n = len(known.managers)
    # So many that the smallest chance can be told from the level however many managers there are.
    draws = max(int(value_of(told, "favour.draws")), int(np.ceil(4 * n / level)))
    rng = np.random.default_rng([seed, 0])
    moved = exchanged(held, n, draws, level, rng)
    spans = _Spans(known, held, compared, n)
    others = _against_others(known, held, moved, beyond, spans, told, draws, seed)
    inside, top = _within(held, moved, spans, told, draws, seed)
    q = q_values(np.r_[others.p, inside.p], method)
    least = float(value_of(told, "favour.least_effect_share"))
    return Favour(
        _managers(
            known,
            spans,
            _beyond_one(known, compared, n),
            others,
            _found(others, q[:n], spans, level, least),
            q[:n],
        ),
        _territories(known, spans, top, inside, _found(inside, q[n:], spans, level, least), q[n:]),
        _beneficiaries(known, held, top),
        _rows(known, compared),
    )


class _Spans:
    """Counts of every manager."""

    def __init__(self, known: Prepared, held: Holdings, compared: pa.Table, n: int) -> None:
        mine = known.manager >= 0
        manager, owned = known.manager[mine], held.manager >= 0
        nobody = pc.equal(compared.column("compared_with"), BY_NOBODY).to_numpy(zero_copy_only=False)[mine]
        share = known.table.column("share_units").to_numpy()[mine]
        self.rows = np.bincount(manager[~nobody], minlength=n)
        self.left_out = np.bincount(manager[nobody], minlength=n)
        self.units = np.bincount(manager, weights=share, minlength=n).round().astype(np.int64)
        self.retailers = np.bincount(held.manager[owned], minlength=n)
        seen = np.zeros((n, held.seen.shape[1]), bool)
        np.logical_or.at(seen, held.manager[owned], held.seen[owned])
        self.weeks = seen.sum(axis=1)
        n_products = int(known.product.max(initial=0)) + 1
        rounds = np.unique(np.stack([manager, known.week[mine] * n_products + known.product[mine]])[:, ~nobody], axis=1)
        self.rounds = np.bincount(rounds[0], minlength=n)


def _reasons(spans: _Spans, moved: Exchanged, parameters: Mapping[str, Any], *, weeks: bool) -> Array:
    """Why a manager's test cannot tell, empty where it can."""
    retailers = int(value_of(parameters, "favour.minimum_retailers"))
    rows = int(value_of(parameters, "favour.minimum_rows"))
    few = (
        (spans.weeks < int(value_of(parameters, "favour.minimum_weeks")), FEW_WEEKS)
        if weeks
        else (spans.rounds < int(value_of(parameters, "favour.minimum_rounds")), FEW_ROUNDS)
    )
    return np.select(
        [spans.retailers < retailers, spans.rows < rows, few[0], moved.n_exchangeable < retailers],
        [FEW_RETAILERS, FEW_ROWS, few[1], NO_OTHERS],
        "",
    )


def _against_others(
    known: Prepared,
    held: Holdings,
    moved: Exchanged,
    beyond: Array,
    spans: _Spans,
    parameters: Mapping[str, Any],
    draws: int,
    seed: int,
) -> _Test:
    """The chance of a manager's total: the largest of three, so that it stands out whichever way rows hang together.

    Retailers change places between managers; each retailer's total takes its sign by lot; and the rounds (a product in a week) are
    taken as independent observations of the manager. The last two only where the first is small: the others cannot become findings.
    """
    level = float(value_of(parameters, "favour.level"))
    reason = _reasons(spans, moved, parameters, weeks=False)
    p = np.where(reason == "", moved.p_total, np.nan)
    at = np.flatnonzero(~np.isnan(beyond))
    round_ = known.week[at] * (int(known.product.max(initial=0)) + 1) + known.product[at]
    for manager in np.flatnonzero(p <= level).tolist():
        rng = np.random.default_rng([seed, 1, manager])
        mine = known.manager[at] == manager
        left = beyond[at][mine] - moved.expected[manager] / mine.sum()
        _, of = np.unique(round_[mine], return_inverse=True)
        rounds = np.bincount(of, weights=left)
        retailers = moved.centred[held.manager == manager]
        p[manager] = max(p[manager], sign_chance(retailers, draws, rng), mean_chance(rounds))
    held_by = held.manager >= 0
    residual = np.bincount(held.manager[held_by], weights=held.residual_units[held_by], minlength=len(reason))
    return _Test(p, reason, moved.total - moved.expected, residual)


@dataclass(frozen=True)
class _Top:
    """The most favoured of every manager: places in the holdings by rank, their units above the mean, what chance gives."""

    places: list[Array]
    above: Array
    weeks_above: Array
    told: Array
    chance: Array


def _within(
    held: Holdings, moved: Exchanged, spans: _Spans, parameters: Mapping[str, Any], draws: int, seed: int
) -> tuple[_Test, _Top]:
    """The chance of a territory's spread: the larger of two.

    Retailers change places between managers, so that what is so everywhere is nobody's fault; and each retailer's weeks take their
    signs by lot, so that many changes are not taken for the same change again and again.
    """
    level = float(value_of(parameters, "favour.level"))
    reason = _reasons(spans, moved, parameters, weeks=True)
    n = len(reason)
    p = np.where(reason == "", moved.p_spread, np.nan)
    above, weeks_above = np.zeros(len(held.manager)), np.zeros(len(held.manager), np.int64)
    told, chance = np.zeros(n), np.zeros(n)
    places: list[Array] = []
    for manager in range(n):
        at = np.flatnonzero(held.manager == manager)
        seen = held.seen[at]
        mean = held.weekly[at].sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
        weekly = np.where(seen, held.weekly[at] - mean, 0.0)
        above[at], weeks_above[at] = weekly.sum(axis=1), (weekly > 0).sum(axis=1)
        order = at[np.argsort(-above[at], kind="stable")][:TOLD]
        places.append(order[above[order] > 0])
        told[manager] = above[places[-1]].sum()
        n_draws = draws if p[manager] <= level else _COARSE
        by_lot, chance[manager] = weeks_by_lot(weekly, TOLD, n_draws, np.random.default_rng([seed, 2, manager]))
        if p[manager] <= level:
            p[manager] = max(p[manager], by_lot)
    return _Test(p, reason, told - chance, told), _Top(places, above, weeks_above, told, chance)


def _found(test: _Test, q: Array, spans: _Spans, level: float, least: float) -> Array:
    # Where others lost much, who lost little stands out; he did not get more for that.
    got = np.minimum(test.effect, test.more)
    with np.errstate(invalid="ignore"):
        result: Array = (q <= level) & (got > 0) & (got >= least * spans.units)
    return result


def _number(values: Array, where: Array | None = None) -> pa.Array:
    """Rounded, so that no order of summing shows; null where the mask says so."""
    made = np.round(values, 6) + 0.0
    return pa.array(made, pa.float64(), mask=np.isnan(values) if where is None else where)


def _answers(test: _Test, q: Array, found: Array) -> dict[str, pa.Array]:
    cannot = test.reason != ""
    return {
        "p_value": _number(test.p, cannot),
        "q_value": _number(q, cannot),
        "answer": pa.array(np.where(cannot, CANNOT_TELL, VALUE).tolist(), pa.string()),
        "reason": pa.array(test.reason.tolist(), pa.string(), mask=~cannot),
        "suspected": pa.array(found, pa.bool_()),
    }


def _counts(known: Prepared, spans: _Spans) -> dict[str, pa.Array]:
    return {
        "manager_id": pa.array(known.managers, pa.string()),
        "n_rows": pa.array(spans.rows, pa.int64()),
        "n_left_out": pa.array(spans.left_out, pa.int64()),
        "n_retailers": pa.array(spans.retailers, pa.int64()),
        "n_weeks": pa.array(spans.weeks, pa.int64()),
        "n_rounds": pa.array(spans.rounds, pa.int64()),
        "share_units": pa.array(spans.units, pa.int64()),
    }


def _beyond_one(known: Prepared, compared: pa.Table, n: int) -> Array:
    """Units above the next whole number over what was expected, less those below the one under it."""
    mine = known.manager >= 0
    expected = compared.column("expected_units").to_numpy(zero_copy_only=False).astype(float)[mine]
    share = known.table.column("share_units").to_numpy()[mine]
    with np.errstate(invalid="ignore"):
        beyond = np.maximum(share - np.ceil(expected), 0) + np.minimum(share - np.floor(expected), 0)
    return np.bincount(known.manager[mine], weights=np.nan_to_num(beyond), minlength=n)


def _managers(known: Prepared, spans: _Spans, beyond_one: Array, test: _Test, found: Array, q: Array) -> pa.Table:
    return pa.table(
        {
            **_counts(known, spans),
            "residual_units": _number(test.more),
            "expected_units": _number(test.more - test.effect),
            "effect_units": _number(test.effect),
            "effect_units_per_retailer": _number(test.effect / np.maximum(spans.retailers, 1)),
            "beyond_one_units": _number(beyond_one),
            **_answers(test, q, found),
        }
    )


def _territories(known: Prepared, spans: _Spans, top: _Top, test: _Test, found: Array, q: Array) -> pa.Table:
    return pa.table(
        {
            **_counts(known, spans),
            "n_told": pa.array([len(places) for places in top.places], pa.int64()),
            "told_units": _number(top.told),
            "chance_units": _number(top.chance),
            "effect_units": _number(test.effect),
            **_answers(test, q, found),
        }
    )


def _beneficiaries(known: Prepared, held: Holdings, top: _Top) -> pa.Table:
    at = np.concatenate([np.zeros(0, np.int64), *top.places]).astype(np.int64)
    ranks = [rank for places in top.places for rank in range(1, len(places) + 1)]
    return pa.table(
        {
            "manager_id": pa.array(known.managers, pa.string()).take(pa.array(held.manager[at])),
            "rank": pa.array(ranks, pa.int64()),
            "retailer_id": known.retailers.take(pa.array(held.retailer[at])),
            "n_weeks": pa.array(held.seen[at].sum(axis=1), pa.int64()),
            "n_weeks_above": pa.array(top.weeks_above[at], pa.int64()),
            "n_rows": pa.array(held.n_rows[at], pa.int64()),
            "residual_units": _number(held.residual_units[at]),
            "above_mean_units": _number(top.above[at]),
        }
    )


def _rows(known: Prepared, compared: pa.Table) -> pa.Table:
    made = known.table
    for name in ("expected_units", "residual_units", "compared_with", "n_equals"):
        made = made.append_column(name, compared.column(name))
    return made

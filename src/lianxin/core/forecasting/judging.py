"""Judgement whole: from everybody's numbers and what came of them to the stair, accuracies, copies and the worth of evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
from ibis.expr.types import Table as TableExpression

from lianxin.core.forecasting.accuracy import accuracies, author_sums
from lianxin.core.forecasting.adding_value import stair, step_sums
from lianxin.core.forecasting.copying import copied_lines, copying, copying_sums
from lianxin.core.forecasting.information import evidence_lines, information, information_sums
from lianxin.core.forecasting.judged_lines import judged_lines
from lianxin.core.forecasting.judging_contracts import JUDGED_LINES
from lianxin.core.forecasting.resampling import Dice
from lianxin.core.tables import Steps
from lianxin.core.tables.demand import EVIDENCE_USED, FORECAST_EVIDENCE


class Asks(Protocol):
    """What judging needs of an engine; `lianxin.engine.open(...)` gives one."""

    def run(self, question: Any, sources: Any) -> pa.Table:
        """The answer to an expression, or to the last of the steps."""

    def run_many(self, questions: Any, sources: Any) -> dict[str, pa.Table]:
        """The answers to several expressions over the same sources."""


@dataclass(frozen=True)
class Judged:
    """What judging found.

    lines : rows of `JUDGED_LINES`, sorted by its key
    stair : see `adding_value.stair`; accuracies : see `accuracy.accuracies`; copying : see `copying.copying`
    copied : rows of `copying.copied_lines`, sorted by version_id; evidence : rows of `information.evidence_lines`
    information : see `information.information`
    """

    lines: pa.Table
    stair: pa.Table
    accuracies: pa.Table
    copying: pa.Table
    copied: pa.Table
    evidence: pa.Table
    information: pa.Table


def judge(
    sources: Mapping[str, Any],
    *,
    engine: Asks,
    dice: Dice,
    company_id: int,
    parameters: Mapping[str, Any] | None = None,
    lines: TableExpression | None = None,
) -> Judged:
    """Everything that can be told of forecasts.

    Parameters
    ----------
    sources : the tables forecast_lines, forecast_versions, forecast_outcomes, forecast_evidence and evidence_used of one company;
        the last two may lack, which says that the company records no evidence
    engine : answers the expressions; DuckDB and Spark give the same digest
    dice : a seeded generator, for the bootstrap
    lines : rows of `forecast_lines` to judge, such as those of some months; default all

    Invariants
    ----------
    The order of rows changes nothing; the same seed gives the same intervals.
    """
    told = dict(parameters or {})
    steps = Steps()
    judged_lines(steps, told, company_id=company_id, lines=lines)
    rows = engine.run(steps, {name: sources[name] for name in steps.sources})
    rows = rows.sort_by([(name, "ascending") for name in JUDGED_LINES.key])
    has_evidence = FORECAST_EVIDENCE.name in sources
    known = {JUDGED_LINES.name: rows}
    if has_evidence:
        known |= {name: sources[name] for name in (FORECAST_EVIDENCE.name, EVIDENCE_USED.name)}
    judged = JUDGED_LINES.unbound()
    sums = engine.run_many({"steps": step_sums(judged, told), "authors": author_sums(judged, told)}, known)
    copies = Steps()
    repeats = copied_lines(copies, judged, evidence=has_evidence)
    copied = engine.run(copies, {name: known[name] for name in copies.sources}).sort_by("version_id")
    repeated = engine.run(copying_sums(repeats), {repeats.get_name(): copied})
    lay = evidence_lines(judged, told)
    asked = {"lines": lay, "sums": information_sums(lay)}
    found = engine.run_many(asked, known) if has_evidence else {name: _none(one) for name, one in asked.items()}
    return Judged(
        rows,
        stair(sums["steps"], told, dice),
        accuracies(sums["authors"], told, dice),
        copying(repeated, told, evidence=has_evidence),
        copied,
        found["lines"],
        information(found["sums"], told, dice),
    )


def _none(expression: TableExpression) -> pa.Table:
    """No rows under the schema of an expression."""
    return expression.schema().to_pyarrow().empty_table()

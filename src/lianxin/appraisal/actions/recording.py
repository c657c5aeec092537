"""Scores into rows: scorecards with their lines, written whole or not at all."""

import math
from typing import Any

from lianxin.appraisal import computing
from lianxin.appraisal.models import Closing, Scorecard, ScorePart
from lianxin.appraisal.queries.schemes import core_of
from lianxin.core.scoring.scheme import lines

_PART_FIELDS = (
    "role", "value", "target", "numerator", "denominator", "n", "rank", "group_n", "group_average", "previous_value",
    "previous_rank", "answer", "points_milli", "full_milli", "handling", "curve_x", "curve_y",
)  # fmt: skip
_BATCH = 500


def record_scores(closing: Closing, scores: computing.Scores) -> None:
    """Write the scorecards of a closing, in the caller's transaction; what an interrupted run wrote before is replaced."""
    closing.scorecards.all().delete()
    if closing.scheme_version is None:
        return
    order = {part.code: place for place, (_role, part) in enumerate(lines(core_of(closing.scheme_version)))}
    gates: dict[str, list[dict[str, Any]]] = {}
    for row in scores.gates.to_pylist():
        kept = {key: row[key] for key in ("gate", "value", "threshold", "state", "reason", "effect", "cap_milli")}
        gates.setdefault(row["entity"], []).append(kept)
    totals = sorted(scores.totals.to_pylist(), key=lambda row: row["entity"])
    cards = Scorecard.objects.bulk_create(
        [
            Scorecard(
                closing=closing,
                person_id=row["person_id"],
                unit=row["unit"],
                group_key=row["group_key"],
                total_milli=row["total_milli"],
                answer=row["answer"],
                scored_share=row["scored_share"],
                rank=row["rank"],
                group_n=row["group_n"] or 0,
                band=row["band"] or "",
                gates=sorted(gates.get(row["entity"], []), key=lambda gate: gate["gate"]),
            )
            for row in totals
        ],
        batch_size=_BATCH,
    )
    card_of = {row["entity"]: card for row, card in zip(totals, cards, strict=True)}
    ScorePart.objects.bulk_create(
        [
            ScorePart(
                scorecard=card_of[row["entity"]],
                place=order[row["part"]],
                part=row["part"],
                block=row["block"] or "",
                reason=row["reason"] or "",
                **{name: _plain(row[name]) for name in _PART_FIELDS},
            )
            for row in sorted(scores.parts.to_pylist(), key=lambda row: (row["entity"], order[row["part"]]))
        ],
        batch_size=_BATCH,
    )


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and math.isnan(value) else value

"""A scheme, a closing with a scorecard and a pay run that addresses speak of, made when an address is walked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lianxin.appraisal.actions.schemes import install_preset
from lianxin.appraisal.models import Closing, PayLine, PayRun, SchemeVersion, Scorecard
from lianxin.foundation.states import Role
from tests.factories import AT

RULE = {"days": "calendar", "coefficients": [], "not_enough": "nothing", "floor_fen": 0}


def _version(world: Any) -> SchemeVersion:
    return install_preset(company=world.company, preset="order_lines", by=None, at=AT)


def _closing(world: Any) -> Closing:
    return Closing.objects.create(
        company=world.company, month=date(2021, 12, 1), number=1, step="released", scheme_version=_version(world),
        started_at=AT, released_at=AT,
    )  # fmt: skip


def _scorecard(world: Any) -> Scorecard:
    return Scorecard.objects.create(
        closing=_closing(world), person=world.manager, unit=world.unit.code, group_key="x", total_milli=86_400,
        answer="value", scored_share=1.0, group_n=1,
    )  # fmt: skip


def _run(world: Any) -> PayRun:
    closing = _scorecard(world).closing
    run = PayRun.objects.create(
        closing=closing, pool_fen=100, rule=RULE, digest="x", proposed_by=world.users[Role.HR], proposed_at=AT
    )
    PayLine.objects.create(
        run=run, person=world.manager, days=31, month_days=31, score_milli=86_400, coefficient_milli=1000, weight=1,
        weight_total=1, floor_fen=0, is_at_floor=False, remainder_fen=0, amount_fen=100, handling="paid",
    )  # fmt: skip
    return run


def scheme(world: Any) -> Mapping[str, Any]:
    return {"pk": _version(world).pk}


def closing(world: Any) -> Mapping[str, Any]:
    return {"pk": _closing(world).pk}


def scorecard(world: Any) -> Mapping[str, Any]:
    return {"pk": _scorecard(world).pk}


def pay_run(world: Any) -> Mapping[str, Any]:
    return {"pk": _run(world).pk}


def pay_line(world: Any) -> Mapping[str, Any]:
    return {"pk": _run(world).lines.get().pk}


ARGUMENTS = {
    **{
        f"appraisal:{name}": scheme
        for name in ("scheme", "edit", "copy", "export", "consult", "reopen", "adopt", "retire")
    },
    **{f"appraisal:{name}": closing for name in ("closing", "verify")},
    **{f"appraisal:{name}": scorecard for name in ("scorecard", "ask_review")},
    **{f"appraisal:{name}": pay_run for name in ("pay_run", "confirm", "turn_down")},
    "appraisal:pay_line": pay_line,
}

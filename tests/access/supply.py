"""A round of allocation with a product, a change by hand and a policy that addresses speak of, made when an address is walked."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from lianxin.foundation.states import Role
from lianxin.foundation.uuids import uuid7
from lianxin.supply.models import FavourFinding, FavourRun, HandChange, Round, RoundProduct, SupplyPolicy
from tests.factories import AT


def policy(world: Any) -> Mapping[str, Any]:
    made = SupplyPolicy.objects.create(
        company=world.company, code="x", number=1, title="x", sentence_zh="x", sentence_en="x", rule="uniform",
        method="by_tier", definition={"rule": "uniform"}, drafted_at=AT,
    )  # fmt: skip
    return {"pk": made.pk}


def _round(world: Any) -> Round:
    made = Round.objects.create(
        id=uuid7(), company=world.company, number=1, week=date(2021, 12, 6), state="committed", digest="x",
        opened_by=world.users[Role.BRAND_MANAGER], opened_at=AT, committed_at=AT,
    )  # fmt: skip
    RoundProduct.objects.create(round=made, product=world.product, supply_units=1)
    return made


def round_(world: Any) -> Mapping[str, Any]:
    return {"number": _round(world).number}


def product(world: Any) -> Mapping[str, Any]:
    return {"number": _round(world).number, "product_id": world.product.pk}


def change(world: Any) -> Mapping[str, Any]:
    made = HandChange.objects.create(
        id=uuid7(), round=_round(world), product=world.product, retailer=world.retailer, before_units=1, rule_units=1,
        after_units=0, reason="x", words="x", evidence="x", proposed_by=world.users[Role.BRAND_MANAGER], proposed_at=AT,
    )  # fmt: skip
    return {"change_id": made.pk}


def finding(world: Any) -> Mapping[str, Any]:
    told = {"favour.level": 0.05, "favour.minimum_retailers": 1, "favour.minimum_rows": 1, "favour.minimum_weeks": 1}
    run = FavourRun.objects.create(
        company=world.company, number=1, parameters=told, code_version="x", digest="x", made_at=AT
    )
    made = FavourFinding.objects.create(
        run=run, person=world.manager, test="others", answer="value", n_lines=1, question_opened_at=AT
    )
    return {"number": run.number, "pk": made.pk}


def _as_api(told: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"number": told["number"], "finding": told["pk"]}


ARGUMENTS = {
    **{
        f"supply:{name}": round_
        for name in (
            "round", "close", "reopen", "preview", "commit", "publish", "withdraw", "managers", "lines", "fit", "gaming",
        )
    },
    **{f"supply:{name}": product for name in ("product", "choose")},
    **{f"supply:{name}": change for name in ("change", "agree", "refuse")},
    **{f"supply:{name}": policy for name in ("policy", "publish_policy", "retire_policy")},
    "POST /api/v1/supply/changes/{change_id}/agree": change,
    "POST /api/v1/supply/changes/{change_id}/refuse": change,
    "POST /api/v1/supply/policies/{pk}/publish": policy,
    "POST /api/v1/supply/policies/{pk}/retire": policy,
    "GET /api/v1/supply/rounds/{number}": round_,
    "GET /api/v1/supply/rounds/{number}/lines": round_,
    "GET /api/v1/supply/rounds/{number}/fit": round_,
    "GET /api/v1/supply/rounds/{number}/gaming": round_,
    **{
        f"POST /api/v1/supply/rounds/{{number}}/{step}": round_
        for step in ("close", "reopen", "preview", "commit", "publish", "withdraw", "changes", "products")
    },
    "supply:favour_run": lambda world: {"number": finding(world)["number"]},
    "GET /api/v1/supply/favour/{number}": lambda world: {"number": finding(world)["number"]},
    "supply:favour_finding": finding,
    "GET /api/v1/supply/favour/{number}/findings/{finding}": lambda world: _as_api(finding(world)),
    "GET /api/v1/supply/favour/{number}/findings/{finding}/rows": lambda world: _as_api(finding(world)),
    "oversight:ask_favour": finding,
}  # fmt: skip

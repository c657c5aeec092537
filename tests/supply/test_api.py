"""Allocation by API: a round from its opening to a change by hand, and what is refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from lianxin.foundation.models import User
from tests.imports.conftest import Take
from tests.supply.world import WEEK, World, published, requests_file, supplies_file

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("D1", "D3", "D4")]


def call(user: User, method: str, path: str, body: Any = None, *, status: int = 200) -> Any:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    answer = client.generic(
        method, f"/api/v1/supply{path}", "" if body is None else json.dumps(body), content_type="application/json"
    )
    assert answer.status_code == status, answer.content.decode()[:400]
    return answer.json()


def test_a_round_is_made_and_changed_by_api(world: World, take: Take) -> None:
    policy = published(world, "tight-by-tier", {"rule": "tier_quota", "weights": {"30": 3.0}})
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}, cap=6), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    asked = {"week": str(WEEK), "products": [{"product_code": "P1", "policy": policy.pk}]}
    call(world.brand, "POST", "/rounds", {**asked, "requests_close_at": "2020-01-01T12:00:00Z"}, status=422)
    call(world.brand, "POST", "/rounds", {**asked, "requests_close_at": "2099-01-01T12:00:00"}, status=422)
    made = call(world.brand, "POST", "/rounds", {**asked, "requests_close_at": "2099-01-01T12:00:00+08:00"}, status=201)
    assert (made["number"], made["state"], made["seed"]) == (1, "draft", "")
    closes = call(world.brand, "GET", "/rounds/1")["requests_close_at"]
    assert datetime.fromisoformat(closes) == datetime(2099, 1, 1, 4, tzinfo=UTC)
    call(world.leader, "POST", "/rounds/1/close", status=403)
    call(world.brand, "POST", "/rounds/1/close", status=422)
    call(world.brand, "POST", "/rounds/1/close", {"words": "Everybody has answered."})
    shown = call(world.brand, "POST", "/rounds/1/preview")
    done = call(world.leader, "POST", "/rounds/1/commit")
    assert (done["state"], done["digest"]) == ("committed", shown["digest"])
    tiers = call(world.leader, "GET", "/rounds/1/sums/tier")
    assert {row["tier"]: row["quota_units"] for row in tiers} == {30: 2, 10: 0}
    lines = call(world.south_user, "GET", "/rounds/1/lines")
    assert [(row["licence_no"], row["share_units"]) for row in lines] == [("L0", 0), ("L1", 2), ("L2", 0)]
    rest = call(world.south_user, "GET", f"/rounds/1/lines?after={lines[0]['key']}&limit=1")
    assert [row["licence_no"] for row in rest] == ["L1"]
    change = {
        "product_code": "P1", "licence_no": "L1", "after_units": 3, "reason": "damaged_goods", "words": "Two were wet.",
        "evidence": "Note 17.",
    }  # fmt: skip
    proposed = call(world.brand, "POST", "/rounds/1/changes", change, status=201)
    call(world.brand, "POST", f"/changes/{proposed['id']}/agree", {}, status=403)
    agreed = call(world.officer, "POST", f"/changes/{proposed['id']}/agree", {"words": "Seen."})
    assert (agreed["state"], agreed["rule_units"], agreed["after_units"]) == ("agreed", 2, 3)
    assert call(world.leader, "GET", "/changes")[0]["licence_no"] == "L1"
    whole = next(row for row in call(world.leader, "GET", "/rounds/1/fit") if row["level"] == "all")
    assert (whole["share_units"], whole["taken_units"]) == (7, None)
    call(world.leader, "GET", "/rounds/1/sums/colour", status=422)
    call(world.leader, "GET", "/rounds/99", status=404)


def test_a_policy_is_drafted_and_published_by_api(world: World) -> None:
    told = {"code": "level", "title": "x", "sentence_zh": "x", "sentence_en": "x", "definition": {"rule": "uniform"}}
    made = call(world.brand, "POST", "/policies", told, status=201)
    call(world.brand, "POST", f"/policies/{made['id']}/publish", {"valid_from": "2022-01-03"}, status=403)
    done = call(world.leader, "POST", f"/policies/{made['id']}/publish", {"valid_from": "2022-01-03"})
    assert (done["state"], done["method"]) == ("published", "by_tier")
    call(world.brand, "POST", "/policies", {**told, "definition": {"rule": "first_come"}}, status=422)


def test_a_round_that_cannot_be_computed_is_answered_with_a_sentence(world: World, take: Take) -> None:
    policy = published(world, "tight-by-tier", {"rule": "tier_quota", "weights": {"30": 3.0}})
    take("supply_requests", requests_file({"P1": [5, 5, 0, 4, 2, 9]}), mapping_name="linjiang")
    take("supplies", supplies_file({"P1": 8}), mapping_name="linjiang")
    asked = {"week": str(WEEK), "products": [{"product_code": "P1", "policy": policy.pk}]}
    call(world.brand, "POST", "/rounds", asked, status=201)
    call(world.brand, "POST", "/rounds/1/close")
    type(policy).objects.filter(pk=policy.pk).update(definition={"rule": "tier_quota", "weights": {"30": 0.5}})
    for method, path in (("POST", "/rounds/1/preview"), ("GET", "/rounds/1/gaming?product_code=P1")):
        user = world.brand if method == "POST" else world.leader
        assert "tier 30 weighs less than tier 10" in call(user, method, path, status=422)["detail"]

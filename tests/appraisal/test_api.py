import json

import pytest

from lianxin.appraisal.models import PayRun, SchemeVersion, Scorecard
from lianxin.foundation import jobs
from lianxin.foundation.models import Job
from tests.appraisal import world as worlds

pytestmark = pytest.mark.django_db


@pytest.fixture
def ask(client):
    def asked(world, name, method, path, body=None):
        client.force_login(world.users[name])
        answer = client.generic(method, f"/api/v1{path}", json.dumps(body or {}), content_type="application/json")
        return answer.status_code, json.loads(answer.content)

    return asked


@pytest.mark.requirement("J1")
def test_indicators_are_those_of_whom_one_may_see(closed, ask):
    def sales(name):
        status, answer = ask(closed, name, "GET", "/indicators?month=2021-12&indicator=sales_units")
        assert status == 200
        return {row["entity"]: row["value"] for row in answer["rows"]}

    assert sales("局长") == {"E1": 120.0, "E2": 90.0, "E3": 50.0}
    assert sales("南经理") == {"E1": 120.0, "E2": 90.0}
    assert sales("王") == {"E1": 120.0}
    assert ask(closed, "王", "GET", "/indicators?month=2021-12&by=company")[0] == 403
    assert ask(closed, "局长", "GET", "/indicators?month=2021-11")[0] == 422
    assert ask(closed, "局长", "GET", "/indicators?month=2021-13")[0] == 422


@pytest.mark.requirement("J4")
def test_scorecards_by_api_hold_parts_and_stay_in_scope(closed, ask):
    listed = ask(closed, "南经理", "GET", "/scorecards?month=2021-12")[1]
    assert [row["employee_no"] for row in listed["rows"]] == ["E1", "E2"]
    card = Scorecard.objects.get(person__employee_no="E3")
    assert ask(closed, "南经理", "GET", f"/scorecards/{card.pk}")[0] == 404
    status, answer = ask(closed, "赵", "GET", f"/scorecards/{card.pk}")
    assert (status, answer["total_milli"]) == (200, 100_000)
    assert {part["part"]: part["points_milli"] for part in answer["parts"]} == {
        "sales": 50_000,
        "growth": 30_000,
        "attitude": None,
    }
    assert ask(closed, "赵", "POST", f"/scorecards/{card.pk}/review", {"text": "请复核"})[0] == 201
    assert ask(closed, "赵", "POST", f"/scorecards/{card.pk}/review", {"text": "再次"})[0] == 422


def test_a_closing_by_api_is_a_job_that_ends_in_a_closing(world, scheme, ask):
    status, answer = ask(world, "督察", "POST", "/closings", {"month": "2021-12"})
    done = jobs.run(Job.objects.get(pk=answer["job"]))

    assert (status, done.state) == (202, "done")
    listed = ask(world, "督察", "GET", "/closings")[1]["rows"]
    assert [(row["month"], row["step"], row["n_scorecards"]) for row in listed] == [("2021-12", "released", 3)]
    assert ask(world, "督察", "GET", f"/closings/{listed[0]['id']}/difference") == (200, [])
    again = ask(world, "督察", "POST", f"/closings/{listed[0]['id']}/verify")[1]
    assert jobs.run(Job.objects.get(pk=again["job"])).result["is_same"] is True
    assert ask(world, "督察", "POST", "/closings", {"month": "2021-11"})[0] == 422
    assert ask(world, "王", "POST", "/closings", {"month": "2021-12"})[0] == 403
    assert ask(world, "王", "GET", "/closings")[0] == 403


@pytest.mark.requirement("J5")
def test_pay_by_api_needs_two_people(closed, ask):
    body = {"month": "2021-12", "pool": "1000.00"}
    assert ask(closed, "局长", "POST", "/pay-runs", body)[0] == 403
    assert ask(closed, "人事", "POST", "/pay-runs", {**body, "pool": "0"})[0] == 422
    status, run = ask(closed, "人事", "POST", "/pay-runs", body)
    assert (status, sum(line["amount_fen"] for line in run["lines"])) == (201, 100_000)
    assert ask(closed, "人事", "POST", "/pay-runs", body)[0] == 422
    assert ask(closed, "人事", "POST", f"/pay-runs/{run['id']}/confirm", {"text": ""})[0] == 403
    assert ask(closed, "王", "GET", f"/pay-runs/{run['id']}")[0] == 404
    assert ask(closed, "王", "GET", "/pay-runs") == (200, [])
    assert ask(closed, "王", "GET", "/pay-lines") == (200, [])
    assert ask(closed, "局长", "POST", f"/pay-runs/{run['id']}/turn-down", {"text": ""})[0] == 422
    assert ask(closed, "局长", "POST", f"/pay-runs/{run['id']}/confirm", {"text": ""})[0] == 200
    assert [line["employee_no"] for line in ask(closed, "王", "GET", "/pay-lines")[1]] == ["E1"]
    assert ask(closed, "局长", "POST", f"/pay-runs/{run['id']}/confirm", {"text": ""})[0] == 422
    assert PayRun.objects.get().state == "confirmed"


@pytest.mark.requirement("J3")
def test_a_scheme_by_api_goes_from_draft_to_force(world, ask):
    content = worlds.scheme()
    bad = {**content, "parts": content["parts"][:2]}
    status, answer = ask(world, "人事", "POST", "/schemes", {"content": bad})
    assert (status, "80" in answer["detail"]) == (422, True)
    assert ask(world, "王", "POST", "/schemes", {"content": content})[0] == 403
    made = ask(world, "人事", "POST", "/schemes", {"content": content})[1]
    path = f"/schemes/{made['id']}"
    assert ask(world, "人事", "PUT", path, {"content": {**content, "minimum_scored_share": 0.6}})[0] == 200
    assert (
        ask(world, "局长", "POST", f"{path}/adopt", {"valid_from": "2021-07-01", "noticed_on": "2021-06-20"})[0] == 422
    )
    consulted = {"on": "2021-06-10", "who": "职代会", "text": "同意"}
    assert ask(world, "人事", "POST", f"{path}/consult", consulted)[0] == 200
    adopted = ask(world, "局长", "POST", f"{path}/adopt", {"valid_from": "2021-07-01", "noticed_on": "2021-06-20"})
    assert (adopted[0], adopted[1]["state"]) == (200, "adopted")
    assert ask(world, "人事", "PUT", path, {"content": content})[0] == 422
    second = ask(world, "人事", "POST", "/schemes", {"content": content})[1]
    changes = ask(world, "王", "GET", f"/schemes/{second['id']}/difference")[1]
    assert [(change["before"], change["after"]) for change in changes] == [(0.6, 0.5)]
    job = ask(world, "人事", "POST", f"/schemes/{second['id']}/trial")[1]
    assert jobs.run(Job.objects.get(pk=job["job"])).state == "done"
    assert SchemeVersion.objects.count() == 2


def test_judgements_by_api_are_of_ones_own_team(world, scheme, ask):
    body = {"employee_no": "E1", "month": "2021-12", "code": "attitude", "value": 80, "reason": "按时完成"}
    assert ask(world, "南经理", "POST", "/judgements", body)[0] == 201
    assert ask(world, "北经理", "POST", "/judgements", body)[0] == 422
    assert ask(world, "南经理", "POST", "/judgements", {**body, "code": "nothing"})[0] == 422
    assert ask(world, "局长", "POST", "/judgements", body)[0] == 403
    assert ask(world, "南经理", "GET", "/judgements?month=2021-12")[1] == [{**body, "value": 80.0}]
    assert ask(world, "北经理", "GET", "/judgements?month=2021-12")[1] == []


@pytest.mark.requirement("J4")
def test_a_part_is_explained_and_opens_to_its_rows(closed, ask):
    card = Scorecard.objects.get(person__employee_no="E1")
    status, part = ask(closed, "王", "GET", f"/scorecards/{card.pk}/parts/sales")
    assert (status, part["indicator"], part["value"], part["target"]) == (200, "sales_units", 120.0, 100.0)
    assert part["formula"]
    assert part["version"]
    status, rows = ask(closed, "王", "GET", f"/scorecards/{card.pk}/rows/sales_units")
    assert (status, rows["total"]) == (200, 3)
    assert {row["line_id"]: row["units"] for row in rows["rows"]} == {"n1": 60, "n2": 40, "n3": 20}
    one = ask(closed, "王", "GET", f"/scorecards/{card.pk}/rows/sales_units?offset=1&limit=1")[1]
    assert [row["line_id"] for row in one["rows"]] == [rows["rows"][1]["line_id"]]
    assert ask(closed, "王", "GET", f"/scorecards/{card.pk}/rows/nothing")[0] == 404
    assert ask(closed, "王", "GET", f"/scorecards/{card.pk}/parts/nothing")[0] == 404
    assert ask(closed, "王", "GET", f"/scorecards/{card.pk}/rows/sales_units?limit=0")[0] == 422
    # and nobody else's
    for name in ("李", "北经理"):
        assert ask(closed, name, "GET", f"/scorecards/{card.pk}/rows/sales_units")[0] == 404
        assert ask(closed, name, "GET", f"/scorecards/{card.pk}/parts/sales")[0] == 404


@pytest.mark.requirement("J4")
def test_a_request_for_review_is_listed_and_answered_by_somebody_else(closed, ask):
    card = Scorecard.objects.get(person__employee_no="E3")
    ask(closed, "赵", "POST", f"/scorecards/{card.pk}/review", {"text": "请复核"})
    status, listed = ask(closed, "人事", "GET", "/reviews?state=open")
    assert (status, listed["total"]) == (200, 1)
    row = listed["rows"][0]
    assert (row["employee_no"], row["month"], row["text"], row["state"]) == ("E3", "2021-12", "请复核", "open")
    for name, n in (("赵", 1), ("北经理", 1), ("王", 0), ("南经理", 0)):
        assert ask(closed, name, "GET", "/reviews")[1]["total"] == n
    address = f"/reviews/{row['id']}"
    assert ask(closed, "王", "GET", address)[0] == 404
    answer = {"state": "kept", "answer": "已核对原始订单"}
    assert ask(closed, "王", "POST", f"{address}/answer", answer)[0] == 404
    assert ask(closed, "赵", "POST", f"{address}/answer", answer)[0] == 403
    assert ask(closed, "人事", "POST", f"{address}/answer", {**answer, "answer": " "})[1]["field"] == "answer"
    assert ask(closed, "人事", "POST", f"{address}/answer", {**answer, "state": "open"})[0] == 422
    status, done = ask(closed, "人事", "POST", f"{address}/answer", answer)
    assert (status, done["state"], done["answer"]) == (200, "kept", "已核对原始订单")
    assert ask(closed, "人事", "POST", f"{address}/answer", answer)[0] == 422
    assert ask(closed, "赵", "GET", address)[1]["answer"] == "已核对原始订单"


@pytest.mark.requirement("J3")
def test_a_preset_becomes_a_draft_that_can_be_tried(world, scheme, ask):
    names = [row["name"] for row in ask(world, "人事", "GET", "/scheme-presets")[1]]
    assert "order_lines" in names
    status, draft = ask(world, "人事", "POST", "/scheme-presets", {"preset": "order_lines", "code": "mine"})
    assert (status, draft["code"], draft["state"]) == (201, "mine", "draft")
    assert ask(world, "人事", "POST", "/scheme-presets", {"preset": "nothing"})[1]["field"] == "preset"
    assert ask(world, "人事", "POST", "/scheme-presets", {"preset": "order_lines", "code": "a b"})[0] == 422
    assert ask(world, "王", "POST", "/scheme-presets", {"preset": "order_lines"})[0] == 403
    started = ask(world, "人事", "POST", f"/schemes/{draft['id']}/trial")[1]
    assert jobs.run(Job.objects.get(pk=started["job"])).state == "done"
    trials = ask(world, "人事", "GET", f"/schemes/{draft['id']}/trials")[1]
    assert [row["last_month"] for row in trials] == ["2021-12-01"]
    status, trial = ask(world, "人事", "GET", f"/trials/{trials[0]['id']}")
    assert (status, [row["entity"] for row in trial["by_person"]]) == (200, ["E1", "E2", "E3"])
    assert {row["month"] for row in trial["rows"]} >= {"2021-12-01"}
    assert ask(world, "王", "GET", f"/trials/{trials[0]['id']}")[0] == 403
    assert ask(world, "人事", "GET", "/trials/987654")[0] == 404


@pytest.mark.requirement("J3")
def test_a_version_goes_back_to_the_draft_and_one_in_force_ends(world, scheme, ask):
    draft = ask(world, "人事", "POST", "/scheme-presets", {"preset": "order_lines", "code": "mine"})[1]
    address = f"/schemes/{draft['id']}"
    ask(world, "人事", "POST", f"{address}/consult", {"on": "2021-01-04", "who": "职工代表", "text": "同意"})
    assert ask(world, "人事", "POST", f"{address}/reopen", {"reason": " "})[1]["field"] == "reason"
    assert ask(world, "人事", "POST", f"{address}/reopen", {"reason": "改权重"})[1]["state"] == "draft"
    assert ask(world, "人事", "POST", f"{address}/reopen", {"reason": "改权重"})[0] == 422
    kept = {"until": "2022-02-01", "reason": "换新方案"}
    assert ask(world, "人事", "POST", f"/schemes/{scheme.pk}/retire", kept)[0] == 403
    assert (
        ask(world, "局长", "POST", f"/schemes/{scheme.pk}/retire", {**kept, "until": "2022-02-02"})[1]["field"]
        == "until"
    )
    status, ended = ask(world, "局长", "POST", f"/schemes/{scheme.pk}/retire", kept)
    assert (status, ended["state"], ended["valid_until"]) == (200, "retired", "2022-02-01")

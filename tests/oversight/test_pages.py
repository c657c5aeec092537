"""The pages and the API of flags, as the people concerned use them."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.models import Company
from lianxin.foundation.states import Role
from lianxin.oversight.models import Flag, FlagRule, RuleSuspension
from lianxin.people.states import Post
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G8")]


@pytest.fixture
def people(company: Company) -> dict[str, Client]:
    unit = factories.unit(company)
    clients = {}
    for name, role, post in [
        ("wang", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("li", Role.CUSTOMER_MANAGER, Post.CUSTOMER_MANAGER),
        ("officer", Role.SUPERVISION_OFFICER, Post.SUPERVISION_OFFICER),
        ("second", Role.SUPERVISION_OFFICER, Post.SUPERVISION_OFFICER),
    ]:
        user = factories.user(company, role, username=name)
        factories.person(unit, post, user=user, employee_no=name, name=name)
        clients[name] = Client()
        clients[name].force_login(user)
    return clients


def a_form(company: Company, **changes: object) -> dict[str, object]:
    wang = company.persons.get(employee_no="wang")
    due = clock.today(company) + timedelta(days=7)
    return {"person": wang.pk, "question": "Was the shop visited on 3 December?", "evidence_title": "Two call-backs say no",
            "evidence_text": "", "evidence_url": "", "answer_due_on": due.isoformat(), **changes}  # fmt: skip


def test_flag_lives_its_life_on_the_pages(people: dict[str, Client], company: Company) -> None:
    opened = people["officer"].post(reverse("oversight:open"), a_form(company))
    flag = Flag.objects.get()
    page = reverse("oversight:flag", args=[flag.pk])
    assert opened.headers["Location"] == page
    assert "Two call-backs say no" in people["wang"].get(page).content.decode()
    people["wang"].post(reverse("oversight:answer", args=[flag.pk]), {"words": "I was there; the owner's son was not."})
    people["second"].post(reverse("oversight:take_up", args=[flag.pk]))
    closing = {"conclusion": "justified", "words": "The owner confirms the visit."}
    people["second"].post(reverse("oversight:close", args=[flag.pk]), closing)
    flag.refresh_from_db()
    assert (flag.state, flag.conclusion) == ("closed", "justified")
    assert "The owner confirms the visit." in people["wang"].get(page).content.decode()


def test_faulty_form_keeps_what_was_typed(people: dict[str, Client], company: Company) -> None:
    yesterday = clock.today(company) - timedelta(days=1)
    answer = people["officer"].post(reverse("oversight:open"), a_form(company, answer_due_on=yesterday.isoformat()))
    assert answer.status_code == 422
    assert "Was the shop visited on 3 December?" in answer.content.decode()
    assert Flag.objects.count() == 0


def test_evidence_outside_the_system_is_refused(people: dict[str, Client], company: Company) -> None:
    for address in ("https://example.org/", "//example.org/", "javascript:alert(1)"):
        assert (
            people["officer"].post(reverse("oversight:open"), a_form(company, evidence_url=address)).status_code == 422
        )
    assert Flag.objects.count() == 0


def test_others_cannot_read_or_answer(people: dict[str, Client], company: Company) -> None:
    people["officer"].post(reverse("oversight:open"), a_form(company))
    flag = Flag.objects.get()
    assert people["li"].get(reverse("oversight:flag", args=[flag.pk])).status_code == 404
    assert people["li"].post(reverse("oversight:answer", args=[flag.pk]), {"words": "x"}).status_code == 404
    assert "3 December" not in people["li"].get(reverse("oversight:flags")).content.decode()
    assert people["li"].get(reverse("oversight:open")).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_list_shows_every_flag_once(people: dict[str, Client], company: Company, rows: int) -> None:
    for number in range(rows):
        people["officer"].post(reverse("oversight:open"), a_form(company, question=f"Question number {number}?"))
    page = people["wang"].get(reverse("oversight:flags")).content.decode()
    assert [page.count(f"Question number {number}?") for number in range(rows)] == [1] * rows
    assert people["wang"].get(reverse("oversight:rates")).status_code == 200


def test_the_same_by_api(people: dict[str, Client], company: Company) -> None:
    due = (clock.today(company) + timedelta(days=7)).isoformat()
    body = {
        "employee_no": "wang",
        "question": "Was it visited?",
        "evidence": [{"title": "A call-back"}],
        "answer_due_on": due,
    }
    opened = people["officer"].post("/api/v1/flags", body, content_type="application/json")
    assert opened.status_code == 201
    flag = opened.json()["id"]
    assert people["li"].get(f"/api/v1/flags/{flag}").status_code == 404
    assert (
        people["wang"]
        .post(f"/api/v1/flags/{flag}/answer", {"words": "Yes."}, content_type="application/json")
        .json()["state"]
        == "heard"
    )
    people["second"].post(f"/api/v1/flags/{flag}/take-up")
    refused = people["second"].post(
        f"/api/v1/flags/{flag}/close", {"conclusion": "guilty", "words": "x"}, content_type="application/json"
    )
    assert refused.status_code == 422
    for language, words in (
        ("en", "conclusion is one of: confirmed"),
        ("zh-hans", "conclusion 应为以下之一：confirmed"),
    ):
        refused = people["second"].post(
            f"/api/v1/flags/{flag}/close",
            {"conclusion": "guilty", "words": "x"},
            content_type="application/json",
            headers={"accept-language": language},
        )
        assert refused.json()["detail"].startswith(words)
    nobody = people["officer"].post(
        "/api/v1/flags",
        body | {"employee_no": "zhou"},
        content_type="application/json",
        headers={"accept-language": "zh-hans"},
    )
    assert (nobody.status_code, nobody.json()["detail"]) == (422, "您可提出疑点的人员中没有工号为 zhou 的人。")
    closed = people["second"].post(
        f"/api/v1/flags/{flag}/close",
        {"conclusion": "data_fault", "words": "The phone was off."},
        content_type="application/json",
    )
    assert closed.json()["conclusion"] == "data_fault"
    assert people["li"].get("/api/v1/flags").json() == []
    (rate,) = people["li"].get("/api/v1/flags/rates").json()
    assert (rate["decided"], rate["false_alarms"], rate["share"]) == (1, 1, None)


def test_unheard_only_after_the_day(people: dict[str, Client], company: Company) -> None:
    people["officer"].post(reverse("oversight:open"), a_form(company))
    flag = Flag.objects.get()
    unheard = reverse("oversight:unheard", args=[flag.pk])
    assert people["second"].post(unheard, {"words": "Called twice."}).status_code == 422
    Flag.objects.update(answer_due_on=date(2020, 1, 1))
    assert people["second"].post(unheard, {"words": "Called twice."}).status_code == 302


def test_correction_goes_over_the_pages(people: dict[str, Client], company: Company) -> None:
    people["officer"].post(reverse("oversight:open"), a_form(company))
    flag = Flag.objects.get()
    today = clock.today(company)

    def go(who: str, step: str, **given: object) -> int:
        return people[who].post(reverse(f"oversight:{step}", args=[flag.pk]), given).status_code

    assert go("wang", "answer", words="I was ill.") == 302
    assert go("second", "take_up") == 302
    closing = {"conclusion": "confirmed", "words": "The shop knows nothing of it.", "task": "Visit it again."}
    assert go("second", "close", **closing) == 422  # by when?
    assert go("second", "close", **closing, task_due_on=today.isoformat()) == 302
    page = people["wang"].get(reverse("oversight:flag", args=[flag.pk])).content.decode()
    assert "Visit it again." in page
    assert go("li", "corrected", words="x") == 404
    assert go("wang", "corrected", words="Visited on Monday.") == 302
    assert go("second", "recheck", is_corrected="yes", words="The owner says so.") == 302
    flag.refresh_from_db()
    assert (flag.state, flag.is_corrected) == ("closed", True)


def test_rates_name_suspended_rules_and_let_the_leader_adopt_them(people: dict[str, Client], company: Company) -> None:
    RuleSuspension.objects.create(
        company=company, rule="ghost_share", suspended_at=clock.now(), n_decided=10, n_false=5, allowed_share=0.3
    )
    person = company.persons.get(employee_no="wang")
    flag = Flag.objects.create(
        id="f", company=company, person=person, rule="ghost_share", question="?", evidence=[{"title": "t"}],
        opened_at=clock.now(), answer_due_on=clock.today(company),
    )  # fmt: skip
    FlagRule.objects.create(flag=flag, rule="ghost_share")
    page = people["wang"].get(reverse("oversight:rates")).content.decode()
    assert page.count("已暂停") >= 1
    address = reverse("oversight:adopt_again", args=["ghost_share"])
    assert people["second"].post(address, {"words": "x"}).status_code == 403
    leader = Client()
    leader.force_login(factories.user(company, Role.LEADER))
    assert leader.post(address, {"words": "The line is 90 seconds now."}).status_code == 302
    assert leader.get(address).status_code == 404

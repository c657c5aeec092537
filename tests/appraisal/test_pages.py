from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lianxin.appraisal import actions
from lianxin.appraisal.models import Closing, PayRun, SchemeVersion, Scorecard
from lianxin.core.paying.rule import PayRule
from lianxin.foundation.models import Job
from tests.appraisal import world as worlds
from tests.appraisal.world import AT, MONTH

pytestmark = pytest.mark.django_db


def card_of(number):
    return Scorecard.objects.get(person__employee_no=number)


@pytest.mark.requirement("J4")
def test_a_scorecard_shows_total_parts_curve_and_both_sides(closed, sign_in):
    page = sign_in(closed, "王").get(reverse("appraisal:scorecard", args=[card_of("E1").pk]))

    said = page.content.decode()
    assert page.status_code == 200
    assert "120.0" in said
    assert said.count('kind="curve"') == 3
    assert "尚未评议" in said or "not judged yet" in said
    for code in ("sales_units", "same_period_change"):
        assert reverse("appraisal:rows", args=[card_of("E1").pk, code]) in said


@pytest.mark.requirement("J4")
@pytest.mark.parametrize("name", ["total", "part", "value"])
def test_every_figure_of_a_scorecard_opens(closed, sign_in, name):
    argument = {"total": [], "part": ["sales"], "value": ["order_coverage"]}[name]
    page = sign_in(closed, "王").get(reverse(f"appraisal:{name}", args=[card_of("E1").pk, *argument]))

    assert page.status_code == 200
    assert "order_lines" in page.content.decode() or "v1" in page.content.decode() or "2021-12" in page.content.decode()


@pytest.mark.requirement("J4")
def test_the_rows_behind_a_figure_sum_to_it(closed, sign_in):
    client = sign_in(closed, "王")
    url = reverse("appraisal:rows", args=[card_of("E1").pk, "sales_units"])

    page = client.get(url)
    file = b"".join(client.get(url, {"export": "csv"}).streaming_content).decode("utf-8-sig")

    assert page.status_code == 200
    rows = [row.split(",") for row in file.splitlines()]
    assert sorted(row[0] for row in rows[1:]) == ["n1", "n2", "n3"]
    assert sum(float(row[5]) for row in rows[1:]) == 120.0


def test_a_list_with_one_and_with_three_rows(closed, sign_in):
    own = sign_in(closed, "王").get(reverse("appraisal:scorecards"), {"month": "2021-12"})
    all_ = sign_in(closed, "局长").get(reverse("appraisal:scorecards"))

    assert own.content.decode().count("<tr data-key") == 1
    assert all_.content.decode().count("<tr data-key") == 3
    assert sign_in(closed, "王").get(reverse("appraisal:scorecards")).status_code == 302


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        ("王", ["E1"]),
        ("南经理", ["E1", "E2"]),
        ("北经理", ["E3"]),
        ("局长", ["E1", "E2", "E3"]),
        ("人事", ["E1", "E2", "E3"]),
    ],
)
def test_scorecards_are_seen_only_in_scope(closed, sign_in, who, seen):
    client = sign_in(closed, who)
    found = []
    for number in ("E1", "E2", "E3"):
        answers = {
            client.get(reverse(name, args=[card_of(number).pk, *more])).status_code
            for name, more in [
                ("appraisal:scorecard", []),
                ("appraisal:total", []),
                ("appraisal:part", ["sales"]),
                ("appraisal:value", ["sales_units"]),
                ("appraisal:rows", ["sales_units"]),
            ]
        }
        assert len(answers) == 1
        found += [number] if answers == {200} else []
    assert found == seen
    listed = client.get(reverse("appraisal:scorecards"), {"month": "2021-12"}).content.decode()
    assert [number for number in ("E1", "E2", "E3") if f">{number}<" in listed] == seen


def test_another_company_sees_nothing(closed, sign_in):
    other = worlds.make("yihe")

    client = sign_in(other, "局长")

    assert client.get(reverse("appraisal:scorecard", args=[card_of("E1").pk])).status_code == 404
    assert client.get(reverse("appraisal:scheme", args=[SchemeVersion.objects.get().pk])).status_code == 404
    assert client.get(reverse("appraisal:scorecards")).context["table"].total == 0
    supervisor = sign_in(other, "督察")
    assert supervisor.get(reverse("appraisal:closing", args=[Closing.objects.get().pk])).status_code == 404


@pytest.mark.requirement("J4")
def test_a_person_asks_for_a_review_and_somebody_else_answers(closed, sign_in):
    card = card_of("E2")
    asked = sign_in(closed, "李").post(reverse("appraisal:ask_review", args=[card.pk]), {"text": "漏了一户"})
    request = card.requests.get()
    url = reverse("appraisal:review", args=[request.pk])

    assert asked.status_code == 302
    assert sign_in(closed, "李").post(url, {"state": "kept", "answer": "好"}).status_code == 403
    assert sign_in(closed, "王").get(url).status_code == 404
    assert sign_in(closed, "督察").post(url, {"state": "kept", "answer": ""}).status_code == 422
    assert sign_in(closed, "督察").post(url, {"state": "kept", "answer": "已核对全部订单"}).status_code == 302
    assert (
        "已核对全部订单" in sign_in(closed, "李").get(reverse("appraisal:scorecard", args=[card.pk])).content.decode()
    )
    again = sign_in(closed, "王").post(reverse("appraisal:ask_review", args=[card.pk]), {"text": "别人的"})
    assert again.status_code == 404


def test_closing_a_month_is_a_job_and_a_second_one_is_refused(closed, sign_in):
    client = sign_in(closed, "督察")
    given = {"month": "2021-12-01", "scheme": "", "reason": "复核"}

    first = client.post(reverse("appraisal:close"), given)
    second = client.post(reverse("appraisal:close"), given)

    assert first.status_code == 302
    assert second.status_code == 422
    assert Job.objects.filter(kind="appraisal.close").count() == 1
    assert sign_in(closed, "王").get(reverse("appraisal:close")).status_code == 403


@pytest.mark.requirement("J4")
def test_a_closing_page_shows_evidence_and_can_be_computed_again(closed, sign_in):
    closing = Closing.objects.get()
    client = sign_in(closed, "督察")
    actions.verify(closing=closing, by=closed.users["督察"], at=AT)

    page = client.get(reverse("appraisal:closing", args=[closing.pk])).content.decode()

    assert closing.digest in page
    assert closing.verifications.get().is_same
    assert client.get(reverse("appraisal:closings")).status_code == 200
    assert client.post(reverse("appraisal:verify", args=[closing.pk])).status_code == 302


@pytest.mark.requirement("J4")
def test_the_difference_to_the_version_before_is_shown(closed, sign_in):
    closed.add_lines("batch-2", [closed.line("n7", date(2021, 12, 15), "D", "P2", 10)])
    second = actions.close(company=closed.company, month=MONTH, by=closed.users["督察"], at=AT).closing

    page = sign_in(closed, "局长").get(reverse("appraisal:closing", args=[second.pk])).content.decode()

    assert page.count("<tr data-key") == 3
    assert ">E3<" in page
    assert ">E1<" not in page


@pytest.mark.requirement("J5")
def test_pay_is_proposed_confirmed_by_another_and_seen_by_the_person(closed, sign_in):
    given = {
        "pool": "1000.00", "days": "calendar", "not_enough": "exclude", "top": "1", "middle": "1", "bottom": "1", "floor": "0",
    }  # fmt: skip
    proposed = sign_in(closed, "人事").post(reverse("appraisal:propose"), given)
    run = PayRun.objects.get()
    url = reverse("appraisal:pay_run", args=[run.pk])

    assert proposed.status_code == 302
    assert sign_in(closed, "王").get(url).status_code == 404
    assert sign_in(closed, "南经理").get(url).status_code == 403
    assert sign_in(closed, "人事").post(reverse("appraisal:confirm", args=[run.pk]), {"note": ""}).status_code == 403
    assert "402.52" not in sign_in(closed, "王").get(reverse("appraisal:pay")).content.decode()
    assert sign_in(closed, "局长").get(url).status_code == 200
    assert sign_in(closed, "局长").post(reverse("appraisal:confirm", args=[run.pk]), {"note": ""}).status_code == 302
    own = sign_in(closed, "王").get(reverse("appraisal:pay")).content.decode()
    assert "402.52" in own
    assert "262.05" not in own
    mine, other = (run.lines.get(person__employee_no=number).pk for number in ("E1", "E2"))
    assert sign_in(closed, "王").get(reverse("appraisal:pay_line", args=[mine])).status_code == 200
    assert sign_in(closed, "王").get(reverse("appraisal:pay_line", args=[other])).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"), [("pool", "0"), ("pool", "-1"), ("pool", "1.005"), ("pool", ""), ("top", "-1")]
)
def test_a_pay_run_with_bad_input_is_refused_beside_its_field(closed, sign_in, field, value):
    given = {
        "pool": "1000.00", "days": "calendar", "not_enough": "exclude", "top": "1", "middle": "1", "bottom": "1", "floor": "0",
    }  # fmt: skip
    page = sign_in(closed, "人事").post(reverse("appraisal:propose"), {**given, field: value})

    assert page.status_code == 422
    assert page.context["form"].errors.keys() == {field}
    assert PayRun.objects.count() == 0


def test_a_turned_down_run_needs_a_reason(closed, sign_in):
    run = actions.propose_pay(
        closing=Closing.objects.get(), pool_fen=100_00, rule=PayRule(), by=closed.users["人事"], at=AT
    )
    client = sign_in(closed, "局长")

    assert client.post(reverse("appraisal:turn_down", args=[run.pk]), {"note": ""}).status_code == 422
    assert client.post(reverse("appraisal:turn_down", args=[run.pk]), {"note": "总额有误"}).status_code == 302
    assert client.get(reverse("appraisal:pay_run", args=[run.pk])).status_code == 200


@pytest.mark.parametrize("name", ["scorecards", "pay_run"])
def test_a_list_asks_the_database_as_often_for_three_rows_as_for_one(closed, sign_in, name):
    run = actions.propose_pay(
        closing=Closing.objects.get(), pool_fen=100_00, rule=PayRule(), by=closed.users["人事"], at=AT
    )
    url = reverse("appraisal:scorecards") if name == "scorecards" else reverse("appraisal:pay_run", args=[run.pk])
    client = sign_in(closed, "局长")
    client.get(url)
    counts = []
    for _rows in (3, 1):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(url, {"month": "2021-12"}).status_code == 200
        counts.append(len(asked))
        run.lines.exclude(person__employee_no="E1").delete()
        Scorecard.objects.exclude(person__employee_no="E1").delete()
    assert counts[0] == counts[1]

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
from tests.appraisal.adopting import adopted
from tests.appraisal.world import AT, MONTH

pytestmark = pytest.mark.django_db


@pytest.fixture
def closed(world, scheme):
    actions.close(company=world.company, month=MONTH, by=world.users["督察"], at=AT)
    return world


@pytest.fixture
def sign_in(client):
    def signed(world, name):
        client.force_login(world.users[name])
        return client

    return signed


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
    assert "E1" not in client.get(reverse("appraisal:scorecards")).content.decode()
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


@pytest.mark.requirement("J3")
def test_a_scheme_is_installed_changed_consulted_and_adopted_by_pages(world, sign_in):
    client = sign_in(world, "人事")
    assert client.post(reverse("appraisal:install"), {"preset": "order_lines", "code": "a2022"}).status_code == 302
    version = SchemeVersion.objects.get()
    edit = reverse("appraisal:edit", args=[version.pk])
    page = client.get(edit)
    document = page.context["document"]

    bad = client.post(edit, {"document": document, "parts-0-points": "31", "step": "save"})
    checked = client.post(
        edit,
        {
            "document": document,
            "parts-0-points": "29",
            "parts-1-points": "21",
            "parts-1-curve-highest": "25",
            "step": "check",
        },
    )
    saved = client.post(edit, {"document": checked.context["document"], "step": "save", "note": "调整权重"})

    assert (page.status_code, bad.status_code, checked.status_code, saved.status_code) == (200, 422, 200, 302)
    assert "101" in bad.content.decode()
    version.refresh_from_db()
    assert [part["points"] for part in version.content["parts"][:2]] == [29, 21]
    consult = {"on": "2021-06-10", "who": "职工代表大会", "text": "同意"}
    assert client.post(reverse("appraisal:consult", args=[version.pk]), consult).status_code == 302
    adopt = {"noticed_on": "2021-06-20", "valid_from": "2021-07-01"}
    assert client.post(reverse("appraisal:adopt", args=[version.pk]), adopt).status_code == 403
    late = sign_in(world, "局长").post(
        reverse("appraisal:adopt", args=[version.pk]), {**adopt, "valid_from": "2021-06-01"}
    )
    assert late.status_code == 422
    assert client.post(reverse("appraisal:adopt", args=[version.pk]), adopt).status_code == 302
    assert client.get(reverse("appraisal:schemes")).status_code == 200
    version.refresh_from_db()
    assert (version.state, version.valid_from) == ("adopted", date(2021, 7, 1))


@pytest.mark.requirement("J3")
def test_a_new_draft_shows_its_difference_to_the_version_in_force(world, scheme, sign_in):
    client = sign_in(world, "人事")
    copied = client.post(reverse("appraisal:copy", args=[scheme.pk]))
    draft = SchemeVersion.objects.get(number=2)
    edit = reverse("appraisal:edit", args=[draft.pk])

    checked = client.post(
        edit,
        {
            "document": client.get(edit).context["document"],
            "parts-2-points": "15",
            "parts-0-points": "55",
            "step": "check",
        },
    )

    assert copied.status_code == 302
    assert [(change["before"], change["after"]) for change in checked.context["changes"]] == [
        ("50", "55"),
        ("20", "15"),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"parts-0-points": "many"}, "many"),
        ({"parts-0-kind": "step_table"}, ""),
        ({"parts-0-curve-cap": "0"}, ""),
        ({"title-zh": "改名"}, ""),
        ({"step": "add"}, ""),
        ({"parts-2-remove": "on"}, "80"),
    ],
)
def test_the_editor_draws_whatever_was_typed(world, scheme, sign_in, typed, told):
    draft = actions.draft(company=world.company, content=scheme.content, based_on=scheme, by=world.users["人事"], at=AT)
    edit = reverse("appraisal:edit", args=[draft.pk])
    client = sign_in(world, "人事")

    page = client.post(edit, {"document": client.get(edit).context["document"], "step": "check", **typed})

    assert page.status_code in (200, 422)
    assert told in page.content.decode()
    draft.refresh_from_db()
    assert draft.content == {**scheme.content, "version": 2}


@pytest.mark.requirement("J3")
def test_a_trial_page_shows_who_gains_and_who_loses(world, scheme, sign_in):
    content = worlds.scheme()
    content["parts"][0]["points"], content["parts"][1]["points"] = 60, 20
    content["parts"][1]["curve"]["highest"] = 24
    draft = actions.draft(company=world.company, content=content, by=world.users["人事"], at=AT)
    made = actions.run_trial(version=draft, by=world.users["人事"], at=AT)

    page = sign_in(world, "人事").get(reverse("appraisal:trial", args=[made.pk])).content.decode()

    assert page.count("<tr data-key") == 3
    assert sign_in(world, "王").get(reverse("appraisal:trial", args=[made.pk])).status_code == 403
    assert sign_in(world, "人事").post(reverse("appraisal:try", args=[draft.pk])).status_code == 302


@pytest.mark.requirement("J1")
def test_a_superior_judges_only_his_own_team(world, scheme, sign_in):
    url = reverse("appraisal:judge", args=[world.people["王"].pk, "attitude"]) + "?month=2021-12"
    client = sign_in(world, "南经理")

    assert client.get(reverse("appraisal:judgements"), {"month": "2021-12"}).content.decode().count("<tr data-key") == 2
    assert client.post(url, {"value": "101", "reason": "好"}).status_code == 422
    assert client.post(url, {"value": "90", "reason": ""}).status_code == 422
    assert client.post(url, {"value": "90", "reason": "每周例会均有记录"}).status_code == 302
    assert client.get(url).context["form"].initial == {"value": 90.0, "reason": "每周例会均有记录"}
    assert sign_in(world, "北经理").get(url).status_code == 404
    assert sign_in(world, "王").get(url).status_code == 403
    outcome = actions.close(company=world.company, month=MONTH, by=None, at=AT)
    parts = Scorecard.objects.get(closing=outcome.closing, person__employee_no="E1").parts
    assert parts.get(part="attitude").points_milli == 18_000


def test_adopted_schemes_show_to_everybody_inside(world, sign_in):
    version = adopted(world)

    for name in ("王", "南经理", "局长", "管理员"):
        assert sign_in(world, name).get(reverse("appraisal:scheme", args=[version.pk])).status_code == 200


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

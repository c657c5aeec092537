"""A month held against the rules: who is asked, who is not, what is kept, and what a dry run leaves alone."""

from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.test import Client
from django.urls import reverse

from lianxin.core.verifying.rules import RULES
from lianxin.foundation.errors import Denied, Refused
from lianxin.oversight import facts
from lianxin.oversight.actions import adopt_again, flags, rules, verifying
from lianxin.oversight.models import (
    Flag,
    KeyRetailerVerdict,
    ManagerVerdict,
    RuleSet,
    RuleSuspension,
    VerificationRun,
    VisitVerdict,
)
from lianxin.oversight.queries import rules as rule_queries
from lianxin.oversight.queries import standing, verdicts
from lianxin.oversight.states import Conclusion, RunMode, Verdict
from lianxin.retailers.models import Retailer
from lianxin.visits.models import PlanCycle, PlannedVisit, Policy, PolicyTold, Position
from lianxin.visits.states import PlannedState, PlanState
from tests import factories
from tests.oversight.conftest import FIRST, shops_of, store, visit
from tests.reading import read_in_both

AT = datetime(2022, 1, 3, 8, 0, tzinfo=UTC)
ON = date(2022, 1, 3)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.fixture
def rule_set(office: SimpleNamespace) -> RuleSet:
    made = rules.draft(company=office.company, title="First", values={}, by=office.officer.user, at=AT)
    return rules.adopt(rule_set=made, valid_from=date(2021, 1, 1), by=office.leader.user, at=AT)


@pytest.fixture
def doubtful_month(office: SimpleNamespace, rule_set: RuleSet) -> SimpleNamespace:
    """Wang and four others make their visits. Every other one of Li's is a check-in from one place at the roadside, twelve seconds
    long and without content."""
    unit = office.wang.postings.get().unit
    others = [factories.person(unit, name=f"other{n}") for n in range(4)]
    office.shops |= {person.pk: shops_of(person, 2 + n) for n, person in enumerate(others)}
    made = []
    for person in (office.wang, office.li, *others):
        for day in range(24):
            for n, shop in enumerate(office.shops[person.pk]):
                is_hollow = person == office.li and (n + day) % 2 == 1
                made.append(
                    visit(
                        person,
                        shop,
                        FIRST + timedelta(days=day),
                        minute=45 * n,
                        minutes=0.2 if is_hollow else 9 + n,
                        off_metres=(30.05 - shop.place[0]) * 111195.08 if is_hollow else 12 + n,  # type: ignore[attr-defined]
                        n_answers=0 if is_hollow else 4,
                    )
                )
    store(made)
    office.rule_set = rule_set
    return office


def run_of(office: SimpleNamespace, **changes: object) -> verifying.VerificationRun:
    told = {"month": FIRST, "by": office.officer.user, "at": AT, "on": ON}
    return verifying.verify(company=office.company, **{**told, **changes})  # type: ignore[arg-type]


@pytest.mark.requirement("G3")
@pytest.mark.requirement("G8")
def test_doubtful_month_becomes_one_question_with_evidence(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    run = run_of(office)
    assert (run.n_visits, run.rule_set, run.mode) == (576, office.rule_set, RunMode.FORMAL)
    hollow = VisitVerdict.objects.filter(run=run, answer=Verdict.YES)
    assert set(hollow.values_list("person_id", flat=True)) == {office.li.pk}
    assert hollow.count() == run.n_doubtful == 48
    estimate = ManagerVerdict.objects.get(run=run, person=office.li, indicator="ghost_share")
    assert estimate.answer == "value"
    assert (estimate.low or 0) < 0.5 < (estimate.high or 0)
    (flag,) = Flag.objects.all()
    assert (flag.person, flag.rule, flag.opened_by, flag.owner) == (office.li, "ghost_share", None, office.li.user)
    assert flag.evidence[0]["url"] == f"/oversight/verification/2021-12/{office.li.pk}/"
    assert flag.evidence[1]["url"].startswith("/oversight/verification/visit/")
    english, chinese = read_in_both(flag, office.officer.user)
    assert english.question == "Some visits of December 2021 look hollow to the rules. How were they made?"
    assert chinese.question == "2021年12月部分走访疑似走过场，请说明走访经过。"
    assert RULES["far"].title_en in english.evidence[1]["text"]
    assert RULES["far"].title_zh in chinese.evidence[1]["text"]
    assert "far" in VisitVerdict.objects.filter(run=run, answer=Verdict.YES).values_list("rules", flat=True)[0]
    # the same evidence gives the same run; nobody is asked twice
    assert run_of(office).pk == run.pk
    assert Flag.objects.count() == 1
    # what the manager sees is his own
    own = verdicts.visit_verdicts(office.li.user, run, on=ON)
    assert {row.person_id for row in own} == {office.li.pk}
    assert verdicts.visit_verdicts(office.wang.user, run, on=ON).count() == 96


@pytest.mark.requirement("G3")
def test_a_form_without_questions_is_no_form_without_content(office: SimpleNamespace) -> None:
    told = {
        "empty": (0, 0, ""), "counted": (0, 2, ""), "written": (0, 0, "补了价签"), "unasked": (None, 0, ""),
        "file": (None, None, ""),
    }  # fmt: skip
    shop = office.shops[office.wang.pk][0]
    for number, (name, (answers, filled, note)) in enumerate(told.items()):
        made, _place = visit(office.wang, shop, FIRST, minute=60 * number, note=note, has_fix=False)
        made.pk, made.n_answers, made.n_filled = name, answers, filled
        store([(made, None)])
    # what was told in a visit stands in a record of its own
    policy = Policy.objects.create(
        company=office.company, title="明码标价", text="?", valid_from=FIRST, tell_until=date(2021, 12, 31)
    )
    PolicyTold.objects.create(
        id="told", policy=policy, retailer=shop, person=office.wang, visit_id_said="unasked", told_at=AT
    )
    found = facts.evidence(office.company, FIRST).visits.to_pylist()
    assert {row["visit_id"]: (row["n_answers"], row["n_filled"]) for row in found} == {
        "empty": (0, 0), "counted": (0, 2), "written": (0, 1), "unasked": (None, 1), "file": (None, None),
    }  # fmt: skip


@pytest.mark.requirement("G8")
def test_suspended_rule_asks_nothing_but_still_measures(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    RuleSuspension.objects.create(
        company=office.company, rule="ghost_share", suspended_at=AT, n_decided=10, n_false=5, allowed_share=0.3
    )
    run = run_of(office)
    assert ManagerVerdict.objects.filter(run=run, is_suspected=True).count() == 1
    assert (run.n_questions, Flag.objects.count()) == (0, 0)


@pytest.mark.requirement("F1")
def test_verdicts_stay_when_positions_are_deleted(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    run = run_of(office)
    before = list(VisitVerdict.objects.order_by("pk").values_list("visit_id", "risk", "answer"))
    Position.objects.all().delete()
    with pytest.raises(Refused, match="deleted on time"):
        run_of(office)
    assert list(VisitVerdict.objects.order_by("pk").values_list("visit_id", "risk", "answer")) == before
    assert verdicts.latest(office.company, FIRST) == run


@pytest.mark.requirement("G3")
def test_dry_run_opens_nothing_and_sets_compare(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    strict = rules.draft(
        company=office.company,
        title="Ten minutes",
        values={"verifying.too_short_seconds": 600},
        by=office.officer.user,
        at=AT,
    )
    run = run_of(office, mode=RunMode.TRIAL, rule_set=strict)
    counts = run.summary["rules"]["too_short"]
    assert counts == {"yes": 48 + 132, "no": 396}  # nine minutes are too short now, ten and more are not
    assert run.parameters["verifying.too_short_seconds"] == 600
    assert (Flag.objects.count(), VisitVerdict.objects.count()) == (0, 0)
    assert verdicts.latest(office.company, FIRST) is None


@pytest.mark.requirement("G3")
def test_rule_set_counts_only_once_another_has_adopted_it(office: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="No rule set is in force"):
        run_of(office)
    made = rules.draft(company=office.company, title="First", values={}, by=office.officer.user, at=AT)
    with pytest.raises(Denied):
        rules.adopt(rule_set=made, valid_from=FIRST, by=office.officer.user, at=AT)
    with pytest.raises(Refused) as refused:
        rules.adopt(rule_set=made, valid_from=FIRST + timedelta(days=1), by=office.leader.user, at=AT)
    assert refused.value.field == "valid_from"
    rules.adopt(rule_set=made, valid_from=FIRST, by=office.leader.user, at=AT)
    with pytest.raises(Refused, match="no visits"):
        run_of(office)
    for values, field in [
        ({"verifying.far_metres": 0}, "verifying.far_metres"),
        ({"measuring.peer_alert": 1}, "values"),
    ]:
        with pytest.raises(Refused) as refused:
            rules.draft(company=office.company, title="x", values=values, by=office.officer.user, at=AT)
        assert refused.value.field == field
    second = rules.draft(company=office.company, title="Second", values={}, by=office.officer.user, at=AT)
    with pytest.raises(Refused, match="start this one after it"):
        rules.adopt(rule_set=second, valid_from=date(2021, 11, 1), by=office.leader.user, at=AT)
    rules.adopt(rule_set=second, valid_from=date(2022, 1, 1), by=office.leader.user, at=AT)
    made.refresh_from_db()
    assert made.valid_until == date(2022, 1, 1)
    assert rule_queries.in_force(office.company, month=FIRST) == made
    assert rule_queries.in_force(office.company, month=date(2022, 1, 1)) == second


@pytest.mark.requirement("G3")
def test_officer_asks_about_one_visit_once(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    run = run_of(office)
    verdict = VisitVerdict.objects.filter(run=run, answer=Verdict.YES).order_by("visit_id").first()
    assert verdict is not None
    told = {"verdict": verdict, "at": AT, "on": ON}
    with pytest.raises(Denied):
        verifying.ask_about(by=office.boss.user, **told)  # of another unit
    flag = verifying.ask_about(by=office.officer.user, **told)
    assert flag.rule.removeprefix("rule_") in verdict.rules
    with pytest.raises(Refused, match="asked about this before"):
        verifying.ask_about(by=office.second.user, **told)
    fine = VisitVerdict.objects.filter(run=run, person=office.wang).order_by("risk").first()
    assert fine is not None
    if "yes" not in fine.rules.values():
        with pytest.raises(Refused, match="No rule found"):
            verifying.ask_about(verdict=fine, by=office.officer.user, at=AT, on=ON)


def concluded(flag: Flag, office: SimpleNamespace, conclusion: Conclusion) -> None:
    flags.answer(flag=flag, words="It rained.", by=flag.person.user, at=AT, on=ON)
    flags.take_up(flag=flag, by=office.second.user, at=AT, on=ON)
    flags.close(flag=flag, conclusion=conclusion, words="See the file.", by=office.second.user, at=AT, on=ON)


@pytest.mark.requirement("G8")
def test_conclusion_about_a_month_counts_for_the_rules_in_its_visits(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    run = run_of(office)
    flag = Flag.objects.get()
    ids = [item["url"].rstrip("/").rsplit("/", 1)[-1] for item in flag.evidence[1:]]
    rows = [VisitVerdict.objects.get(run=run, visit_id=pk).rules for pk in ids]
    wanted = {
        f"rule_{code}": sum(rules[code] == "yes" for rules in rows) / len(rows)
        for code in rows[0]
        if any(rules[code] == "yes" for rules in rows)
    }
    assert {"rule_far", "rule_too_short", "rule_no_content"} <= set(wanted)
    assert {row.rule: row.weight for row in flag.spoke.all()} == {"ghost_share": 1.0, **wanted}
    concluded(flag, office, Conclusion.JUSTIFIED)
    rates = {rate.rule: rate for rate in standing.false_alarm_rates(office.company)}
    assert {rule: (rate.decided, rate.false_alarms) for rule, rate in rates.items()} == {
        "ghost_share": (1.0, 1.0),
        **{rule: (round(part, 6), round(part, 6)) for rule, part in wanted.items()},
    }


@pytest.mark.requirement("G8")
def test_rule_suspended_by_its_conclusions_is_left_out_until_adopted_again(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    run = run_of(office)
    visits = VisitVerdict.objects.filter(run=run, answer=Verdict.YES).order_by("visit_id")
    for verdict in visits[:10]:
        flag = verifying.ask_about(verdict=verdict, by=office.officer.user, at=AT, on=ON)
        assert {row.rule for row in flag.spoke.all()} == {
            f"rule_{code}" for code, answer in verdict.rules.items() if answer == "yes"
        }
        # the shop's registered point was wrong, says the reviewer
        concluded(flag, office, Conclusion.DATA_FAULT)
    off = standing.rules_off(office.company)
    assert "far" in off
    # when the month is verified again, then the rules are left out: no answer, no risk, and the run says so
    again = run_of(office)
    assert again.pk != run.pk
    assert {item["rule"] for item in again.off} == set(off)
    assert again.off[0]["since"] == AT.isoformat()
    before, after = (
        {row.visit_id: row for row in VisitVerdict.objects.filter(run=one, person=office.li)} for one in (run, again)
    )
    assert {row.rules["far"] for row in after.values()} == {"cannot_tell"}
    assert all(after[pk].risk < row.risk for pk, row in before.items() if row.answer == Verdict.YES)
    assert again.n_doubtful < run.n_doubtful
    # a question about what only they had said is not asked, by nobody
    untouched = visits[10]
    with pytest.raises(Refused, match="Only suspended rules"):
        verifying.ask_about(verdict=untouched, by=office.officer.user, at=AT, on=ON)
    page = reverse("oversight:verified", args=["2021-12"])
    client = Client(headers={"accept-language": "en"})
    client.force_login(office.li.user)
    assert page_says(client, page, "left out here and answer “cannot tell”: “")
    assert page_says(client, reverse("oversight:sides", args=[untouched.visit_id]), "On hold")
    assert page_says(client, reverse("oversight:rates"), "“Away from the shop” since 2022-01-03")
    told = {row["rule"]: row for row in client.get("/api/v1/flags/rates").json()}
    assert told["rule_far"]["suspended_since"] is not None
    assert told["rule_far"]["decided"] == 10.0
    # the API tells of every run what its page does
    office.again, office.left_out = again, [{"rule": code, "since": "2022-01-03T08:00:00Z"} for code in sorted(off)]
    runs_tell_by_api_what_was_off(office, run, untouched)
    # when a leader adopts them again, then the month is what it was
    for code in off:
        adopt_again(company=office.company, rule=f"rule_{code}", words="Points surveyed.", by=office.leader.user, at=AT)
    back = run_of(office)
    assert (back.digest, back.off) == (run.digest, [])
    assert client.get("/api/v1/verification/2021-12/run").json()["off"] == []


def runs_tell_by_api_what_was_off(office: SimpleNamespace, first: VerificationRun, untouched: VisitVerdict) -> None:
    client = Client()
    client.force_login(office.li.user)
    month = client.get("/api/v1/verification/2021-12/run").json()
    assert (month["number"], month["digest"], month["off"]) == (2, office.again.digest, office.left_out)
    assert client.get(f"/api/v1/verification/visits/{untouched.visit_id}").json()["off"] == office.left_out
    assert client.get(f"/api/v1/verification/runs/{office.again.pk}").json()["run"]["off"] == office.left_out
    by_set = client.get(f"/api/v1/rule-sets/{office.rule_set.number}/runs").json()
    assert {row["id"]: row["off"] for row in by_set} == {first.pk: [], office.again.pk: office.left_out}
    assert client.get("/api/v1/verification/2020-01/run").status_code == 404


def page_says(client: Client, address: str, words: str) -> bool:
    answer = client.get(address)
    assert answer.status_code == 200
    return words in answer.content.decode()


def key_shops(office: SimpleNamespace) -> dict[str, Retailer]:
    """Five key retailers of Wang: one with visits, one without, one taken over in the month, one excused, one of a low tier."""
    told = {"seen": 30, "left": 28, "new": 29, "excused": 30, "low": 27}
    made = {}
    for name, tier in told.items():
        since = date(2021, 12, 10) if name == "new" else date(2021, 1, 1)
        made[name] = factories.retailer(
            office.company, name, holder=office.wang, valid_from=since, tier=tier, latitude=30.0, longitude=114.0
        )
        made[name].place = (30.0, 114.0)
    cycle = PlanCycle.objects.create(
        id="c", company=office.company, person=office.wang, starts_on=FIRST, ends_on=date(2022, 1, 1), parameters={},
        made_at=AT, state=PlanState.APPROVED,
    )  # fmt: skip
    PlannedVisit.objects.create(
        id="p", cycle=cycle, company=office.company, person=office.wang, retailer=made["excused"], visit_date=FIRST,
        order=1, arrive_at=time(9), travel_minutes=1, service_minutes=9, state=PlannedState.EXCUSED,
    )  # fmt: skip
    store([visit(office.wang, made["seen"], FIRST + timedelta(days=25), minute=5)])
    return made


@pytest.mark.requirement("G1", "G3", "G8")
def test_key_retailer_without_a_valid_visit_is_asked_about_with_its_row(doubtful_month: SimpleNamespace) -> None:
    office = doubtful_month
    before = run_of(office)
    assert not KeyRetailerVerdict.objects.exists()  # no tier is known: nobody is a key retailer
    shops = key_shops(office)
    run = run_of(office)
    assert run.pk != before.pk
    rows = {row.retailer.licence_no: (row.answer, row.because) for row in KeyRetailerVerdict.objects.filter(run=run)}
    assert rows == {
        "seen": ("no", "visited"),
        "left": ("yes", "never"),
        "new": ("cannot_tell", "part_of_month"),
        "excused": ("cannot_tell", "excused"),
    }
    estimate = ManagerVerdict.objects.get(run=run, person=office.wang, indicator="key_unvisited")
    assert (estimate.value, estimate.n, estimate.is_suspected) == (1.0, 2, True)
    flag = Flag.objects.get(rule="key_unvisited")
    assert (flag.person, [row.rule for row in flag.spoke.all()]) == (office.wang, ["key_unvisited"])
    assert [item["url"] for item in flag.evidence[1:]] == [reverse("retailers:file", args=[shops["left"].pk])]
    read_in_both(flag, office.officer.user)
    assert run_of(office).pk == run.pk  # the same evidence, the same run
    client = Client(headers={"accept-language": "en"})
    client.force_login(office.wang.user)
    page = reverse("oversight:verified_person", args=["2021-12", office.wang.pk])
    assert page_says(client, page, "No visit was made")
    assert page_says(client, page, "A planned visit was excused")
    assert page_says(client, reverse("oversight:verified", args=["2021-12"]), "Key retailers missed")
    told = client.get("/api/v1/verification/2021-12/key-retailers").json()
    assert {row["licence_no"]: (row["answer"], row["because"]) for row in told} == rows
    assert {row["employee_no"] for row in told} == {"wang"}
    client.force_login(office.li.user)
    assert client.get("/api/v1/verification/2021-12/key-retailers").json() == []
    assert client.get("/api/v1/verification/2020-12/key-retailers").status_code == 404
    # a rule set may draw the line elsewhere, and a dry run tells what that would change
    wider = rules.draft(
        company=office.company, title="27", values={"verifying.key_tier_from": 27}, by=office.officer.user, at=AT
    )
    trial = run_of(office, mode=RunMode.TRIAL, rule_set=wider)
    assert trial.managers.get(person=office.wang, indicator="key_unvisited").value == 2.0
    assert not KeyRetailerVerdict.objects.filter(run=trial).exists()

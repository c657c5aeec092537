"""What a conclusion changes: the rows of the score, who may judge, how right the rules are."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from lianxin.core.verifying.accuracy import accuracy
from lianxin.foundation import facts as published
from lianxin.foundation.errors import Denied
from lianxin.oversight import permissions
from lianxin.oversight.actions import flags, verifying
from lianxin.oversight.models import Check, CheckRound, Flag, VisitVerdict
from lianxin.oversight.queries import subjects, verdicts
from lianxin.oversight.states import CheckState, Conclusion, FlagState, RoundState
from lianxin.people.models import Posting
from lianxin.visits.models import Visit
from tests.oversight.conftest import AT, FIRST, client

ON = date(2022, 1, 3)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("G8")]


def doubt(office: SimpleNamespace, *ids: str, risk: float = 0.9) -> None:
    """Visits that look hollow to the run."""
    VisitVerdict.objects.filter(visit_id__in=ids).update(answer="yes", risk=risk, risk_unchecked=risk)


def ask(office: SimpleNamespace, visit: str) -> Flag:
    return verifying.ask_about(verdict=VisitVerdict.objects.get(visit_id=visit), by=office.officer.user, at=AT, on=ON)


def conclude(flag: Flag, conclusion: Conclusion, office: SimpleNamespace) -> None:
    """As `flags.close` leaves it; its own ways are tested with it."""
    Flag.objects.filter(pk=flag.pk).update(state=FlagState.CLOSED, conclusion=conclusion, closed_at=AT)


def of_month(office: SimpleNamespace, indicator: str, conclusion: str = "") -> Flag:
    flag = flags.open(
        company=office.company, person=office.li, rule=indicator, subject=f"{indicator}:{office.li.pk}:2021-12",
        question="?", evidence=[{"title": "x"}], by=None, at=AT, on=ON,
        rule_version=f"{office.set.number}/{office.run.number}",
    )  # fmt: skip
    if conclusion:
        conclude(flag, Conclusion(conclusion), office)
    return flag


def lake(office: SimpleNamespace) -> dict[str, dict[str, Any]]:
    return {row["visit_id"]: row for row in published.publishers()["visit_verdicts"](office.company).to_pylist()}


@pytest.mark.requirement("J1")
@pytest.mark.parametrize(
    ("conclusion", "left"),
    [
        ("", "asked"),
        ("confirmed", "confirmed_hollow"),
        ("justified", "cleared"),
        ("data_fault", "cleared"),
        ("not_enough_evidence", "not_proven"),
    ],
)
def test_a_question_about_a_month_decides_for_its_doubtful_visits_only(
    verified: SimpleNamespace, conclusion: str, left: str
) -> None:
    office = verified
    doubt(office, "li-1203-0", "wang-1203-0")
    before = lake(office)
    assert (before["li-1203-0"]["answer"], before["li-1210-0"]["copied"]) == ("unasked", "unasked")
    of_month(office, "ghost_share", conclusion)
    after = lake(office)
    changed = {visit for visit, row in after.items() if row != before[visit]}
    assert (changed, after["li-1203-0"]["answer"], after["li-1203-0"]["copied"]) == (
        {"li-1203-0"}, left, before["li-1203-0"]["copied"],
    )  # fmt: skip
    of_month(office, "copied_share", conclusion)
    assert lake(office)["li-1210-0"]["copied"] == left


@pytest.mark.requirement("J1")
@pytest.mark.parametrize("conclusion", ["", "confirmed", "justified"])
def test_a_later_run_of_the_month_brings_nothing_under_its_conclusion(
    verified: SimpleNamespace, conclusion: str
) -> None:
    """Run on the 15th, asked and concluded; what the run at the month's end marks besides, nobody was heard about."""
    office = verified
    doubt(office, "li-1203-0")
    left = {"": "asked", "confirmed": "confirmed_hollow", "justified": "cleared"}[conclusion]
    for indicator in ("ghost_share", "copied_share"):
        of_month(office, indicator, conclusion)
    check(office, "li-1205-0", confirmed="no")
    later = verifying.verify(company=office.company, month=FIRST, by=office.officer.user, at=AT, on=ON)
    assert later.number == office.run.number + 1
    rules = {**VisitVerdict.objects.get(run=later, visit_id="li-1203-0").rules, "copied_note": "yes"}
    VisitVerdict.objects.filter(run=later, visit_id__in=["li-1203-0", "li-1210-0", "li-1207-0"]).update(
        answer="yes", rules=rules
    )
    told = {visit: (row["answer"], row["copied"]) for visit, row in lake(office).items()}
    # li-1203-0 looked hollow to the asking run, the note of li-1210-0 looked copied to it
    assert (told["li-1203-0"], told["li-1210-0"], told["li-1207-0"]) == (
        (left, "unasked"), ("unasked", left), ("unasked", "unasked"),
    )  # fmt: skip
    # somebody may still ask about such a visit itself
    verdict = VisitVerdict.objects.get(run=later, visit_id="li-1207-0")
    flag = verifying.ask_about(verdict=verdict, by=office.officer.user, at=AT, on=ON)
    assert lake(office)["li-1207-0"]["answer"] == "asked"
    conclude(flag, Conclusion.CONFIRMED, office)
    assert lake(office)["li-1207-0"]["answer"] == "confirmed_hollow"
    # nor is a question of an unknown run about anything
    Flag.objects.filter(rule="ghost_share").update(rule_version="")
    assert lake(office)["li-1203-0"]["answer"] == "unasked"


@pytest.mark.requirement("J1")
def test_a_question_about_the_visit_itself_comes_before_that_of_its_month(verified: SimpleNamespace) -> None:
    office = verified
    doubt(office, "li-1210-0", "li-1203-0")
    of_month(office, "ghost_share", "confirmed")
    flag = ask(office, "li-1210-0")
    assert (lake(office)["li-1210-0"]["answer"], lake(office)["li-1203-0"]["answer"]) == ("asked", "confirmed_hollow")
    conclude(flag, Conclusion.JUSTIFIED, office)
    rows = lake(office)
    assert (rows["li-1210-0"]["answer"], rows["li-1210-0"]["copied"]) == ("cleared", "cleared")
    assert (rows["li-1203-0"]["answer"], rows["li-1203-0"]["copied"]) == ("confirmed_hollow", "cannot_tell")
    # the run keeps what the rules said
    assert VisitVerdict.objects.get(visit_id="li-1210-0").answer == "yes"


@pytest.mark.requirement("J1", "G3")
@pytest.mark.parametrize("conclusion", [Conclusion.CONFIRMED, Conclusion.JUSTIFIED])
def test_a_question_about_a_note_says_nothing_of_whether_the_visit_was_made(
    verified: SimpleNamespace, conclusion: Conclusion
) -> None:
    """The visit looks hollow by its surroundings; all that a rule found about it is its note."""
    office = verified
    doubt(office, "li-1210-0")
    rules = {**VisitVerdict.objects.get(visit_id="li-1210-0").rules, "contradicted": "no", "copied_note": "yes"}
    VisitVerdict.objects.filter(visit_id="li-1210-0").update(
        rules={code: said if code == "copied_note" else "no" for code, said in rules.items()}
    )
    flag = ask(office, "li-1210-0")
    assert [row.rule for row in flag.spoke.all()] == ["rule_copied_note"]
    conclude(flag, conclusion, office)
    left = {Conclusion.CONFIRMED: "confirmed_hollow", Conclusion.JUSTIFIED: "cleared"}[conclusion]
    row = lake(office)["li-1210-0"]
    assert (row["answer"], row["copied"]) == ("unasked", left)
    # nor do the rules count as right or wrong about the visit by it: what the check found stands
    check(office, "li-1210-0", confirmed="yes" if conclusion == Conclusion.CONFIRMED else "no")
    ((confirmed, _chance, _answers),) = verdicts.checked_verdicts(office.company)
    assert confirmed == ("yes" if conclusion == Conclusion.CONFIRMED else "no")
    # the question about the month decides for the visit
    of_month(office, "ghost_share", "justified")
    assert lake(office)["li-1210-0"]["answer"] == "cleared"


def check(office: SimpleNamespace, visit: str, *, by: Any = None, confirmed: str = "no", chance: float = 0.1) -> Check:
    """A check of a round that is over."""
    rounds = CheckRound.objects.filter(company=office.company)
    over = rounds.first() or CheckRound.objects.create(
        company=office.company, number=1, visits_from=FIRST, visits_until=date(2022, 1, 1), wanted={}, seed="s",
        seed_hash="h", state=RoundState.OVER, committed_at=AT, due_on=ON,
    )  # fmt: skip
    return Check.objects.create(
        company=office.company, round=over, visit_id=visit, channel="spot", drawn_probability=chance, checker=by, done_by=by,
        state=CheckState.DONE, confirmed=confirmed, done_at=AT,
    )  # fmt: skip


def test_who_made_a_check_that_is_evidence_does_not_judge(verified: SimpleNamespace) -> None:
    office = verified
    flag = of_month(office, "ghost_share")
    assert permissions.may_review(office.officer.user, flag, on=ON)
    made = check(office, "li-1205-0", by=office.officer.user)
    assert permissions.parties(flag, on=ON) == {
        office.li.user_id, office.other_boss.user_id, office.officer.user_id,
    }  # fmt: skip
    assert permissions.next_reviewer(flag, on=ON) == office.second.user
    flags.answer(flag=flag, words="我去了。", by=office.li.user, at=AT, on=ON)
    with pytest.raises(Denied, match="party"):
        flags.take_up(flag=flag, by=office.officer.user, at=AT, on=ON)
    flags.take_up(flag=flag, by=office.second.user, at=AT, on=ON)
    # nor does the reviewer check the person's visits while the question is open
    row = Visit.objects.get(pk="li-1206-0")
    assert office.second.user_id in permissions.parties_of([row])[row.pk]
    # while a check is still to be made its maker is no party, but he makes it or gives it away before he reviews
    flag = of_month(office, "key_unvisited")
    flags.answer(flag=flag, words="我去了。", by=office.li.user, at=AT, on=ON)
    Check.objects.filter(pk=made.pk).update(state=CheckState.ASSIGNED, confirmed="", done_by=None)
    assert office.officer.user_id not in permissions.parties(flag, on=ON)
    assert permissions.next_reviewer(flag, on=ON) == office.second.user
    assert not permissions.may_review(office.officer.user, flag, on=ON)
    with pytest.raises(Denied, match="still to check"):
        flags.take_up(flag=flag, by=office.officer.user, at=AT, on=ON)
    Check.objects.filter(pk=made.pk).update(checker=office.second.user)
    assert permissions.next_reviewer(flag, on=ON) == office.officer.user
    Check.objects.filter(pk=made.pk).update(
        state=CheckState.DONE, confirmed="no", checker=office.officer.user, done_by=office.officer.user
    )
    # a check of another month, of another person or one that was never made is no evidence
    for changes in ({"state": CheckState.NOT_DONE, "confirmed": ""}, {"visit_id": "wang-1205-0"}):
        before = Check.objects.filter(pk=made.pk).values("state", "confirmed", "visit_id").get()
        Check.objects.filter(pk=made.pk).update(**changes)
        assert permissions.may_review(office.officer.user, flag, on=ON), changes
        Check.objects.filter(pk=made.pk).update(**before)
    # of a question about copies visits are no evidence
    assert permissions.may_review(office.officer.user, of_month(office, "copied_share"), on=ON)


def test_who_checked_the_visit_shown_in_a_question_does_not_judge(verified: SimpleNamespace) -> None:
    office = verified
    check(office, "li-1205-0", by=office.officer.user)
    pages = [reverse("oversight:sides", args=[visit]) for visit in ("li-1206-0", "li-1205-0")]
    shown = [
        flags.open(
            company=office.company, person=office.li, rule="by_hand", question="?", by=None, at=AT, on=ON,
            evidence=[{"title": "x", "url": page}],
        )
        for page in [*pages, "https://example.org/x", ""]
    ]  # fmt: skip
    assert [permissions.may_review(office.officer.user, flag, on=ON) for flag in shown] == [True, False, True, True]
    assert [subjects.visits_shown(flag) for flag in shown] == [{"li-1206-0"}, {"li-1205-0"}, set(), set()]


def test_superiors_then_and_now_do_not_judge(verified: SimpleNamespace) -> None:
    office = verified
    flag = of_month(office, "ghost_share")
    # the officer led Li's unit until the middle of the month; somebody else does since
    Posting.objects.filter(person=office.li).update(
        reports_to=office.officer, valid_from=date(2020, 1, 1), valid_until=date(2021, 12, 15)
    )
    posting = Posting.objects.get(person=office.li)
    Posting.objects.create(
        person=office.li, post=posting.post, unit=posting.unit, reports_to=office.boss, valid_from=date(2021, 12, 15)
    )
    assert permissions.parties(flag, on=ON) == {office.li.user_id, office.officer.user_id, office.boss.user_id}
    # a superior long before is no party
    Posting.objects.filter(person=office.li, reports_to=office.officer).update(valid_until=date(2021, 11, 30))
    assert permissions.may_review(office.officer.user, flag, on=ON)


@pytest.mark.requirement("G3")
def test_the_verdict_of_all_rules_together_is_measured(verified: SimpleNamespace) -> None:
    """Twelve visits checked, of unequal chances, against a count by hand."""
    office = verified
    ids = list(VisitVerdict.objects.order_by("visit_id").values_list("visit_id", flat=True))[:24]
    doubtful, others = ids[:12], ids[12:]
    doubt(office, *doubtful)
    VisitVerdict.objects.filter(visit_id__in=others).update(answer="no", risk=0.1, risk_unchecked=0.1)
    for number, visit in enumerate(doubtful):
        check(office, visit, confirmed="no" if number < 10 else "yes", chance=0.5)
    for number, visit in enumerate(others):
        check(office, visit, confirmed="no" if number < 1 else "yes", chance=0.1)

    def together() -> Any:
        return next(row for row in accuracy(verdicts.checked_verdicts(office.company), 10) if row.rule == "combined")

    told = together()
    # hollow: 10 found at weight 2, one missed at weight 10; made: 2 suspected at 2, 11 not at 10
    assert told.found.value == pytest.approx(20 / 30)
    assert told.false.value == pytest.approx(4 / 114)
    assert (told.found.n, told.false.n, told.right.value) == (11, 13, pytest.approx(20 / 24))
    # what a check said is no part of what it measures
    VisitVerdict.objects.filter(visit_id=others[0]).update(risk=0.95)
    assert together() == told
    page = client(office, "wang").get(reverse("oversight:accuracy")).content.decode()
    assert "hollow visits found 67%" in page
    assert "All rules together: looks hollow" in page
    # a conclusion counts instead of its check; without enough evidence the visit counts nowhere
    rules = {**VisitVerdict.objects.get(visit_id=doubtful[0]).rules, "far": "yes"}
    VisitVerdict.objects.filter(visit_id__in=doubtful[:2]).update(rules=rules)
    for visit, conclusion in zip(doubtful[:2], (Conclusion.DATA_FAULT, Conclusion.NOT_ENOUGH_EVIDENCE), strict=True):
        conclude(ask(office, visit), conclusion, office)
    told = together()
    assert (told.found.n, told.false.n) == (9, 14)
    assert told.false.value == pytest.approx(6 / 116)


@pytest.mark.requirement("G3")
def test_a_run_keeps_the_risk_before_checks(verified: SimpleNamespace) -> None:
    office = verified
    before = dict(VisitVerdict.objects.values_list("visit_id", "risk"))
    check(office, "li-1205-0", confirmed="no")
    run = verifying.verify(
        company=office.company, month=FIRST, by=office.officer.user, at=AT + timedelta(days=1), on=ON
    )
    rows = {row.visit_id: row for row in VisitVerdict.objects.filter(run=run)}
    assert {visit: row.risk_unchecked for visit, row in rows.items()} == before
    assert rows["li-1205-0"].risk > before["li-1205-0"]
    assert {visit for visit, row in rows.items() if row.risk != row.risk_unchecked} == {"li-1205-0"}
    # of runs that did not keep it nobody can tell where a check had been heard
    VisitVerdict.objects.filter(run=run).update(risk_unchecked=None)
    ((_confirmed, _chance, answers),) = verdicts.checked_verdicts(office.company)
    assert answers["combined"] == "cannot_tell"
    VisitVerdict.objects.filter(run=run).update(
        rules={**rows["li-1205-0"].rules, "not_confirmed": "cannot_tell"}, risk=0.7
    )
    ((_confirmed, _chance, answers),) = verdicts.checked_verdicts(office.company)
    assert answers["combined"] == "yes"


def test_a_subject_without_a_month_has_none(office: SimpleNamespace) -> None:
    assert [subjects.month_of(text) for text in ("", "visit:x", "ghost_share:7:2021-12", "a:b:c")] == [
        None, None, date(2021, 12, 1), None,
    ]  # fmt: skip

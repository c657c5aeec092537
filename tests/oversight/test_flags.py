"""The life of a flag, told as who may do what when, and what is refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.oversight import actions, queries
from lianxin.oversight.models import Flag, RuleSuspension
from lianxin.oversight.queries import standing
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.people.states import Post
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G8")]
DAY = date(2022, 1, 5)
DUE = DAY + timedelta(days=5)
LATER = factories.AT + timedelta(days=1)
EVIDENCE = [{"title": "3 visits of 20 seconds", "text": "2021-12-03", "source": "visits v4", "url": ""}]


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def world(company: Company) -> SimpleNamespace:
    unit = factories.unit(company)
    other_unit = factories.unit(company, "城北市场部")
    boss_user = factories.user(company, Role.MARKET_MANAGER, Role.SUPERVISION_OFFICER)
    boss = factories.person(unit, Post.MARKET_MANAGER, user=boss_user)
    wang_user = factories.user(company, Role.CUSTOMER_MANAGER)
    wang = factories.person(unit, user=wang_user, reports_to=boss)
    li_user = factories.user(company, Role.CUSTOMER_MANAGER)
    li = factories.person(other_unit, user=li_user)
    officer = factories.user(company, Role.SUPERVISION_OFFICER)
    second = factories.user(company, Role.SUPERVISION_OFFICER)
    return SimpleNamespace(
        company=company,
        wang=wang,
        wang_user=wang_user,
        li=li,
        li_user=li_user,
        boss=boss_user,
        officer=officer,
        second=second,
    )


def opened(world: SimpleNamespace, **changes: object) -> Flag:
    given = {
        "company": world.company,
        "person": world.wang,
        "rule": "by_hand",
        "question": "Were these visits made?",
        "evidence": EVIDENCE,
        "answer_due_on": DUE,
        "by": world.officer,
        "at": factories.AT,
        "on": DAY,
    }
    return actions.open(**{**given, **changes})  # type: ignore[arg-type]


def under_review(world: SimpleNamespace) -> Flag:
    flag = opened(world)
    actions.answer(flag=flag, words="The shops were closed for a funeral.", by=world.wang_user, at=factories.AT, on=DAY)
    actions.take_up(flag=flag, by=world.second, at=factories.AT, on=DAY)
    return flag


def test_flag_goes_from_evidence_to_conclusion_and_leaves_a_trail(world: SimpleNamespace) -> None:
    flag = under_review(world)
    closed = actions.close(
        flag=flag,
        conclusion=Conclusion.JUSTIFIED,
        words="Two retailers confirm it.",
        by=world.second,
        at=factories.AT,
        on=DAY,
    )
    assert (closed.state, closed.conclusion) == (FlagState.CLOSED, Conclusion.JUSTIFIED)
    assert [event.state for event in closed.events.order_by("pk")] == ["opened", "heard", "reviewed", "closed"]
    assert [row.verb for row in AuditRow.objects.order_by("number")] == [
        "flags.open",
        "flags.answer",
        "flags.take_up",
        "flags.close",
    ]
    assert list(audit.faults(world.company)) == []


def test_flag_without_evidence_is_refused(world: SimpleNamespace) -> None:
    with pytest.raises(Refused, match="evidence"):
        opened(world, evidence=[])
    assert Flag.objects.count() == 0
    assert AuditRow.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"question": "  "}, "question"),
        ({"answer_due_on": DAY - timedelta(days=1)}, "answer_due_on"),
        ({"evidence": [{"text": "x"}]}, "evidence"),
    ],
)
def test_faulty_flag_names_the_field(world: SimpleNamespace, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        opened(world, **changes)
    assert refused.value.field == field


def test_only_the_person_concerned_answers(world: SimpleNamespace) -> None:
    flag = opened(world)
    for somebody_else in (world.li_user, world.boss, world.officer):
        with pytest.raises(Denied):
            actions.answer(flag=flag, words="It was fine.", by=somebody_else, at=factories.AT, on=DAY)


def test_review_waits_until_the_person_was_heard(world: SimpleNamespace) -> None:
    flag = opened(world)
    with pytest.raises(Refused):
        actions.take_up(flag=flag, by=world.second, at=factories.AT, on=DAY)
    with pytest.raises(Refused, match="may answer until"):
        actions.go_on_unheard(flag=flag, words="Called twice.", by=world.second, at=factories.AT, on=DUE)
    actions.go_on_unheard(
        flag=flag, words="Called twice.", by=world.second, at=factories.AT, on=DUE + timedelta(days=1)
    )
    assert Flag.objects.get().state == FlagState.HEARD


def test_parties_do_not_review(world: SimpleNamespace) -> None:
    flag = opened(world)
    actions.answer(flag=flag, words="Closed for a funeral.", by=world.wang_user, at=factories.AT, on=DAY)
    for party in (world.officer, world.boss):  # who opened it; the superior, though his post reviews flags too
        with pytest.raises(Denied):
            actions.take_up(flag=flag, by=party, at=factories.AT, on=DAY)
    with pytest.raises(Denied):
        actions.take_up(flag=flag, by=world.li_user, at=factories.AT, on=DAY)


def test_only_the_reviewer_closes_and_says_why(world: SimpleNamespace) -> None:
    flag = under_review(world)
    third = factories.user(world.company, Role.SUPERVISION_OFFICER)
    with pytest.raises(Denied):
        actions.close(flag=flag, conclusion=Conclusion.CONFIRMED, words="So it is.", by=third, at=factories.AT, on=DAY)
    with pytest.raises(Refused, match="reasons"):
        actions.close(flag=flag, conclusion=Conclusion.CONFIRMED, words=" ", by=world.second, at=factories.AT, on=DAY)
    assert Flag.objects.get().state == FlagState.REVIEWED


def test_market_manager_opens_only_in_his_unit(world: SimpleNamespace) -> None:
    plain_boss = factories.user(world.company, Role.MARKET_MANAGER)
    factories.person(world.wang.postings.get().unit, Post.MARKET_MANAGER, user=plain_boss)
    opened(world, by=plain_boss)
    with pytest.raises(Denied):
        opened(world, by=plain_boss, person=world.li)


def test_flags_of_others_do_not_leak(world: SimpleNamespace) -> None:
    flag = opened(world)
    assert list(queries.flags_visible(world.li_user, world.company, on=DAY)) == []
    with pytest.raises(Missing):
        queries.flag_visible(world.li_user, world.company, flag.pk, on=DAY)
    assert queries.flag_visible(world.wang_user, world.company, flag.pk, on=DAY) == flag


def test_false_alarm_rate_speaks_from_ten_decided_flags_on(world: SimpleNamespace) -> None:
    conclusions = [Conclusion.JUSTIFIED] * 2 + [Conclusion.CONFIRMED] * 7 + [Conclusion.NOT_ENOUGH_EVIDENCE]
    for conclusion in conclusions:
        flag = under_review(world)
        actions.close(flag=flag, conclusion=conclusion, words="See the file.", by=world.second, at=factories.AT, on=DAY)
    (rate,) = queries.false_alarm_rates(world.company)
    assert (rate.opened, rate.decided, rate.false_alarms, rate.share) == (10, 9, 2, None)
    flag = under_review(world)
    actions.close(
        flag=flag, conclusion=Conclusion.CONFIRMED, words="See the file.", by=world.second, at=factories.AT, on=DAY
    )
    (rate,) = queries.false_alarm_rates(world.company)
    assert rate.share == pytest.approx(0.2)
    assert (rate.low, rate.high) == (pytest.approx(0.0567, abs=1e-4), pytest.approx(0.5098, abs=1e-4))


def close_as(flag: Flag, world: SimpleNamespace, conclusion: Conclusion, **more: object) -> Flag:
    given = {"words": "See the file.", "by": world.second, "at": factories.AT, "on": DAY}
    return actions.close(flag=flag, conclusion=conclusion, **{**given, **more})  # type: ignore[arg-type]


def test_confirmed_problem_is_corrected_and_rechecked(world: SimpleNamespace) -> None:
    flag = opened(world)
    assert (flag.owner, flag.due_on) == (world.wang_user, DUE)
    actions.answer(flag=flag, words="I forgot to sign out.", by=world.wang_user, at=factories.AT, on=DAY)
    flag.refresh_from_db()
    # the officer who opened it and the superior are parties: the other officer is to review it
    assert (flag.owner, flag.due_on) == (world.second, DAY + timedelta(days=10))
    actions.take_up(flag=flag, by=world.second, at=factories.AT, on=DAY)
    for wrong, field in [
        ({"task": "Visit the three shops again."}, "task_due_on"),
        ({"task_due_on": DUE}, "task"),
        ({"task": "Visit them.", "task_due_on": DAY - timedelta(days=1)}, "task_due_on"),
    ]:
        with pytest.raises(Refused) as refused:
            close_as(flag, world, Conclusion.CONFIRMED, **wrong)
        assert refused.value.field == field
    with pytest.raises(Refused, match="Only a confirmed problem"):
        close_as(flag, world, Conclusion.JUSTIFIED, task="Visit them.", task_due_on=DUE)
    flag = close_as(flag, world, Conclusion.CONFIRMED, task="Visit the three shops again.", task_due_on=DUE)
    assert (flag.state, flag.owner, flag.due_on) == (FlagState.CORRECTING, world.wang_user, DUE)
    with pytest.raises(Refused, match="may correct it until"):
        actions.recheck(flag=flag, is_corrected=False, words="Not seen.", by=world.second, at=factories.AT, on=DUE)
    with pytest.raises(Denied):
        actions.report_corrected(flag=flag, words="Done.", by=world.li_user, at=factories.AT, on=DAY)
    actions.report_corrected(flag=flag, words="All three on 7 January.", by=world.wang_user, at=factories.AT, on=DAY)
    with pytest.raises(Denied):
        actions.recheck(flag=flag, is_corrected=True, words="Seen.", by=world.boss, at=factories.AT, on=DAY)
    later = DUE + timedelta(days=7)
    flag = actions.recheck(
        flag=flag, is_corrected=False, words="One is missing.", by=world.second, at=factories.AT, on=DAY, again_by=later
    )
    assert (flag.state, flag.owner, flag.due_on) == (FlagState.CORRECTING, world.wang_user, later)
    actions.report_corrected(flag=flag, words="The last one too.", by=world.wang_user, at=factories.AT, on=DAY)
    flag = actions.recheck(flag=flag, is_corrected=True, words="Seen.", by=world.second, at=factories.AT, on=DAY)
    assert (flag.state, flag.conclusion, flag.is_corrected, flag.owner, flag.due_on) == (
        FlagState.CLOSED, Conclusion.CONFIRMED, True, None, None,
    )  # fmt: skip
    assert list(audit.faults(world.company)) == []


def test_rule_that_is_wrong_too_often_is_suspended_until_adopted_again(world: SimpleNamespace) -> None:
    def by_rule(number: int, conclusion: Conclusion) -> None:
        flag = opened(world, by=None, rule="rule_burst", subject=f"visit:{number}")
        actions.answer(flag=flag, words="Rain.", by=world.wang_user, at=factories.AT, on=DAY)
        actions.take_up(flag=flag, by=world.second, at=factories.AT, on=DAY)
        close_as(flag, world, conclusion)

    for number in range(6):
        by_rule(number, Conclusion.CONFIRMED)
    for number in range(6, 9):
        by_rule(number, Conclusion.JUSTIFIED)
    with pytest.raises(Refused, match="asked about this before"):
        opened(world, by=None, rule="rule_burst", subject="visit:3")
    assert not standing.is_suspended(world.company, "rule_burst")  # nine decided: no rate yet
    by_rule(9, Conclusion.DATA_FAULT)  # 4 of 10: above the 30 % allowed
    (suspension,) = RuleSuspension.objects.all()
    assert (suspension.rule, suspension.n_decided, suspension.n_false) == ("rule_burst", 10, 4)
    with pytest.raises(Refused, match="suspended"):
        opened(world, by=None, rule="rule_burst", subject="visit:10")
    opened(world)  # by hand goes on
    leader = factories.user(world.company, Role.LEADER)
    with pytest.raises(Denied):
        actions.adopt_again(company=world.company, rule="rule_burst", words="10 minutes.", by=world.officer, at=LATER)
    with pytest.raises(Refused):
        actions.adopt_again(company=world.company, rule="rule_burst", words=" ", by=leader, at=LATER)
    actions.adopt_again(company=world.company, rule="rule_burst", words="10 minutes.", by=leader, at=LATER)
    opened(world, by=None, rule="rule_burst", subject="visit:10", at=LATER)
    assert standing.rate_since_adoption(world.company, "rule_burst").opened == 1  # counted anew


def test_questions_by_hand_are_never_suspended(world: SimpleNamespace) -> None:
    for _number in range(11):
        close_as(under_review(world), world, Conclusion.JUSTIFIED)
    assert RuleSuspension.objects.count() == 0


def test_conclusion_counts_for_every_rule_that_spoke(world: SimpleNamespace) -> None:
    def ask(number: int, conclusion: Conclusion, rule: str = "ghost_share", **spoke: float) -> None:
        flag = opened(world, by=None, rule=rule, subject=f"{number}", spoke=spoke)
        actions.answer(flag=flag, words="Rain.", by=world.wang_user, at=factories.AT, on=DAY)
        actions.take_up(flag=flag, by=world.second, at=factories.AT, on=DAY)
        close_as(flag, world, conclusion)

    for number in range(9):
        ask(number, Conclusion.CONFIRMED, rule_burst=1.0, rule_odd_hour=0.5)
    for number in range(9, 12):
        ask(number, Conclusion.JUSTIFIED, rule_odd_hour=1.0, rule_far=0.25)
    ask(12, Conclusion.NOT_ENOUGH_EVIDENCE, rule_far=1.0)
    told = {
        rate.rule: (rate.opened, rate.decided, rate.false_alarms) for rate in queries.false_alarm_rates(world.company)
    }
    assert told == {
        "ghost_share": (13, 12.0, 3.0),
        "rule_burst": (9, 9.0, 0.0),
        "rule_odd_hour": (12, 7.5, 3.0),
        "rule_far": (4, 0.75, 0.75),
    }
    assert RuleSuspension.objects.count() == 0  # the month's own rule: 3 of 12; the others spoke in less than ten
    for number in range(13, 16):
        ask(number, Conclusion.DATA_FAULT, "copied_share", rule_odd_hour=1.0)
    # 6 of 10.5: above the 30 % allowed, though it opened none of the questions
    assert set(standing.suspended(world.company)) == {"rule_odd_hour"}
    suspension = RuleSuspension.objects.get(rule="rule_odd_hour")
    assert (suspension.n_decided, suspension.n_false) == (10.5, 6.0)
    with pytest.raises(Refused, match="suspended"):
        opened(world, rule="rule_odd_hour")  # by a person neither


def test_a_part_of_a_question_is_above_nothing_and_at_most_all(world: SimpleNamespace) -> None:
    for part in (0.0, 1.5):
        with pytest.raises(IntegrityError), transaction.atomic():
            opened(world, spoke={"rule_far": part})
    assert Flag.objects.count() == 0

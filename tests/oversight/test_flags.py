"""The life of a flag, told as who may do what when, and what is refused."""

from collections.abc import Iterator
from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from django.utils import translation

from lianxin.foundation import audit
from lianxin.foundation.errors import Denied, Missing, Refused
from lianxin.foundation.models import AuditRow, Company
from lianxin.foundation.states import Role
from lianxin.oversight import actions, queries
from lianxin.oversight.models import Flag
from lianxin.oversight.states import Conclusion, FlagState
from lianxin.people.states import Post
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("G8")]
DAY = date(2022, 1, 5)
DUE = DAY + timedelta(days=5)
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
    actions.answer(flag=flag, words="The shops were closed for a funeral.", by=world.wang_user, at=factories.AT)
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
            actions.answer(flag=flag, words="It was fine.", by=somebody_else, at=factories.AT)


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
    actions.answer(flag=flag, words="Closed for a funeral.", by=world.wang_user, at=factories.AT)
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

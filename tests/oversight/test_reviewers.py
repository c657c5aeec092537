"""Who is left to review a question, and what is said where nobody is."""

from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.actions import grant_role, revoke_role
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.states import Role
from lianxin.oversight import permissions
from lianxin.oversight.actions import checks, flags
from lianxin.oversight.models import Check, Flag
from lianxin.oversight.states import CheckChannel, CheckState, Conclusion, FlagState
from lianxin.people.models import Posting
from tests import factories
from tests.oversight.conftest import AT, FIRST, client, store, visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english"), pytest.mark.requirement("G8")]


@pytest.fixture
def today(office: SimpleNamespace) -> date:
    return clock.today(office.company)


def asked(office: SimpleNamespace, today: date, *, by: Any = None, page: str = "", is_heard: bool = True) -> Flag:
    flag = flags.open(
        company=office.company, person=office.li, rule="by_hand", question="Were these visits made?", by=by, at=AT, on=today,
        evidence=[{"title": "x", "url": page}],
    )  # fmt: skip
    if is_heard:
        flags.answer(flag=flag, words="我去了。", by=office.li.user, at=AT, on=today)
    flag.refresh_from_db()
    return flag


def page_of(office: SimpleNamespace, name: str, flag: Flag) -> str:
    return client(office, name).get(reverse("oversight:flag", args=[flag.pk])).content.decode()


def home_of(office: SimpleNamespace, name: str) -> str:
    answer = client(office, name).get(reverse("web:panel", args=["supervision"]))
    return answer.content.decode() if answer.status_code == 200 else ""


def checked(office: SimpleNamespace, state: str, checker: Any) -> Check:
    made, place = visit(office.li, office.shops[office.li.pk][0], FIRST)
    store([(made, place)])
    return Check.objects.create(
        company=office.company, visit=made, channel=CheckChannel.SPOT, drawn_probability=0.5, checker=checker.user, state=state,
        confirmed="no" if state == CheckState.DONE else "",
        done_by=checker.user if state == CheckState.DONE else None,
        done_at=AT if state == CheckState.DONE else None,
    )  # fmt: skip


def only_one_officer(office: SimpleNamespace) -> None:
    office.second.user.is_active = False
    office.second.user.save()


def test_a_question_with_nobody_left_says_so_and_what_to_do(office: SimpleNamespace, today: date) -> None:
    only_one_officer(office)
    office.root = SimpleNamespace(user=factories.user(office.company, Role.ADMINISTRATOR, username="root"))
    assert home_of(office, "root") == ""
    flag = asked(office, today, by=office.officer.user)
    assert (flag.state, flag.owner) == (FlagState.HEARD, None)
    left = "Nobody is left to review this question"
    assert [left in page_of(office, name, flag) for name in ("officer", "leader", "li")] == [True, True, False]
    assert "gives the post “Supervision officer”" in page_of(office, "officer", flag)
    assert "Nobody without an interest has been found" in page_of(office, "li", flag)
    stuck = "1 questions have nobody left to review them"
    assert [stuck in home_of(office, name) for name in ("officer", "leader", "root", "li", "boss")] == [
        True, True, True, False, False,
    ]  # fmt: skip
    assert reverse("web:users") in home_of(office, "root")
    # a further post, and it waits for whoever holds it
    grant_role(
        user=office.boss.user, role=Role.SUPERVISION_OFFICER, company=office.company, by=None, at=AT, reason="审核"
    )
    assert left not in page_of(office, "officer", flag)
    assert [stuck in home_of(office, name) for name in ("officer", "leader", "boss")] == [False, False, False]
    assert "1 questions are with no reviewer; you may take them up" in home_of(office, "boss")
    assert "you may take them up" not in home_of(office, "officer")
    listed = client(office, "boss").get(reverse("oversight:flags") + "?review=nobody").content.decode()
    assert "Were these visits made?" in listed
    client(office, "boss").post(reverse("oversight:take_up", args=[flag.pk]))
    flag.refresh_from_db()
    assert (flag.state, flag.reviewer) == (FlagState.REVIEWED, office.boss.user)
    listed = client(office, "boss").get(reverse("oversight:flags") + "?review=nobody").content.decode()
    assert "Were these visits made?" not in listed


def test_before_the_account_the_office_is_told_already(office: SimpleNamespace, today: date) -> None:
    only_one_officer(office)
    flag = asked(office, today, by=office.officer.user, is_heard=False)
    assert "Nobody is left to review" in page_of(office, "officer", flag)
    assert "Nobody" not in page_of(office, "li", flag)
    free = asked(office, today, is_heard=False)
    assert "Nobody" not in page_of(office, "officer", free)


def test_a_question_that_nobody_answers_in_time_is_told_to_who_may_go_on(office: SimpleNamespace, today: date) -> None:
    flag = asked(office, today, by=office.officer.user, is_heard=False)
    asked(office, today, is_heard=True)
    late = "1 questions were not answered in time"
    assert late not in home_of(office, "second")
    Flag.objects.filter(pk=flag.pk).update(answer_due_on=today - timedelta(days=1))
    # not to who opened it, nor to who does not review
    assert [late in home_of(office, name) for name in ("second", "officer", "leader", "boss", "li")] == [
        True, False, False, False, False,
    ]  # fmt: skip
    flags.go_on_unheard(flag=flag, words="两次电话未接。", by=office.second.user, at=AT, on=today)
    assert late not in home_of(office, "second")


def test_open_checks_hold_up_a_review_and_only_the_office_reads_of_them(office: SimpleNamespace, today: date) -> None:
    only_one_officer(office)
    row = checked(office, CheckState.ASSIGNED, office.officer)
    flag = asked(office, today, page=reverse("oversight:sides", args=[row.visit_id]))
    assert flag.owner is None
    words = "officer must first make the checks on which it rests"
    assert [words in page_of(office, name, flag) for name in ("officer", "leader", "li", "other_boss")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert "check" not in page_of(office, "li", flag).split("lx-notice-warn")[1].split("</div>")[0]


def test_a_review_whose_reviewer_may_not_go_on_is_taken_up_by_another(office: SimpleNamespace, today: date) -> None:
    flag = asked(office, today)
    flags.take_up(flag=flag, by=office.officer.user, at=AT, on=today)
    with pytest.raises(Refused, match="has taken up"):
        flags.take_up(flag=flag, by=office.second.user, at=AT, on=today)
    assert list(permissions.without_reviewer(office.company, on=today)) == []
    assert "Take up the review" not in page_of(office, "second", flag)
    # the officer becomes Li's superior
    Posting.objects.filter(person=office.li).update(reports_to=office.officer)
    assert list(permissions.without_reviewer(office.company, on=today)) == [flag]
    with pytest.raises(Denied, match="party"):
        flags.take_up(flag=flag, by=office.officer.user, at=AT, on=today)
    assert "Take up the review" in page_of(office, "second", flag)
    assert "you may take them up" in home_of(office, "second")
    flags.take_up(flag=flag, by=office.second.user, at=AT, on=today)
    flags.close(
        flag=flag, conclusion=Conclusion.CONFIRMED, words="见附件", task="补录", task_due_on=today, by=office.second.user,
        at=AT, on=today,
    )  # fmt: skip
    assert list(permissions.without_reviewer(office.company, on=today)) == []
    # a reviewer who lost the post is not the one who looks again
    Posting.objects.filter(person=office.li).update(reports_to=office.other_boss)
    revoke_role(
        user=office.second.user, role=Role.SUPERVISION_OFFICER, company=office.company, by=None, at=AT, reason="调岗"
    )
    flags.report_corrected(flag=flag, words="已补录", by=office.li.user, at=AT, on=today)
    flag.refresh_from_db()
    assert (flag.state, flag.owner) == (FlagState.RECHECKING, office.officer.user)


def test_a_review_goes_to_whoever_has_no_check_of_the_person_to_make(office: SimpleNamespace, today: date) -> None:
    row = checked(office, CheckState.ASSIGNED, office.officer)
    # nothing to do with the visit that is checked, and the officer comes first by number
    flag = asked(office, today)
    assert flag.owner == office.second.user
    # whose turn it is gets no check of the person from now on, but makes those that he has
    assert office.second.user_id not in permissions.parties_of([row.visit])[row.visit_id]
    assert office.second.user_id in permissions.parties_of([row.visit], is_given=False)[row.visit_id]
    with pytest.raises(Denied, match="party"):
        checks.hand_over(check=row, to=office.second.user, by=office.officer.user, at=AT)
    Flag.objects.filter(pk=flag.pk).update(state=FlagState.OPENED, owner=office.li.user)
    checks.hand_over(check=row, to=office.second.user, by=office.officer.user, at=AT + timedelta(days=1))
    assert flags.permissions.next_reviewer(flag, on=today) == office.officer.user

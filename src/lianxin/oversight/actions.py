"""The verbs of a flag's life. Each appends an event and an audit row in one transaction."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.uuids import uuid7
from lianxin.oversight import permissions
from lianxin.oversight.models import Flag, FlagEvent
from lianxin.oversight.states import MOVES, Conclusion, FlagState
from lianxin.people import queries as people
from lianxin.people.models import Person


@transaction.atomic
def open(
    *,
    company: Company,
    person: Person,
    rule: str,
    rule_version: str = "",
    question: str,
    evidence: list[dict[str, Any]],
    answer_due_on: date,
    by: User | None,
    at: datetime,
    on: date,
) -> Flag:
    """The opened flag.

    Parameters
    ----------
    evidence : at least one {title, text, source, url}; what a person must be able to look at before answering
    by : None when a rule of the system opens it
    on : the day in the company's time zone

    Raises
    ------
    Refused : no evidence, no question, a date in the past, or a person of another company.
    Denied : the user may not open flags about this person.
    """
    if by is not None:
        scope = people.persons_in_scope(by, "flags.open", company, on=on)
        if scope is not people.EVERYBODY and person.pk not in scope:
            raise Denied(_("You may open questions only about persons of your own unit."))
        if person.user_id == by.pk:
            raise Denied(_("Nobody opens a question about himself."))
    if person.company_id != company.pk:
        raise Refused(_("%(person)s belongs to another company.") % {"person": person}, field="person")
    if not question.strip():
        raise Refused(_("Write the question that the person is to answer."), field="question")
    if not evidence or not all(str(item.get("title", "")).strip() for item in evidence):
        raise Refused(_("A question needs evidence: at least one item with a title."), field="evidence")
    if answer_due_on < on:
        raise Refused(_("The day for the answer is in the past; choose today or later."), field="answer_due_on")
    flag = Flag.objects.create(
        id=uuid7(),
        company=company,
        person=person,
        rule=rule,
        rule_version=rule_version,
        question=question.strip(),
        evidence=evidence,
        opened_by=by,
        opened_at=at,
        answer_due_on=answer_due_on,
    )
    FlagEvent.objects.create(flag=flag, state=FlagState.OPENED, at=at, by=by)
    audit.record(
        company=company,
        by=by,
        verb="flags.open",
        subject=f"flag:{flag.pk}",
        after={"rule": rule, "person": person.pk},
        at=at,
    )
    return flag


@transaction.atomic
def answer(*, flag: Flag, words: str, by: User, at: datetime) -> FlagEvent:
    """The account of the person concerned. It may be added to until the flag is closed; the first one moves the flag on.

    Raises
    ------
    Denied : somebody else answers. Refused : empty words, or a closed flag.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    if not permissions.may_answer(by, flag):
        raise Denied(_("Only the person concerned answers this question."))
    if flag.state == FlagState.CLOSED:
        raise Refused(_("This question is closed; an appeal is the way to reopen it."))
    if not words.strip():
        raise Refused(_("Write your account in the field; a few sentences are enough."), field="words")
    if flag.state == FlagState.OPENED:
        _move(flag, FlagState.HEARD)
    event = FlagEvent.objects.create(flag=flag, state=flag.state, at=at, by=by, words=words.strip(), is_answer=True)
    audit.record(
        company=flag.company, by=by, verb="flags.answer", subject=f"flag:{flag.pk}", after={"event": event.pk}, at=at
    )
    return event


@transaction.atomic
def go_on_unheard(*, flag: Flag, words: str, by: User, at: datetime, on: date) -> FlagEvent:
    """Go on without an account when the day for it has passed. Silence is not guilt: nothing else follows from it.

    Raises
    ------
    Denied : not a reviewer, or a party. Refused : the day has not passed, or no note how the person was asked.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    if on <= flag.answer_due_on:
        raise Refused(_("The person may answer until %(day)s.") % {"day": flag.answer_due_on})
    if not words.strip():
        raise Refused(_("Note when and how the person was asked."), field="words")
    _move(flag, FlagState.HEARD)
    event = FlagEvent.objects.create(flag=flag, state=FlagState.HEARD, at=at, by=by, words=words.strip())
    audit.record(
        company=flag.company,
        by=by,
        verb="flags.go_on_unheard",
        subject=f"flag:{flag.pk}",
        after={"event": event.pk},
        at=at,
    )
    return event


@transaction.atomic
def take_up(*, flag: Flag, by: User, at: datetime, on: date) -> FlagEvent:
    """Take up the review of a flag whose person was heard.

    Raises
    ------
    Denied : not a reviewer, or a party to the matter. Refused : the person was not heard yet.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    _move(flag, FlagState.REVIEWED)
    flag.reviewer = by
    flag.save(update_fields=["reviewer"])
    event = FlagEvent.objects.create(flag=flag, state=FlagState.REVIEWED, at=at, by=by)
    audit.record(
        company=flag.company,
        by=by,
        verb="flags.take_up",
        subject=f"flag:{flag.pk}",
        after={"reviewer": by.username},
        at=at,
    )
    return event


@transaction.atomic
def close(*, flag: Flag, conclusion: Conclusion, words: str, by: User, at: datetime, on: date) -> Flag:
    """The flag closed with one of four conclusions and its reasons. Nothing follows by itself.

    Raises
    ------
    Denied : somebody other than its reviewer, or a party. Refused : no reasons, or not under review.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    if flag.state == FlagState.REVIEWED and flag.reviewer_id != by.pk:
        raise Denied(_("%(reviewer)s has taken up this question and closes it.") % {"reviewer": flag.reviewer})
    if not words.strip():
        raise Refused(_("Write the reasons for the conclusion; the person concerned reads them."), field="words")
    if conclusion not in Conclusion.values:
        raise Refused(_("Choose one of the four conclusions."), field="conclusion")
    _move(flag, FlagState.CLOSED, conclusion=conclusion, closed_at=at)
    FlagEvent.objects.create(flag=flag, state=FlagState.CLOSED, at=at, by=by, words=words.strip())
    audit.record(
        company=flag.company,
        by=by,
        verb="flags.close",
        subject=f"flag:{flag.pk}",
        after={"conclusion": str(conclusion)},
        reason=words,
        at=at,
    )
    return flag


def _require_reviewer(user: User, flag: Flag, *, on: date) -> None:
    access.require(user, "flags.review", flag.company)
    if not permissions.may_review(user, flag, on=on):
        raise Denied(_("You are a party to this matter; someone without an interest reviews it."))


def _move(flag: Flag, to: FlagState, **fields: Any) -> None:
    if to not in MOVES[FlagState(flag.state)]:
        raise Refused(
            _("A question that is “%(now)s” cannot become “%(next)s”.")
            % {"now": flag.get_state_display(), "next": to.label}
        )
    flag.state = to
    for name, value in fields.items():
        setattr(flag, name, value)
    flag.save(update_fields=["state", *fields])

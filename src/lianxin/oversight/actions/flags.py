"""The verbs of a flag's life. Each appends an event and an audit row in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit, parameters
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.uuids import uuid7
from lianxin.oversight import permissions
from lianxin.oversight.actions.standing import suspend_if_wrong_too_often
from lianxin.oversight.models import Flag, FlagEvent, FlagRule
from lianxin.oversight.queries import standing
from lianxin.oversight.states import BY_HAND, MOVES, Conclusion, FlagState
from lianxin.oversight.wording import Wording, kept
from lianxin.people import queries as people
from lianxin.people.models import Person


@transaction.atomic
def open(
    *,
    company: Company,
    person: Person,
    rule: str,
    rule_version: str = "",
    subject: str = "",
    question: str | Wording,
    evidence: Sequence[Mapping[str, str | Wording]],
    answer_due_on: date | None = None,
    by: User | None,
    at: datetime,
    on: date,
    spoke: Mapping[str, float] | None = None,
) -> Flag:
    """The opened flag.

    Parameters
    ----------
    question, evidence : plain text is what somebody wrote; a wording is said to each reader in his own language
    evidence : at least one {title, text, source, url}; what a person must be able to look at before answering
    subject : what a rule asks about; it never asks about the same a second time
    answer_due_on : `oversight.answer_days` from `on` if None
    by : None when a rule of the system opens it
    on : the day in the company's time zone
    spoke : rules that spoke besides `rule`, each with its part of it (above 0, at most 1): the conclusion counts for all

    Raises
    ------
    Refused : no evidence, no question, a date in the past, a person of another company, a rule that is suspended, or one that
        has asked about this before.
    Denied : the user may not open flags about this person.
    """
    if answer_due_on is None:
        answer_due_on = on + timedelta(days=int(parameters.in_force(company, on=on)["oversight.answer_days"]))
    if by is not None:
        scope = people.persons_in_scope(by, "flags.open", company, on=on)
        if scope is not people.EVERYBODY and person.pk not in scope:
            raise Denied(_("You may open questions only about persons of your own unit."))
        if person.user_id == by.pk:
            raise Denied(_("Nobody opens a question about himself."))
    if person.company_id != company.pk:
        raise Refused(_("%(person)s belongs to another company.") % {"person": person}, field="person")
    if not str(question).strip():
        raise Refused(_("Write the question that the person is to answer."), field="question")
    if not evidence or not all(str(item.get("title", "")).strip() for item in evidence):
        raise Refused(_("A question needs evidence: at least one item with a title."), field="evidence")
    if answer_due_on < on:
        raise Refused(_("The day for the answer is in the past; choose today or later."), field="answer_due_on")
    if rule != BY_HAND and standing.is_suspended(company, rule):
        raise Refused(_("This rule is suspended: it was wrong too often. It opens nothing until it is adopted again."))
    if subject and standing.has_asked(company, rule, subject):
        raise Refused(_("This rule has asked about this before."))
    flag = Flag.objects.create(
        id=uuid7(),
        company=company,
        person=person,
        rule=rule,
        rule_version=rule_version,
        subject=subject,
        owner_id=person.user_id,
        due_on=answer_due_on,
        question=_stored(question).strip(),
        question_wording=kept(question),
        evidence=[_stored_item(item) for item in evidence],
        opened_by=by,
        opened_at=at,
        answer_due_on=answer_due_on,
    )
    parts = {**(spoke or {}), rule: 1.0}
    FlagRule.objects.bulk_create(FlagRule(flag=flag, rule=name, weight=part) for name, part in sorted(parts.items()))
    FlagEvent.objects.create(flag=flag, state=FlagState.OPENED, at=at, by=by)
    after = {"rule": rule, "person": person.pk}
    audit.record(
        company=company,
        by=by,
        verb="flags.open",
        subject=f"flag:{flag.pk}",
        after=after if spoke is None else after | {"spoke": parts},
        at=at,
    )
    return flag


@translation.override(settings.LANGUAGE_CODE)
def _stored(words: str | Wording) -> str:
    """What stands in the column, for whoever reads the database alone: the installation's language."""
    return str(words)


def _stored_item(item: Mapping[str, str | Wording]) -> dict[str, Any]:
    again = {part: kept(words) for part, words in item.items() if isinstance(words, Wording)}
    return {part: _stored(words) for part, words in item.items()} | ({"wording": again} if again else {})


@transaction.atomic
def answer(*, flag: Flag, words: str, by: User, at: datetime, on: date) -> FlagEvent:
    """The account of the person concerned. It may be added to until the flag is closed; the first one moves the flag on.

    Raises
    ------
    Denied : somebody else answers. Refused : empty words, or a closed flag.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    if not permissions.may_answer(by, flag):
        raise Denied(_("Only the person concerned answers this question."))
    if flag.state == FlagState.CLOSED:
        raise Refused(_("This question is closed; what was said and concluded stays as it is."))
    if not words.strip():
        raise Refused(_("Write your account in the field; a few sentences are enough."), field="words")
    if flag.state == FlagState.OPENED:
        _hand_to_review(flag, on)
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
    _hand_to_review(flag, on)
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
    """Take up the review of a flag whose person was heard, also from a reviewer who may not go on with it.

    Raises
    ------
    Denied : not a reviewer, a party to the matter, or one who is still to check what it rests on.
    Refused : the person was not heard yet, or somebody who may reviews it.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    if flag.state == FlagState.REVIEWED and not permissions.has_left(flag, on=on):
        raise Refused(_("%(reviewer)s has taken up this question and closes it.") % {"reviewer": flag.reviewer})
    _move(flag, FlagState.REVIEWED, reviewer=by, owner=by, due_on=_days_on(flag, on, "oversight.review_days"))
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
def close(
    *,
    flag: Flag,
    conclusion: Conclusion,
    words: str,
    by: User,
    at: datetime,
    on: date,
    task: str = "",
    task_due_on: date | None = None,
) -> Flag:
    """The flag concluded in one of four ways, with its reasons. Nothing follows by itself for the person concerned.

    The conclusion counts for every rule that spoke in the flag; one that is now wrong too often is suspended.

    Parameters
    ----------
    task, task_due_on : what is to be corrected, and by when; a confirmed problem only. The flag stays open until a reviewer
        has looked again; without a task it is closed.

    Raises
    ------
    Denied : somebody other than its reviewer, or a party.
    Refused : no reasons, not under review, or a task that does not fit.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    if flag.state == FlagState.REVIEWED and flag.reviewer_id != by.pk:
        raise Denied(_("%(reviewer)s has taken up this question and closes it.") % {"reviewer": flag.reviewer})
    if flag.state in (FlagState.CORRECTING, FlagState.RECHECKING):
        raise Refused(_("This question has its conclusion; what remains is the re-check."))
    if not words.strip():
        raise Refused(_("Write the reasons for the conclusion; the person concerned reads them."), field="words")
    if conclusion not in Conclusion.values:
        raise Refused(_("Choose one of the four conclusions."), field="conclusion")
    _check_task(conclusion, task, task_due_on, on)
    after: dict[str, Any] = {"conclusion": str(conclusion)}
    if task.strip():
        after |= {"task": task.strip(), "due_on": str(task_due_on)}
        _move(
            flag,
            FlagState.CORRECTING,
            conclusion=conclusion,
            task=task.strip(),
            due_on=task_due_on,
            owner_id=flag.person.user_id,
        )
    else:
        _move(flag, FlagState.CLOSED, conclusion=conclusion, closed_at=at, owner=None, due_on=None)
    FlagEvent.objects.create(flag=flag, state=flag.state, at=at, by=by, words=words.strip())
    audit.record(
        company=flag.company, by=by, verb="flags.close", subject=f"flag:{flag.pk}", after=after, reason=words, at=at
    )
    for rule in flag.spoke.order_by("rule").values_list("rule", flat=True):
        suspend_if_wrong_too_often(company=flag.company, rule=rule, at=at, on=on)
    return flag


def _check_task(conclusion: Conclusion, task: str, task_due_on: date | None, on: date) -> None:
    if not task.strip():
        if task_due_on is not None:
            raise Refused(_("Say what is to be corrected by that day, or leave the day empty."), field="task")
        return
    if conclusion != Conclusion.CONFIRMED:
        raise Refused(_("Only a confirmed problem is corrected; leave the task empty."), field="task")
    if task_due_on is None or task_due_on < on:
        raise Refused(_("Say by which day it is to be corrected: today or later."), field="task_due_on")


@transaction.atomic
def report_corrected(*, flag: Flag, words: str, by: User, at: datetime, on: date) -> FlagEvent:
    """The person concerned says how it was corrected; a reviewer looks again.

    Raises
    ------
    Denied : somebody else says so. Refused : nothing is to be corrected, or nothing is written.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    if not permissions.may_answer(by, flag):
        raise Denied(_("Only the person concerned says how it was corrected."))
    if not words.strip():
        raise Refused(_("Write what was done and where it can be seen."), field="words")
    owner = permissions.next_reviewer(flag, on=on) if permissions.has_left(flag, on=on) else flag.reviewer
    _move(flag, FlagState.RECHECKING, owner=owner, due_on=_days_on(flag, on, "oversight.recheck_days"))
    event = FlagEvent.objects.create(
        flag=flag, state=FlagState.RECHECKING, at=at, by=by, words=words.strip(), is_answer=True
    )
    audit.record(
        company=flag.company,
        by=by,
        verb="flags.report_corrected",
        subject=f"flag:{flag.pk}",
        after={"event": event.pk},
        at=at,
    )
    return event


@transaction.atomic
def recheck(
    *, flag: Flag, is_corrected: bool, words: str, by: User, at: datetime, on: date, again_by: date | None = None
) -> Flag:
    """The flag closed after somebody without interest looked again, or sent back with a new day.

    Parameters
    ----------
    again_by : a new day for what is not corrected yet; without it the flag is closed as it is found

    Raises
    ------
    Denied : not a reviewer, or a party.
    Refused : nothing to re-check, or the day for the correction has not passed and nothing was reported; no reasons.
    """
    flag = Flag.objects.select_for_update().get(pk=flag.pk)
    _require_reviewer(by, flag, on=on)
    if not words.strip():
        raise Refused(_("Write what was looked at and found; the person concerned reads it."), field="words")
    if flag.state == FlagState.CORRECTING:
        if flag.due_on is not None and on <= flag.due_on:
            raise Refused(_("The person may correct it until %(day)s.") % {"day": flag.due_on})
        _move(flag, FlagState.RECHECKING)
    if again_by is not None and (is_corrected or again_by < on):
        raise Refused(_("Give a new day only for what is not corrected yet: today or later."), field="again_by")
    if again_by is not None:
        _move(flag, FlagState.CORRECTING, due_on=again_by, owner_id=flag.person.user_id)
    else:
        _move(flag, FlagState.CLOSED, closed_at=at, owner=None, due_on=None, is_corrected=is_corrected)
    FlagEvent.objects.create(flag=flag, state=flag.state, at=at, by=by, words=words.strip())
    audit.record(
        company=flag.company,
        by=by,
        verb="flags.recheck",
        subject=f"flag:{flag.pk}",
        after={"is_corrected": is_corrected, "again_by": str(again_by) if again_by else None},
        reason=words,
        at=at,
    )
    return flag


def _days_on(flag: Flag, on: date, parameter: str) -> date:
    return on + timedelta(days=int(parameters.in_force(flag.company, on=on)[parameter]))


def _hand_to_review(flag: Flag, on: date) -> None:
    owner = permissions.next_reviewer(flag, on=on)
    _move(flag, FlagState.HEARD, owner=owner, due_on=_days_on(flag, on, "oversight.review_days"))


def _require_reviewer(user: User, flag: Flag, *, on: date) -> None:
    access.require(user, "flags.review", flag.company)
    if permissions.has_interest(user, flag, on=on):
        raise Denied(_("You are a party to this matter; someone without an interest reviews it."))
    if user.pk in permissions.checking(flag):
        raise Denied(
            _("You are still to check a visit on which this question rests; give the check to somebody else first.")
        )


def _move(flag: Flag, to: FlagState, **fields: Any) -> None:
    if to not in MOVES[FlagState(flag.state)]:
        raise Refused(
            _("A question that is “%(now)s” cannot become “%(next)s”.")
            % {"now": flag.get_state_display(), "next": to.label}
        )
    flag.state = to
    for name, value in fields.items():
        setattr(flag, name, value)
    flag.save(update_fields=["state", *(name.removesuffix("_id") for name in fields)])

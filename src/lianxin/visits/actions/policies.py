"""Policies that every retailer is to hear: written, told, and whether they were understood."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.people.models import Person
from lianxin.visits.models import Policy, PolicyAsked, PolicyTold
from lianxin.visits.queries import holding


@transaction.atomic
def write(
    *,
    company: Company,
    title: str,
    text: str,
    check_question: str = "",
    check_answers: list[dict[str, Any]] | None = None,
    valid_from: date,
    tell_until: date,
    by: User,
    at: datetime,
) -> Policy:
    """The policy that is to be told to every retailer from one day until another (inclusive).

    Parameters
    ----------
    check_answers : [{text, right}], two at least and one of them right, when there is a question

    Raises
    ------
    Denied : the user may not write policies.
    Refused : no title or text, an end before its beginning, or a question whose answers cannot show anything.
    """
    access.require(by, "policies.write", company)
    if not title.strip() or not text.strip():
        raise Refused(_("Give the policy a title and a text."), field="title" if not title.strip() else "text")
    if tell_until < valid_from:
        raise Refused(_("The last day for telling is before the first."), field="tell_until")
    answers: list[dict[str, Any]] = [
        {"text": str(each.get("text", "")).strip(), "right": bool(each.get("right"))}
        for each in check_answers or []
        if str(each.get("text", "")).strip()
    ]
    if check_question.strip() and (len(answers) < 2 or sum(each["right"] for each in answers) != 1):
        raise Refused(_("A question needs at least two answers, exactly one of them right."), field="check_answers")
    policy = Policy.objects.create(
        company=company,
        title=title.strip(),
        text=text.strip(),
        check_question=check_question.strip(),
        check_answers=answers if check_question.strip() else [],
        valid_from=valid_from,
        tell_until=tell_until,
        made_by=by,
    )
    after = {"title": policy.title, "valid_from": valid_from, "tell_until": tell_until}
    audit.record(company=company, by=by, verb="policies.write", subject=f"policy:{policy.pk}", after=after, at=at)
    return policy


@transaction.atomic
def tell(
    *,
    told_id: str,
    policy_id: int,
    person: Person,
    retailer_id: int,
    visit_id: str = "",
    answer_index: int | None = None,
    told_at: datetime,
    by: User | None,
    at: datetime,
) -> PolicyTold:
    """That a retailer was told a policy, and whether the answer to its question was right (None: not asked).

    Raises
    ------
    Refused : known already, or policy, retailer or answer are not there.
    """
    company = person.company
    retailer = holding.retailer_of(company, retailer_id)
    policy = Policy.objects.filter(company=company, pk=policy_id).first()
    if policy is None:
        raise Refused(_("There is no such policy. Fetch today's work again."), field="policy_id")
    if PolicyTold.objects.filter(pk=told_id).exists():
        raise Refused(_("This was sent before."), field="told_id")
    if answer_index is not None and answer_index >= len(policy.check_answers):
        raise Refused(_("The policy's question has no such answer."), field="answer_index")
    told = PolicyTold.objects.create(
        id=told_id,
        policy=policy,
        retailer=retailer,
        person=person,
        visit_id_said=visit_id,
        told_at=told_at,
        understood=None if answer_index is None else bool(policy.check_answers[answer_index]["right"]),
    )
    after = {"policy": policy.pk, "retailer": retailer.licence_no, "understood": told.understood}
    audit.record(company=company, by=by, verb="policies.tell", subject=f"policy:{policy.pk}", after=after, at=at)
    return told


@transaction.atomic
def ask(*, told: PolicyTold, answer_index: int | None, shown_on: date, by: User, at: datetime) -> PolicyAsked:
    """What a retailer answered when somebody without an interest put the policy's question.

    Parameters
    ----------
    answer_index : place of the answer chosen; None where the retailer could not say, which counts as not understood
    shown_on : the day from which the answer is counted on pages

    Raises
    ------
    Refused : the policy has no question or no such answer, or this telling was asked about before.
    Denied : whoever told the policy asks about it.
    """
    policy = told.policy
    if told.person.user_id == by.pk:
        raise Denied(_("Whoever told a policy does not ask whether it was understood."))
    if not policy.check_question:
        raise Refused(_("This policy has no question to put."))
    if answer_index is not None and not 0 <= answer_index < len(policy.check_answers):
        raise Refused(_("The policy's question has no such answer."), field="answer_index")
    if PolicyAsked.objects.filter(told=told).exists():
        raise Refused(_("A drawn check has asked about this already."))
    understood = answer_index is not None and bool(policy.check_answers[answer_index]["right"])
    asked = PolicyAsked.objects.create(
        told=told, answer_index=answer_index, understood=understood, asked_by=by, asked_at=at, shown_on=shown_on
    )
    after = {"retailer": told.retailer.licence_no, "understood": understood}
    audit.record(company=policy.company, by=by, verb="policies.ask", subject=f"policy:{policy.pk}", after=after, at=at)
    return asked

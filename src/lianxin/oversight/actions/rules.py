"""Drafting, adopting and retiring rule sets. Adopted content never changes; a change is a new draft."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from lianxin.core.errors import ParameterWrong
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Denied, Refused
from lianxin.foundation.models import Company, User
from lianxin.foundation.parameter_words import unfit
from lianxin.oversight.models import RuleSet
from lianxin.oversight.queries import rules as queries
from lianxin.oversight.states import RuleSetState


@transaction.atomic
def draft(
    *, company: Company, title: str, values: Mapping[str, Any], by: User | None, at: datetime, note: str = ""
) -> RuleSet:
    """A new draft. It counts for nothing until somebody else has adopted it; it can be tried on past months at once.

    Parameters
    ----------
    values : {parameter: value} of `verifying.…`; what is left out keeps the company's number or its default
    by : None when the installation itself drafts the defaults

    Raises
    ------
    Refused : no title, an unknown number, or a value that does not fit it.
    """
    if by is not None:
        access.require(by, "rulesets.write", company)
    if not title.strip():
        raise Refused(_("Give the rule set a title, such as what it changes."), field="title")
    known = queries.declared()
    for name, value in values.items():
        if name not in known:
            raise Refused(_("“%(name)s” is no number of the verification rules.") % {"name": name}, field="values")
        try:
            known[name].check(value)
        except ParameterWrong as wrong:
            raise Refused(unfit(known[name], value), field=name) from wrong
    Company.objects.select_for_update().get(pk=company.pk)
    number = (RuleSet.objects.filter(company=company).aggregate(highest=Max("number"))["highest"] or 0) + 1
    made = RuleSet.objects.create(
        company=company,
        number=number,
        title=title.strip(),
        note=note.strip(),
        values=dict(values),
        drafted_by=by,
        drafted_at=at,
    )
    audit.record(
        company=company,
        by=by,
        verb="rulesets.draft",
        subject=f"rule_set:{number}",
        after=made.values,
        reason=note,
        at=at,
    )
    return made


@transaction.atomic
def adopt(*, rule_set: RuleSet, valid_from: date, by: User, at: datetime) -> RuleSet:
    """The rule set in force from a month on; the one before it ends there.

    Raises
    ------
    Denied : a post that may not adopt, or who drafted it.
    Refused : no draft; not the first day of a month; a month that has been verified already; an earlier start than the newest.
    """
    company = rule_set.company
    access.require(by, "rulesets.adopt", company)
    rule_set = RuleSet.objects.select_for_update().get(pk=rule_set.pk)
    if rule_set.drafted_by_id == by.pk:
        raise Denied(_("Somebody else adopts what you drafted."))
    if rule_set.state != RuleSetState.DRAFT:
        raise Refused(_("Only a draft can be adopted; make a new draft with the same numbers."))
    if valid_from.day != 1:
        raise Refused(_("A rule set starts with a month; choose the first day of one."), field="valid_from")
    others = RuleSet.objects.filter(company=company).exclude(state=RuleSetState.DRAFT)
    later = others.filter(valid_from__gte=valid_from).order_by("-valid_from").first()
    if later is not None:
        words = {"later": later, "day": later.valid_from}
        raise Refused(_("%(later)s is in force from %(day)s; start this one after it.") % words, field="valid_from")
    judged = company.verification_runs.filter(mode="formal", month__gte=valid_from).order_by("-month").first()
    if judged is not None:
        raise Refused(
            _("%(month)s has been verified already. Start the rule set after it.") % {"month": f"{judged.month:%Y-%m}"},
            field="valid_from",
        )
    others.filter(Q(valid_until=None) | Q(valid_until__gt=valid_from)).update(valid_until=valid_from)
    rule_set.state, rule_set.valid_from = RuleSetState.ADOPTED, valid_from
    rule_set.adopted_by, rule_set.adopted_at = by, at
    rule_set.save(update_fields=["state", "valid_from", "adopted_by", "adopted_at"])
    audit.record(
        company=company,
        by=by,
        verb="rulesets.adopt",
        subject=f"rule_set:{rule_set.number}",
        after={"valid_from": valid_from.isoformat()},
        at=at,
    )
    return rule_set

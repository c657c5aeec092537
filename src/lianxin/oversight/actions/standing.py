"""Suspending a rule that was wrong too often, and adopting it again."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from lianxin.foundation import access, audit, parameters
from lianxin.foundation.errors import Missing, Refused
from lianxin.foundation.models import Company, User
from lianxin.oversight.models import RuleSuspension
from lianxin.oversight.queries import standing
from lianxin.oversight.states import BY_HAND


def suspend_if_wrong_too_often(*, company: Company, rule: str, at: datetime, on: date) -> RuleSuspension | None:
    """The suspension of a rule whose false alarms since it was last adopted exceed the allowed rate; None if they do not.

    Runs in the transaction of the conclusion that tipped it. Questions opened by hand follow no rule and are never suspended.
    """
    if rule == BY_HAND or standing.is_suspended(company, rule):
        return None
    rate = standing.rate_since_adoption(company, rule)
    allowed = float(parameters.in_force(company, on=on)["oversight.false_alarm_allowed"])
    if rate.share is None or rate.share <= allowed:
        return None
    made = RuleSuspension.objects.create(
        company=company,
        rule=rule,
        suspended_at=at,
        n_decided=rate.decided,
        n_false=rate.false_alarms,
        allowed_share=allowed,
    )
    audit.record(
        company=company,
        by=None,
        verb="rules.suspend",
        subject=f"rule:{rule}",
        after={"decided": rate.decided, "false": rate.false_alarms, "allowed": allowed},
        at=at,
    )
    return made


@transaction.atomic
def adopt_again(*, company: Company, rule: str, words: str, by: User, at: datetime) -> RuleSuspension:
    """The suspension lifted: the rule may open questions and weigh in risks again, and its rate is counted anew from here.

    Raises
    ------
    Denied : not a post that adopts rules. Missing : the rule is not suspended. Refused : nothing is said about what changed.
    """
    access.require(by, "rulesets.adopt", company)
    found = RuleSuspension.objects.select_for_update().filter(company=company, rule=rule, adopted_at=None).first()
    if found is None:
        raise Missing(_("This rule is not suspended."))
    if not words.strip():
        raise Refused(_("Write what was changed so that the rule is right more often."), field="words")
    found.adopted_at, found.adopted_by, found.words = at, by, words.strip()
    found.save(update_fields=["adopted_at", "adopted_by", "words"])
    audit.record(
        company=company, by=by, verb="rules.adopt_again", subject=f"rule:{rule}", after={}, reason=words, at=at
    )
    return found

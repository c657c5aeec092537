"""How often each rule was wrong, for everybody to see, and which rules are suspended for it."""

from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from lianxin.core.verifying.rules import RULES
from lianxin.foundation.models import Company
from lianxin.oversight.models import Flag, FlagRule, RuleSuspension
from lianxin.oversight.states import Conclusion

Z = 1.959964  # two-sided 95 %
MINIMUM_CLOSED = 10
# The rules of verification stand in questions as the columns of their answers.
OF_VISITS = "rule_"
_FALSE = Q(flag__conclusion__in=[Conclusion.JUSTIFIED, Conclusion.DATA_FAULT])


@dataclass(frozen=True)
class FalseAlarmRate:
    """False alarms of a rule among its decided flags. `share`, `low`, `high` in [0, 1]; None below the minimum sample.

    A flag is decided when it was closed as confirmed, justified or data fault; "not enough evidence" decides nothing. `opened`
    counts the flags in which the rule spoke; of `decided` and `false_alarms` each flag is the part that the rule had in it. The
    interval is Wilson's, 95 %, over `decided`: never narrower than whole flags of the same number would make it.
    """

    rule: str
    opened: int
    decided: float
    false_alarms: float
    share: float | None
    low: float | None
    high: float | None


def false_alarm_rates(company: Company) -> list[FalseAlarmRate]:
    """The false-alarm rate of each rule of a company, by rule code. Everybody may see it."""
    rows = _counted(FlagRule.objects.filter(flag__company=company)).order_by("rule")
    return [_rate(row["rule"], row["opened"], row["decided"], row["false"]) for row in rows]


def _counted(rows: QuerySet[FlagRule]) -> Any:
    return rows.values("rule").annotate(
        opened=Count("pk"),
        decided=Sum("weight", default=0.0, filter=_FALSE | Q(flag__conclusion=Conclusion.CONFIRMED)),
        false=Sum("weight", default=0.0, filter=_FALSE),
    )


def _last_adopted(company: Company, rule: str) -> datetime | None:
    again = RuleSuspension.objects.filter(company=company, rule=rule, adopted_at__isnull=False)
    return again.order_by("-adopted_at").values_list("adopted_at", flat=True).first()


def rate_since_adoption(company: Company, rule: str) -> FalseAlarmRate:
    """The rate of one rule over the flags in which it spoke, of those opened since it was last adopted again, or ever."""
    rows = FlagRule.objects.filter(flag__company=company, rule=rule)
    since = _last_adopted(company, rule)
    if since is not None:
        rows = rows.filter(flag__opened_at__gte=since)
    (row, *_rest) = list(_counted(rows)) or [{"opened": 0, "decided": 0, "false": 0}]
    return _rate(rule, row["opened"], row["decided"], row["false"])


def is_suspended(company: Company, rule: str) -> bool:
    """Whether a rule may open no questions now."""
    return RuleSuspension.objects.filter(company=company, rule=rule, adopted_at=None).exists()


def has_asked(company: Company, rule: str, subject: str) -> bool:
    """Whether a rule has asked about this before."""
    return Flag.objects.filter(company=company, rule=rule, subject=subject).exists()


def may_ask(company: Company, rule: str, subject: str) -> bool:
    """Whether a rule of the system is to ask about this: it is not suspended, and has not asked before."""
    return not is_suspended(company, rule) and not has_asked(company, rule, subject)


def suspended(company: Company) -> dict[str, RuleSuspension]:
    """The rules that are suspended now, by code."""
    return {row.rule: row for row in RuleSuspension.objects.filter(company=company, adopted_at=None)}


def rules_off(company: Company) -> dict[str, datetime]:
    """The rules of verification that are suspended now, by their code, and since when."""
    found = {rule.removeprefix(OF_VISITS): row.suspended_at for rule, row in sorted(suspended(company).items())}
    return {code: since for code, since in found.items() if code in RULES}


def _rate(rule: str, opened: int, decided: float, false: float) -> FalseAlarmRate:
    # Parts of questions are summed: ten of them may miss ten by the last digit.
    decided, false = round(decided, 6), round(false, 6)
    if decided < MINIMUM_CLOSED:
        return FalseAlarmRate(rule, opened, decided, false, None, None, None)
    share = false / decided
    centre = (share + Z * Z / (2 * decided)) / (1 + Z * Z / decided)
    half = Z * sqrt(share * (1 - share) / decided + Z * Z / (4 * decided * decided)) / (1 + Z * Z / decided)
    return FalseAlarmRate(rule, opened, decided, false, share, max(0.0, centre - half), min(1.0, centre + half))

"""Rule sets by API: drafts, trials beside what counts, adoption, measured accuracy, rules on hold."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from lianxin.core.verifying.accuracy import accuracy as measured
from lianxin.foundation import clock, jobs
from lianxin.foundation.api import REFUSED
from lianxin.foundation.context import company_of, user_of
from lianxin.foundation.gate import needs
from lianxin.oversight import actions
from lianxin.oversight.actions import rules as rule_actions
from lianxin.oversight.models import RuleSet, VerificationRun
from lianxin.oversight.queries import rules, standing, verdicts
from lianxin.oversight.screens.accuracy import LEAST_CHECKS
from lianxin.oversight.screens.verification import month_of
from lianxin.oversight.screens.verification_api.jobs import OffOut, QueuedOut
from lianxin.oversight.states import RunMode

router = Router(tags=["verification"])
# A run keeps no count of what a rule never said.
_NEVER = {"yes": 0, "no": 0, "cannot_tell": 0}


class RuleSetIn(Schema):
    title: str
    note: str = ""
    values: dict[str, Any] = {}


class RuleSetOut(Schema):
    number: int
    title: str
    note: str
    values: dict[str, Any]
    state: str
    valid_from: date | None
    valid_until: date | None


class AdoptRuleSetIn(Schema):
    valid_from: date


class MeasuredOut(Schema):
    value: float | None = Field(description="null below the least number of checks")
    low: float | None
    high: float | None
    n: int


class AccuracyOut(Schema):
    rule: str
    found: MeasuredOut = Field(description="of the visits that a check did not confirm, those that the rule had marked")
    false: MeasuredOut = Field(
        description="of the visits that a check confirmed, those that the rule had marked all the same"
    )
    right: MeasuredOut = Field(description="of the marked and checked visits, those that the check did not confirm")
    is_suspended: bool


class VerificationRunOut(Schema):
    id: int
    month: date
    number: int
    mode: RunMode
    rule_set: int
    n_visits: int
    n_doubtful: int
    n_undecided: int
    digest: str
    made_at: datetime
    off: list[OffOut] = Field(description="rules that were suspended and left out, and since when")

    @staticmethod
    def resolve_rule_set(run: VerificationRun) -> int:
        return run.rule_set.number


class RuleCountsOut(Schema):
    rule: str
    yes: int
    no: int
    cannot_tell: int
    yes_in_base: int | None = Field(description="null: nothing to compare with")


class ChangedNumberOut(Schema):
    name: str
    now: Any
    before: Any


class ComparisonOut(Schema):
    run: VerificationRunOut
    base: VerificationRunOut | None = Field(
        description="the run that counts for the month; null: none, or this one itself"
    )
    rules: list[RuleCountsOut]
    changed_numbers: list[ChangedNumberOut]
    n_doubtful_here_only: int
    n_doubtful_in_base_only: int
    n_asked_here_only: int
    n_asked_in_base_only: int
    asked_here_only: list[str] = Field(description="employee numbers of those whose verification you may read")
    asked_in_base_only: list[str]


class SuspensionOut(Schema):
    rule: str
    suspended_at: datetime
    n_decided: int
    n_false: int
    allowed_share: float


class WhatChangedIn(Schema):
    words: str = Field(description="what was changed so that the rule is right more often")


@router.get("/rule-sets", response=list[RuleSetOut])
@needs("rulesets.read")
def rule_sets(request: HttpRequest) -> list[RuleSet]:
    """Every rule set, the newest first."""
    return list(rules.rule_sets(company_of(request)))


@router.post("/rule-sets", response={201: RuleSetOut})
@needs("rulesets.write")
def draft_rule_set(request: HttpRequest, given: RuleSetIn) -> Any:
    """Draft a rule set; it counts when somebody else has adopted it."""
    made = rule_actions.draft(company=company_of(request), **given.dict(), by=user_of(request), at=clock.now())
    return Status(201, made)


@router.post("/rule-sets/{number}/adopt", response=RuleSetOut)
@needs("rulesets.adopt")
def adopt_rule_set(request: HttpRequest, number: int, given: AdoptRuleSetIn) -> Any:
    """Put a draft in force from the first day of a month on; never your own draft."""
    found = rules.rule_set_of(company_of(request), number)
    return rule_actions.adopt(rule_set=found, valid_from=given.valid_from, by=user_of(request), at=clock.now())


@router.post("/rule-sets/{number}/try/{month}", response={202: QueuedOut})
@needs("verification.run")
def try_rule_set(request: HttpRequest, number: int, month: str) -> Any:
    """Hold a month against a rule set without consequences: a job; its run is then among `/rule-sets/{number}/runs`."""
    found, first = rules.rule_set_of(company_of(request), number), month_of(month)
    words = {"set": found, "month": month}
    job = jobs.enqueue(
        company=company_of(request),
        kind="oversight.verify",
        title=_("Try rule set %(set)s on %(month)s") % words,
        arguments={"month": first.isoformat(), "mode": RunMode.TRIAL.value, "rule_set": number},
        by=user_of(request),
        at=clock.now(),
        unique_key=f"oversight.try:{number}:{first}",
    )
    return Status(202, {"job": job.pk})


@router.get("/rule-sets/accuracy", response={200: list[AccuracyOut], **REFUSED})
@needs("rulesets.read")
def accuracy(request: HttpRequest) -> Any:
    """How right each rule is, measured by drawn checks whose rounds are over."""
    company = company_of(request)
    stopped = standing.suspended(company)
    return [
        {
            **{name: getattr(row, name) for name in ("rule", "found", "false", "right")},
            "is_suspended": f"rule_{row.rule}" in stopped,
        }
        for row in measured(verdicts.checked_verdicts(company), LEAST_CHECKS)
    ]


@router.get("/rule-sets/{number}/runs", response={200: list[VerificationRunOut], **REFUSED})
@needs("rulesets.read")
def runs_of_rule_set(request: HttpRequest, number: int) -> Any:
    """Every month that a rule set was held against, the newest first."""
    company = company_of(request)
    return list(verdicts.runs(company).filter(rule_set=rules.rule_set_of(company, number)))


@router.get("/verification/runs/{run_id}", response={200: ComparisonOut, **REFUSED})
@needs("rulesets.read")
def compared_run(request: HttpRequest, run_id: int) -> Any:
    """A run beside the one that counts for its month: what other numbers would change."""
    run = verdicts.run_of(company_of(request), run_id)
    base = verdicts.latest(run.company, run.month)
    base = None if base is None or base.pk == run.pk else base
    mine, theirs = _doubtful(run), _doubtful(base) if base else set()
    asked, before = verdicts.asked_in(run), verdicts.asked_in(base) if base else set()
    return {
        "run": run,
        "base": base,
        "rules": [
            {"rule": rule, **_NEVER, **counts, "yes_in_base": _said_yes(base, rule) if base else None}
            for rule, counts in sorted(run.summary.get("rules", {}).items())
        ],
        "changed_numbers": [
            {"name": name, "now": run.parameters.get(name), "before": base.parameters.get(name)}
            for name in rules.declared()
            if base and run.parameters.get(name) != base.parameters.get(name)
        ],
        "n_doubtful_here_only": len(mine - theirs) if base else 0,
        "n_doubtful_in_base_only": len(theirs - mine),
        "n_asked_here_only": len(asked - before) if base else 0,
        "n_asked_in_base_only": len(before - asked),
        "asked_here_only": _named(request, asked - before) if base else [],
        "asked_in_base_only": _named(request, before - asked),
    }


def _doubtful(run: VerificationRun) -> set[str]:
    return set(run.summary.get("doubtful", []))


def _said_yes(run: VerificationRun, rule: str) -> int | None:
    counts = run.summary.get("rules", {}).get(rule)
    return None if counts is None else int(counts.get("yes", 0))


def _named(request: HttpRequest, ids: set[int]) -> list[str]:
    company = company_of(request)
    return [one.employee_no for one in verdicts.named(user_of(request), company, ids, on=clock.today(company))]


@router.get("/rules/suspended", response={200: list[SuspensionOut], **REFUSED})
@needs("rulesets.read")
def suspended_rules(request: HttpRequest) -> Any:
    """The rules that may open no questions now, because they were wrong too often."""
    return sorted(standing.suspended(company_of(request)).values(), key=lambda row: row.rule)


@router.post("/rules/{rule}/adopt-again", response={200: SuspensionOut, **REFUSED})
@needs("rulesets.adopt")
def adopt_rule_again(request: HttpRequest, rule: str, given: WhatChangedIn) -> Any:
    """Let a suspended rule open questions again; its rate of false alarms is counted anew from here."""
    return actions.adopt_again(
        company=company_of(request), rule=rule, words=given.words, by=user_of(request), at=clock.now()
    )

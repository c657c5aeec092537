"""Jobs of this room: each fetches, calls one action, and tells where its result is."""

from datetime import date
from typing import Any

from django.urls import reverse

from lianxin.foundation import clock
from lianxin.foundation.jobs import Progress
from lianxin.foundation.models import Company, User
from lianxin.oversight.actions import calibrating, claims, likeness, verifying
from lianxin.oversight.queries import rules
from lianxin.oversight.states import RunMode


def verify(company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress) -> dict[str, Any]:
    mode = RunMode(arguments.get("mode", RunMode.FORMAL))
    rule_set = rules.rule_set_of(company, int(arguments["rule_set"])) if arguments.get("rule_set") else None
    run = verifying.verify(
        company=company,
        month=date.fromisoformat(arguments["month"]),
        mode=mode,
        rule_set=rule_set,
        by=owner,
        at=clock.now(),
        on=clock.today(company),
        tell=progress.tell,
    )
    if mode == RunMode.FORMAL:
        for compare in (likeness.compare, claims.compare):
            compare(company=company, month=run.month, by=owner, at=clock.now(), on=clock.today(company))
    if mode == RunMode.TRIAL:
        return {"run": run.pk, "result_url": reverse("oversight:run", args=[run.pk])}
    return {"run": run.pk, "result_url": reverse("oversight:verified", args=[f"{run.month:%Y-%m}"])}


def calibrate_copies(
    company: Company, arguments: dict[str, Any], owner: User | None, progress: Progress
) -> dict[str, Any]:
    made = calibrating.calibrate(
        company=company,
        since=date.fromisoformat(arguments["since"]),
        until=date.fromisoformat(arguments["until"]),
        false_share=float(arguments["false_share"]),
        by=owner,
        at=clock.now(),
        on=clock.today(company),
        tell=progress.tell,
    )
    return {"calibration": made.number, "result_url": reverse("oversight:calibration", args=[made.number])}

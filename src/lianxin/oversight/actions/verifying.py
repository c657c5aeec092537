"""Holding the visits of a month against a rule set: recorded, never overwritten, and asked about where it is doubtful."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

import pyarrow as pa
from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from lianxin.core.verifying.key_retailers import Reached
from lianxin.core.verifying.rules import RULES
from lianxin.engine import digest
from lianxin.foundation import access, audit
from lianxin.foundation.errors import Refused
from lianxin.foundation.models import Company, User
from lianxin.oversight import facts
from lianxin.oversight.actions import flags, reaching
from lianxin.oversight.actions.running import Found, verified
from lianxin.oversight.models import Flag, ManagerVerdict, RuleSet, VerificationRun, VisitVerdict
from lianxin.oversight.queries import rules, standing, verdicts
from lianxin.oversight.states import DOUBTFUL, RunMode, Verdict
from lianxin.oversight.wording import Wording, wording
from lianxin.oversight.wording import rules as names_of_rules
from lianxin.people.models import Person

Tell = Callable[[float, str], None]
_TELLING: Final = [rule.column for rule in RULES.values() if rule.kind in ("place", "witness", "check")]
_SHOWN: Final = 8


def silent(share: float, text: str) -> None:
    """Tell nobody."""


def verify(
    *,
    company: Company,
    month: date,
    mode: RunMode = RunMode.FORMAL,
    rule_set: RuleSet | None = None,
    by: User | None,
    at: datetime,
    on: date,
    tell: Tell = silent,
) -> VerificationRun:
    """The run of a month under a rule set. A dry run records its estimates and opens nothing.

    Parameters
    ----------
    month : its first day
    rule_set : for a dry run; a run that counts takes the one in force in the month

    Raises
    ------
    Denied : a post that may not.
    Refused : a month ahead or without visits; no rule set in force; positions of the month are deleted and it was verified before.
    """
    if by is not None:
        access.require(by, "verification.run", company)
    if month.day != 1 or month > on:
        raise Refused(_("Choose a month that has begun, by its first day."), field="month")
    used = rules.in_force(company, month=month) if mode == RunMode.FORMAL else rule_set
    if used is None:
        raise Refused(
            _("No rule set is in force in %(month)s; draft one and let somebody else adopt it.")
            % {"month": f"{month:%Y-%m}"},
            field="month",
        )
    tell(0.05, _("Reading the visits"))
    evidence = facts.evidence(company, month)
    if not evidence.days:
        raise Refused(_("There are no visits in %(month)s.") % {"month": f"{month:%Y-%m}"}, field="month")
    before = verdicts.latest(company, month)
    if mode == RunMode.FORMAL and evidence.n_deleted and before is not None:
        raise Refused(
            _("Positions of %(n)d visits have been deleted on time; the verdicts of run %(run)d stay as they are.")
            % {"n": evidence.n_deleted, "run": before.number},
            field="month",
        )
    numbers = rules.numbers_of(used, on=month)
    off = standing.rules_off(company)
    tell(0.2, _("Holding them against the rules"))
    found = verified(company, evidence, numbers, month, off)
    rows = found.visits.to_pylist()
    answers = {row["visit_id"]: _answer(row) for row in rows}
    keys = reaching.found(company, month, evidence, answers, numbers, on=on)
    tell(0.7, _("Recording"))
    of_managers = _joined(digest(found.managers), reaching.fingerprint(keys))
    fingerprint = f"{digest(found.visits.drop_columns(['risk_unchecked']))[:32]}{of_managers[:32]}"
    if mode == RunMode.FORMAL and before is not None:
        left_out = {item["rule"] for item in before.off}
        if (before.digest, before.rule_set_id, left_out) == (fingerprint, used.pk, set(off)):
            return before
    run = _record(company, month, mode, used, numbers, off, found, answers, keys, fingerprint, by, at, on)
    tell(1.0, _("Done"))
    return run


@transaction.atomic
def _record(
    company: Company,
    month: date,
    mode: RunMode,
    rule_set: RuleSet,
    numbers: Mapping[str, Any],
    off: Mapping[str, datetime],
    found: Found,
    answers: Mapping[str, Verdict],
    keys: Sequence[Reached],
    fingerprint: str,
    by: User | None,
    at: datetime,
    on: date,
) -> VerificationRun:
    Company.objects.select_for_update().get(pk=company.pk)
    highest = VerificationRun.objects.filter(company=company, month=month).aggregate(n=Max("number"))["n"] or 0
    doubtful = sorted(visit for visit, answer in answers.items() if answer == Verdict.YES)
    run = VerificationRun.objects.create(
        company=company,
        month=month,
        number=highest + 1,
        mode=mode,
        rule_set=rule_set,
        parameters=dict(numbers),
        off=[{"rule": code, "since": since.isoformat()} for code, since in sorted(off.items())],
        code_version=facts.code_version(),
        digest=fingerprint,
        n_visits=len(answers),
        n_doubtful=len(doubtful),
        n_undecided=sum(1 for answer in answers.values() if answer == Verdict.CANNOT_TELL),
        summary={"rules": _rule_counts(found.visits), "doubtful": doubtful},
        made_by=by,
        made_at=at,
    )
    estimates = [
        ManagerVerdict(
            run=run,
            person_id=int(row["manager_id"]),
            indicator=row["indicator"],
            value=row["value"],
            low=row["low"],
            high=row["high"],
            n=row["n"],
            answer=row["answer"],
            is_suspected=bool(row["suspected"]),
        )
        for row in found.managers.to_pylist()
    ]
    estimates += reaching.estimates(run, keys)
    ManagerVerdict.objects.bulk_create(estimates, batch_size=1000)
    if mode == RunMode.FORMAL:
        _record_visits(run, found.visits.to_pylist(), answers)
        reaching.record(run, keys)
        run.n_questions = _ask(run, [row for row in estimates if row.is_suspected], at, on)
        run.save(update_fields=["n_questions"])
    audit.record(
        company=company,
        by=by,
        verb="verification.run",
        subject=f"verification:{month:%Y-%m}:{run.number}",
        after={
            "mode": str(mode),
            "rule_set": rule_set.number,
            "digest": fingerprint,
            "questions": run.n_questions,
            "off": sorted(off),
        },
        at=at,
    )
    return run


def _joined(digest_: str, more: str) -> str:
    return hashlib.sha256(f"{digest_} {more}".encode()).hexdigest() if more else digest_


def _answer(row: Mapping[str, Any]) -> Verdict:
    """Hollow from an even risk on; otherwise nothing stands out, unless neither place, witness nor check could tell."""
    if row["risk"] >= DOUBTFUL:
        return Verdict.YES
    blind = all(row.get(column) in (None, "cannot_tell") for column in _TELLING)
    return Verdict.CANNOT_TELL if blind else Verdict.NO


def _rule_counts(visits: pa.Table) -> dict[str, dict[str, int]]:
    found = {}
    for name in visits.column_names:
        if name.startswith("rule_"):
            counted = visits.column(name).value_counts().to_pylist()
            found[name.removeprefix("rule_")] = {str(item["values"]): int(item["counts"]) for item in counted}
    return found


def _record_visits(run: VerificationRun, rows: list[dict[str, Any]], answers: Mapping[str, Verdict]) -> None:
    made = [
        VisitVerdict(
            run=run,
            visit_id=row["visit_id"],
            person_id=int(row["manager_id"]),
            visit_date=row["visit_date"],
            risk=row["risk"],
            risk_unchecked=row["risk_unchecked"],
            answer=answers[row["visit_id"]],
            rules={name.removeprefix("rule_"): value for name, value in row.items() if name.startswith("rule_")},
            like_visit=row.get("like_visit") or "",
            likeness=row.get("likeness"),
        )
        for row in rows
    ]
    VisitVerdict.objects.bulk_create(made, batch_size=2000)


def _ask(run: VerificationRun, suspected: list[ManagerVerdict], at: datetime, on: date) -> int:
    """Questions about person-months, each asked once, unless its rule is suspended."""
    persons = Person.objects.in_bulk([row.person_id for row in suspected])
    n_asked = 0
    for row in suspected:
        subject = f"{row.indicator}:{row.person_id}:{run.month:%Y-%m}"
        if not standing.may_ask(run.company, row.indicator, subject):
            continue
        shown = [] if row.indicator == reaching.INDICATOR else _shown(run, row)
        flags.open(
            company=run.company,
            person=persons[row.person_id],
            rule=row.indicator,
            rule_version=f"{run.rule_set.number}/{run.number}",
            subject=subject,
            question=_question(row, run.month),
            evidence=_evidence(run, row, shown),
            by=None,
            at=at,
            on=on,
            spoke=_spoke(row.indicator, shown),
        )
        n_asked += 1
    return n_asked


def _question(row: ManagerVerdict, month: date) -> Wording:
    if row.indicator == reaching.INDICATOR:
        return reaching.question(month)
    return wording(f"{row.indicator}.question", month=f"{month:%Y-%m}")


def _shown(run: VerificationRun, row: ManagerVerdict) -> list[VisitVerdict]:
    """The visits that a question about a month shows: those with repeated notes, or the riskiest that look hollow."""
    rows = VisitVerdict.objects.filter(run=run, person_id=row.person_id).select_related("visit__retailer")
    rows = rows.exclude(like_visit="") if row.indicator == "copied_share" else rows.filter(answer=Verdict.YES)
    return list(rows.order_by("-risk", "visit_id")[:_SHOWN])


def _spoke(indicator: str, shown: Sequence[VisitVerdict]) -> dict[str, float]:
    """The rules that spoke in the visits shown, each with the share of them in which it did; of copies only their own rule."""
    heard = [
        code for verdict in shown for code in _broken(verdict) if indicator != "copied_share" or code == "copied_note"
    ]
    return {f"{standing.OF_VISITS}{code}": n / len(shown) for code, n in Counter(heard).items()}


def _broken(verdict: VisitVerdict) -> list[str]:
    return [code for code, answer in verdict.rules.items() if answer == "yes"]


def _evidence(
    run: VerificationRun, row: ManagerVerdict, shown: Sequence[VisitVerdict]
) -> list[dict[str, str | Wording]]:
    source = wording("run.source", rules=str(run.rule_set), run=run.number, month=f"{run.month:%Y-%m}")
    page = reverse("oversight:verified_person", args=[f"{run.month:%Y-%m}", row.person_id])
    if row.indicator == reaching.INDICATOR:
        return reaching.evidence(run, row, source, page)
    share = {"value": f"{row.value or 0:.0%}", "low": f"{row.low or 0:.0%}", "high": f"{row.high or 0:.0%}", "n": row.n}
    items: list[dict[str, str | Wording]] = [
        {
            "title": wording("estimate.title"),
            "text": wording("estimate.text", **share),
            "source": source,
            "url": page,
        }
    ]
    for verdict in shown:
        items.append(
            {
                "title": f"{verdict.visit_date} {verdict.visit.retailer.name}",
                "text": names_of_rules(_broken(verdict)),
                "source": source,
                "url": reverse("oversight:sides", args=[verdict.visit_id]),
            }
        )
    return items


@transaction.atomic
def ask_about(*, verdict: VisitVerdict, by: User, at: datetime, on: date) -> Flag:
    """A question about one visit, with what the rules, the witnesses and the checks say, asked once.

    Its conclusion counts whole for every rule that it breaks, but for those suspended by now: they ask nothing.

    Raises
    ------
    Denied : a post that may not ask this person.
    Refused : nothing stands out about the visit, or only to suspended rules; it was asked before.
    """
    run = verdict.run
    found, off = _broken(verdict), standing.rules_off(run.company)
    broken = [code for code in found if code not in off]
    if not found:
        raise Refused(_("No rule found anything about this visit; open a question by hand if you know more."))
    if not broken:
        raise Refused(
            _("Only suspended rules found anything about this visit; open a question by hand if you know more.")
        )
    subject = f"visit:{verdict.visit_id}"
    if Flag.objects.filter(company=run.company, subject=subject).exists():
        raise Refused(_("Somebody has asked about this before."))
    return flags.open(
        company=run.company,
        person=verdict.person,
        rule=f"{standing.OF_VISITS}{broken[0]}",
        rule_version=f"{run.rule_set.number}/{run.number}",
        subject=subject,
        question=wording("visit.question", shop=verdict.visit.retailer.name, day=str(verdict.visit_date)),
        evidence=[
            {
                "title": names_of_rules(broken),
                "text": "",
                "source": str(run.rule_set),
                "url": reverse("oversight:sides", args=[verdict.visit_id]),
            }
        ],
        by=by,
        at=at,
        on=on,
        spoke={f"{standing.OF_VISITS}{code}": 1.0 for code in broken},
    )

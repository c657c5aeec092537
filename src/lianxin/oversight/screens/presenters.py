"""Words and figures for the pages of verification: templates compute nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lianxin.core.parameters.shape import Parameter
from lianxin.foundation import parameters
from lianxin.oversight.models import (
    Check,
    Flag,
    KeyRetailerVerdict,
    ManagerVerdict,
    RuleSuspension,
    VerificationRun,
    VisitVerdict,
    Witness,
)
from lianxin.oversight.queries import verdicts
from lianxin.oversight.screens.words import ATTENDANCE, ESTIMATES, parameter_title, rule_title
from lianxin.oversight.states import CheckState, Confirmed, Statement, Verdict
from lianxin.people.models import Person
from lianxin.ui import formats
from lianxin.ui.parts import Fact, Figure
from lianxin.visits import clocks
from lianxin.visits.models import Visit

AGREES, CONTRADICTS, SILENT = "agrees", "contradicts", "silent"


def estimate_figure(row: ManagerVerdict | None, title: str = "", kind: Any = "share", decimals: int = 0) -> Figure:
    """An estimate in one of its answers; below the least sample it says what is missing."""
    if row is None or row.answer != "value" or row.value is None:
        return Figure(title=title, answer="not_enough_data", n=row.n if row else 0)
    note = "" if row.low is None or row.high is None else _("between %(band)s") % {"band": band(row)}
    return Figure(title=title, value=row.value, kind=kind, decimals=decimals, note=note)


def band(row: ManagerVerdict | None) -> str:
    """The interval of an estimate in words."""
    if row is None or row.low is None or row.high is None:
        return _("not known yet")
    return f"{formats.share(row.low, 0)} – {formats.share(row.high, 0)}"


def person_rows(rows: list[ManagerVerdict], counts: Mapping[int, Mapping[str, int]]) -> list[dict[str, Any]]:
    """One row per person of a verified month."""
    told: dict[int, dict[str, ManagerVerdict]] = {}
    for row in rows:
        told.setdefault(row.person_id, {})[row.indicator] = row
    return [_person_row(pk, found, counts.get(pk, {})) for pk, found in told.items()]


def _person_row(pk: int, found: dict[str, ManagerVerdict], counts: Mapping[str, int]) -> dict[str, Any]:
    who = next(iter(found.values())).person
    ghost, copied, checked = (found.get(code) for code in ("ghost_share", "copied_share", "discrepancy_rate"))
    unvisited = found.get("key_unvisited")
    is_asked = any(row.is_suspected for row in found.values())
    return {
        "id": pk,
        "name": who.name,
        "employee_no": who.employee_no,
        "ghost": estimate_figure(ghost),
        "ghost_band": band(ghost),
        "order": ghost.value if ghost and ghost.value is not None else None,
        "discrepancy": estimate_figure(checked),
        "discrepancy_band": band(checked),
        "discrepancy_order": checked.value if checked and checked.value is not None else None,
        "copied": estimate_figure(copied),
        "copied_order": copied.value if copied and copied.value is not None else None,
        "unvisited": estimate_figure(unvisited, kind="number")
        if unvisited
        else Figure(value=_("no key retailers"), kind="text"),
        "unvisited_order": unvisited.value if unvisited else None,
        "is_asked": is_asked,
        "asked": _("To be asked") if is_asked else _("None"),
        "n": counts.get("n", 0),
        "doubtful": counts.get("doubtful", 0),
        "undecided": counts.get("undecided", 0),
    }


def attendance_figures(told: Mapping[str, ManagerVerdict]) -> list[Figure]:
    """Attendance of a month: days, hours, spread, plan."""
    return [
        estimate_figure(told.get(code), str(title), kind, decimals)
        for code, (title, kind, decimals) in ATTENDANCE.items()
    ]


def estimate_figures(told: Mapping[str, ManagerVerdict]) -> list[Figure]:
    """What is estimated of a month's visits and notes."""
    return [estimate_figure(told.get(code), str(title)) for code, title in ESTIMATES.items()]


@dataclass(frozen=True)
class KeyRow:
    """A key retailer of the month with what is said of it."""

    name: str
    url: str
    words: str
    is_asked: bool


def key_rows(rows: list[KeyRetailerVerdict]) -> list[KeyRow]:
    """Key retailers for the page of a manager."""
    return [
        KeyRow(
            f"{row.retailer.name} {row.retailer.licence_no}",
            reverse("retailers:file", args=[row.retailer_id]),
            f"{row.get_because_display()} · {_('%(n)d visits') % {'n': row.n_visits}}",
            row.answer == Verdict.YES,
        )
        for row in rows
    ]


def verdict_figure(row: VisitVerdict) -> Figure:
    """The answer about one visit; "cannot tell" is drawn as such."""
    if row.answer == Verdict.CANNOT_TELL:
        return Figure(answer="cannot_tell")
    return Figure(value=row.get_answer_display(), kind="text")


def off_notes(run: VerificationRun) -> list[str]:
    """What was left out of a run because it was suspended, and since when: one sentence, or none."""
    told = [_off_since(item["rule"], datetime.fromisoformat(item["since"])) for item in run.off]
    words = _("Suspended rules were left out here and answer “cannot tell”: %(rules)s.")
    return [words % {"rules": "；".join(told)}] if told else []


def suspended_notes(stopped: Mapping[str, RuleSuspension]) -> list[str]:
    """The rules that are suspended now, and since when: one sentence, or none."""
    told = [_off_since(rule, row.suspended_at) for rule, row in sorted(stopped.items())]
    return [_("Suspended rules: %(rules)s.") % {"rules": "；".join(told)}] if told else []


def _off_since(rule: str, since: datetime) -> str:
    return _("“%(rule)s” since %(day)s") % {"rule": rule_title(rule), "day": formats.instant(since)}


def spoken_words(flag: Flag) -> list[str]:
    """The rules for which the conclusion of a question counts, each with its part where that is not the whole."""
    return [
        rule_title(row.rule) if row.weight >= 1 else f"{rule_title(row.rule)} · {formats.share(row.weight, 0)}"
        for row in flag.spoke.order_by("-weight", "rule")
    ]


def broken_words(row: VisitVerdict) -> str:
    """The rules that found something about a visit."""
    found = [rule_title(code) for code, answer in row.rules.items() if answer == "yes"]
    return "；".join(found) if found else _("nothing")


def check_in_words(visit: Visit) -> str:
    """When a visit began: by the server's clock where the phone's was wrong, with what the phone said."""
    times, phone = clocks.of_visit(visit), formats.instant(visit.check_in_at)
    if not times.is_known:
        return _("cannot tell: the phone's clock was wrong (it said %(phone)s)") % {"phone": phone}
    if times.start == visit.check_in_at:
        return phone
    told = {"time": formats.instant(times.start), "phone": phone}
    return _("%(time)s, set right: the phone's clock was wrong (it said %(phone)s)") % told


def visit_facts(visit: Visit) -> list[Fact]:
    """What the visit itself says."""
    place = visit.get_place_answer_display()
    if visit.distance_metres is not None:
        place = _("%(answer)s, %(metres)s m from the shop's point") % {
            "answer": place,
            "metres": formats.number(visit.distance_metres, 0),
        }
    length = _("not recorded")
    times = clocks.of_visit(visit)
    if times.end is not None:
        seconds = (times.end - times.start).total_seconds()
        length = _("%(n)s minutes") % {"n": formats.number(seconds / 60, 1)}
    return [
        Fact(title=_("Check-in"), text=check_in_words(visit)),
        Fact(title=_("Length"), text=length),
        Fact(title=_("Where it was"), text=place),
        Fact(
            title=_("Questions answered"),
            text=_("none asked or recorded") if visit.n_answers is None else formats.number(visit.n_answers),
        ),
        Fact(title=_("Planned for"), text=formats.day(visit.planned_date) if visit.planned_date else _("not planned")),
        Fact(title=_("Note of the check"), text=visit.note or _("none written")),
    ]


@dataclass(frozen=True)
class RuleFact:
    title: str
    answer: str
    words: str


def rule_facts(row: VisitVerdict) -> list[RuleFact]:
    """Each rule with its answer, those that found something first."""
    words = {"yes": _("stands out"), "no": _("nothing stands out"), "cannot_tell": _("cannot tell")}
    order = {"yes": 0, "cannot_tell": 1, "no": 2}
    found = sorted(row.rules.items(), key=lambda item: (order.get(item[1], 3), item[0]))
    off = {item["rule"]: _("On hold") for item in row.run.off}
    return [RuleFact(rule_title(code), answer, off.get(code) or words.get(answer, answer)) for code, answer in found]


@dataclass(frozen=True)
class Side:
    """One of the sides that speak of a visit: who, what, when, and whether it agrees."""

    title: str
    stands: str
    words: str
    statements: list[str]


_AGREE = {Statement.SAW_MANAGER, Statement.SAYS_VISITED}
_AGAINST = {Statement.SHOP_CLOSED, Statement.SAYS_NOT_VISITED}


def sides_of(visit: Visit, witnesses: list[Witness], checks: list[Check]) -> list[Side]:
    """Deliveries, the order desk, inspectors and checks beside the visit: agreement, contradiction, or silence."""
    made = []
    for channel, title in (
        ("delivery", _("Delivery")),
        ("order_desk", _("Order desk")),
        ("inspector", _("Market inspector")),
    ):
        rows = [row for row in witnesses if row.channel == channel]
        made.append(_side(title, [_witness_stand(visit, row) for row in rows], [_witness_words(row) for row in rows]))
    stands = {Confirmed.YES: AGREES, Confirmed.NO: CONTRADICTS}
    made.append(
        _side(
            _("Checks"),
            [stands.get(Confirmed(row.confirmed), SILENT) if row.confirmed else SILENT for row in checks],
            [_check_words(row) for row in checks],
        )
    )
    return made


def _side(title: str, stands: list[str], statements: list[str]) -> Side:
    words = {AGREES: _("agrees"), CONTRADICTS: _("contradicts"), SILENT: _("says nothing about it")}
    found = CONTRADICTS if CONTRADICTS in stands else AGREES if AGREES in stands else SILENT
    if AGREES in stands and CONTRADICTS in stands:
        return Side(title, "cannot_tell", _("says both: cannot tell"), statements)
    return Side(title, found, words[found] if statements else _("nothing known"), statements)


def _witness_stand(visit: Visit, row: Witness) -> str:
    if row.says in _AGREE:
        return AGREES
    if row.says == Statement.SHOP_CLOSED:
        times = clocks.of_visit(visit)
        end = times.end or times.start
        near = (times.start - row.seen_at).total_seconds() <= 1800 and (row.seen_at - end).total_seconds() <= 1800
        return CONTRADICTS if near and times.is_known else SILENT
    return CONTRADICTS if row.says in _AGAINST else SILENT


def _witness_words(row: Witness) -> str:
    text = f"{formats.instant(row.seen_at)} {row.get_says_display()}"
    if row.about_from and row.about_until:
        days = {"first": formats.day(row.about_from), "last": formats.day(row.about_until)}
        text += " " + _("(about %(first)s to %(last)s)") % days
    return text


def _check_words(row: Check) -> str:
    told = row.get_confirmed_display() if row.state == CheckState.DONE else row.get_state_display()
    parts = [row.get_channel_display(), str(told), row.words]
    return " · ".join(part for part in parts if part)


@dataclass(frozen=True)
class Piece:
    text: str
    is_other: bool


def marked(pieces: list[tuple[str, str]]) -> tuple[list[Piece], list[Piece]]:
    """Two texts in pieces, those that differ marked on either side."""
    left = [Piece(mine, mine != theirs) for mine, theirs in pieces if mine]
    right = [Piece(theirs, mine != theirs) for mine, theirs in pieces if theirs]
    return left, right


def compared_rules(run: VerificationRun, base: VerificationRun | None) -> list[dict[str, Any]]:
    """How often each rule speaks in a run, beside the run that counts."""
    rows = []
    for code, counts in sorted(run.summary.get("rules", {}).items()):
        before = base.summary.get("rules", {}).get(code) if base is not None and base.pk != run.pk else None
        rows.append(
            {
                "rule": code,
                "yes": counts.get("yes", 0),
                "no": counts.get("no", 0),
                "cannot_tell": counts.get("cannot_tell", 0),
                "yes_base": Figure(value=before.get("yes", 0), kind="number")
                if before is not None
                else Figure(value=_("nothing to compare with"), kind="text"),
            }
        )
    return rows


def difference(
    run: VerificationRun, base: VerificationRun | None, named: Callable[[set[int]], list[Person]]
) -> list[Fact]:
    """What would change against the run that counts: visits that look hollow, persons who would be asked.

    Parameters
    ----------
    named : of some persons those whose names the reader may see; the others are counted
    """
    asked = verdicts.asked_in(run)
    facts = [
        Fact(title=_("Look hollow"), text=formats.number(run.n_doubtful)),
        Fact(title=_("Would be asked"), text=formats.number(len(asked))),
    ]
    if base is None or base.pk == run.pk:
        return facts
    mine, theirs = set(run.summary.get("doubtful", [])), set(base.summary.get("doubtful", []))
    before = verdicts.asked_in(base)
    return [
        *facts,
        Fact(title=_("Look hollow in this run only"), text=formats.number(len(mine - theirs))),
        Fact(title=_("Look hollow in the run that counts only"), text=formats.number(len(theirs - mine))),
        Fact(title=_("Asked in this run only"), text=_who(asked - before, named)),
        Fact(title=_("Asked in the run that counts only"), text=_who(before - asked, named)),
    ]


def _who(ids: set[int], named: Callable[[set[int]], list[Person]]) -> str:
    if not ids:
        return _("no one")
    names = [person.name for person in named(ids)]
    hidden = len(ids) - len(names)
    if hidden:
        rest = ngettext("%(n)d more person", "%(n)d more persons", hidden)
        names.append((rest if names else ngettext("%(n)d person", "%(n)d persons", hidden)) % {"n": hidden})
    return "、".join(names)


def changed_numbers(
    run: VerificationRun, base: VerificationRun | None, declared: Mapping[str, Parameter]
) -> list[dict[str, str]]:
    """The numbers that differ between a run and the one that counts."""
    if base is None:
        return []
    return [
        {
            "title": parameter_title(parameter),
            "now": parameters.written(parameter, run.parameters.get(name)),
            "before": parameters.written(parameter, base.parameters.get(name)),
        }
        for name, parameter in declared.items()
        if run.parameters.get(name) != base.parameters.get(name)
    ]

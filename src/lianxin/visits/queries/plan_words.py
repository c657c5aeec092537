"""Reasons and other codes of plans as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.functional import Promise as Words
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lianxin.foundation.models import Company
from lianxin.goods.models import Product
from lianxin.ui.formats import day, number, share
from lianxin.visits.models import DayQuestion, PlannedVisit, Promise, Request
from lianxin.visits.queries.plan_frequency import HIGH, LEAST, MIDDLE

TITLES: Final[Mapping[str, str | Words]] = {
    "complaint_pending": gettext_lazy("A question waits for its answer"),
    "promise_overdue": gettext_lazy("A promise is overdue"),
    "decline_against_peers": gettext_lazy("Falls behind its peers"),
    "stock_out_risk": gettext_lazy("May run out of stock"),
    "overstock_risk": gettext_lazy("Holds too much stock"),
    "long_not_visited": gettext_lazy("Long not visited"),
    "new_product_not_carried": gettext_lazy("Does not carry a new product"),
    "price_tags_missing": gettext_lazy("Price tags are missing"),
    "research_question": gettext_lazy("A question of the day"),
    "regular": gettext_lazy("Regular visit"),
    "urgent": gettext_lazy("Urgent visit"),
}
WAYS: Final[Mapping[str, str | Words]] = {
    "answer_complaint": gettext_lazy("Bring the answer and ask whether it settles the matter."),
    "keep_promise": gettext_lazy("Do what was promised, or agree on a new day and say why."),
    "find_cause": gettext_lazy(
        "Find the cause in the shop: passers-by, competition, stock, display; agree on one step."
    ),
    "advise_order": gettext_lazy("Go through the stock together and advise the next order."),
    "advise_selling_off": gettext_lazy("Advise what to order less of and how to sell what lies there."),
    "count_stock": gettext_lazy("Count the stock, check display and price tags, ask what is needed."),
    "introduce_product": gettext_lazy("Show the product, say who buys it, propose a small first order."),
    "set_price_tags": gettext_lazy("Put the missing price tags in place together."),
    "ask_question": gettext_lazy("Ask the question and note the answer in the visit."),
    "urgent": gettext_lazy("See what was asked for and settle it in the visit."),
}
UNPLACED: Final[Mapping[str, tuple[str | Words, str | Words]]] = {
    "no_place": (
        gettext_lazy("The shop's place is not recorded"),
        gettext_lazy("Import latitude and longitude of the retailer, then make the plan anew."),
    ),
    "more_visits_than_days": (
        gettext_lazy("More visits are wanted than there are working days"),
        gettext_lazy("Lower the frequency or plan a longer cycle."),
    ),
    "closed_in_working_hours": (
        gettext_lazy("Its good hours lie outside working hours"),
        gettext_lazy("Ask the retailer for other hours, or agree on a visit outside the plan."),
    ),
    "too_far": (
        gettext_lazy("The way there and back does not fit into a working day"),
        gettext_lazy("Check the shop's place and where the manager's day begins."),
    ),
    "days_full": (
        gettext_lazy("Every day that keeps the rhythm is full"),
        gettext_lazy("Move a visit by hand, or have a colleague cover some."),
    ),
    "no_day_left": (
        gettext_lazy("No working day is left that keeps the rhythm"),
        gettext_lazy("It comes first in the next cycle."),
    ),
}
_SUBJECTS: Final = {
    "new_product_not_carried": (Product, "name"),
    "stock_out_risk": (Product, "name"),
    "overstock_risk": (Product, "name"),
    "promise_overdue": (Promise, "text"),
    "complaint_pending": (Request, "text"),
    "research_question": (DayQuestion, "text"),
}


@dataclass(frozen=True, slots=True)
class Why:
    """One reason in words: present state, wanted state, way there, and what they rest on."""

    code: str
    title: str
    present: str
    wanted: str
    way: str
    evidence: Sequence[tuple[str, str]]
    subject: str


def subjects_of(company: Company, several: Iterable[Sequence[Mapping[str, Any]]]) -> dict[tuple[str, str], str]:
    """(code, subject) -> what the subject is called, for all reasons of a page at once."""
    asked: dict[str, set[str]] = {}
    for reasons in several:
        for one in reasons:
            subject = one.get("evidence", {}).get("subject")
            if subject and one["code"] in _SUBJECTS:
                asked.setdefault(one["code"], set()).add(str(subject))
    names = {}
    for code, subjects in asked.items():
        model, field = _SUBJECTS[code]
        rows = model.objects.filter(company=company, pk__in=subjects)  # type: ignore[attr-defined]
        names.update({(code, str(pk)): str(name) for pk, name in rows.values_list("pk", field)})
    return names


def why(reason: Mapping[str, Any], names: Mapping[tuple[str, str], str]) -> Why:
    """A stored reason in words."""
    code, evidence = str(reason["code"]), reason.get("evidence", {})
    subject = names.get((code, str(evidence.get("subject", ""))), "")
    present, wanted = _states(code, reason.get("present"), evidence, subject)
    return Why(
        code,
        str(TITLES.get(code, code)),
        present,
        wanted,
        str(WAYS.get(str(reason.get("way", "")), "")),
        tuple(_evidence(code, evidence, subject)),
        subject,
    )


def short(reasons: Sequence[Mapping[str, Any]]) -> str:
    """The reasons by their titles, for a cell."""
    return " · ".join(str(TITLES.get(str(one["code"]), one["code"])) for one in reasons)


def unplaced(reason: str) -> tuple[str, str]:
    """Why a visit has no place, and what to do about it."""
    what, todo = UNPLACED.get(reason, (reason, ""))
    return str(what), str(todo)


def travel(parameters: Mapping[str, Any]) -> str:
    """Which travel times a plan was made with, and how many of its ways no road engine told; "" where it does not say."""
    told = parameters.get("travel")
    if not told:
        return ""
    straight = {"factor": number(told["road_factor"], 2), "speed": number(told["speed_kmh"])}
    if told["rule"] != "roads":
        return _("Travel times: straight line × %(factor)s at %(speed)s km an hour.") % straight
    words = _(
        "Travel times: by road, as told on %(days)s for %(n)s pairs of places; %(straight)s of %(legs)s ways took the straight "
        "line × %(factor)s at %(speed)s km an hour."
    ) % {
        **straight,
        "days": ", ".join(_day(one) for one in told["dates"]),
        "n": number(told["n_pairs"]),
        "straight": number(told["n_straight"]),
        "legs": number(told["n_legs"]),
    }
    if told["n_moved"]:
        words += " " + _("%(n)s pairs were left out: a place has moved since.") % {"n": number(told["n_moved"])}
    return words


def frequency(visit: PlannedVisit) -> str:
    """How often the retailer of a planned visit is visited in the cycle, and which setting says so; "" where it is not known."""
    if visit.wanted_visits is None:
        return ""
    by = {
        LEAST: _("the least visits of every retailer"),
        MIDDLE: _("the visits of middle tiers"),
        HIGH: _("the visits of high tiers"),
    }.get(visit.wanted_by, visit.wanted_by)
    n = visit.wanted_visits
    return ngettext("%(n)s visit a cycle, by: %(by)s", "%(n)s visits a cycle, by: %(by)s", n) % {"n": n, "by": by}


def _day(text: Any) -> str:
    return day(date.fromisoformat(str(text))) if text else ""


def _states(code: str, present: Any, evidence: Mapping[str, Any], subject: str) -> tuple[str, str]:
    n = number(float(present)) if present is not None else ""
    since = _day(evidence.get("since"))
    if code == "decline_against_peers":
        if not present:
            return _("Bought nothing in the month, unlike its peers."), _("Growth like that of its peers.")
        return (
            _("Sales grow at %(share)s of the peers' pace.") % {"share": share(float(present or 0), 0)},
            _("Growth like that of its peers."),
        )
    if code == "new_product_not_carried":
        until = _day(evidence.get("until"))
        told = (
            _("Had not ordered “%(product)s” in the three months until %(day)s.") % {"product": subject, "day": until}
            if until
            else _("Has not ordered “%(product)s” in three months.") % {"product": subject}
        )
        return told, _("A first order of it.")
    if code == "promise_overdue":
        return (
            _("Promised for %(day)s, %(n)s days overdue: %(text)s") % {"day": since, "n": n, "text": subject},
            _("The promise is kept."),
        )
    if code == "complaint_pending":
        return (
            _("Open for %(n)s days: %(text)s") % {"n": n, "text": subject},
            _("The retailer confirms that it is settled."),
        )
    if code == "long_not_visited":
        seen = _("Last visited on %(day)s, %(n)s days before.") % {"day": since, "n": n} if since else ""
        return seen or _("No visit is recorded yet."), _("Visited at least once a month.")
    if code == "price_tags_missing":
        return (
            _("%(n)s of %(all)s products on display had a price tag on %(day)s.")
            % {"n": evidence.get("numerator", 0), "all": evidence.get("denominator", 0), "day": since},
            _("Every product on display has its price tag."),
        )
    if code == "research_question":
        return _("Not asked yet: %(text)s") % {"text": subject}, _("An answer from this shop.")
    if code == "urgent":
        return str(evidence.get("words", "")), _("Settled in this visit.")
    if code in ("stock_out_risk", "overstock_risk"):
        return (
            _("“%(product)s” lasts %(n)s days at the pace of its orders.") % {"product": subject, "n": n},
            _("Stock that fits the sales."),
        )
    return _("Nothing in particular stands out."), _("A shop that is well looked after.")


def _evidence(code: str, evidence: Mapping[str, Any], subject: str) -> Iterable[tuple[str, str]]:
    if code == "decline_against_peers":
        yield _("Bought in the month"), number(float(evidence.get("numerator") or 0))
        yield _("Expected from its peers"), number(float(evidence.get("denominator") or 0))
        yield _("Month until"), _day(evidence.get("since"))
    elif code == "new_product_not_carried":
        yield _("Product"), subject
        yield (
            _("Shops that carry it"),
            f"{number(float(evidence.get('numerator') or 0))} / {number(float(evidence.get('denominator') or 0))}",
        )
        yield _("Listed since"), _day(evidence.get("since"))
        if evidence.get("until"):
            yield _("Orders until"), _day(evidence.get("until"))
    elif code in ("stock_out_risk", "overstock_risk"):
        yield _("Counted"), f"{number(float(evidence.get('numerator') or 0))} · {_day(evidence.get('since'))}"
        yield _("Bought in three months"), number(float(evidence.get("denominator") or 0))
    elif subject:
        yield _("Subject"), subject
    if code in ("promise_overdue", "complaint_pending", "long_not_visited", "price_tags_missing") and evidence.get(
        "since"
    ):
        yield _("Known since"), _day(evidence.get("since"))

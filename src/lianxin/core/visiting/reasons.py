"""Why a retailer is visited: present state → wanted state → way there, from signals with their evidence.

Codes and numbers only; rooms write the words. A signal is a finding about one retailer; a reason is what a visit makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final


class Signal(StrEnum):
    """What can be found about a retailer, the most pressing first: in this order a visit tells them."""

    COMPLAINT_PENDING = "complaint_pending"
    PROMISE_OVERDUE = "promise_overdue"
    DECLINE_AGAINST_PEERS = "decline_against_peers"
    STOCK_OUT_RISK = "stock_out_risk"
    OVERSTOCK_RISK = "overstock_risk"
    LONG_NOT_VISITED = "long_not_visited"
    NEW_PRODUCT_NOT_CARRIED = "new_product_not_carried"
    PRICE_TAGS_MISSING = "price_tags_missing"
    RESEARCH_QUESTION = "research_question"
    REGULAR = "regular"
    """Nothing in particular: the visit that every retailer gets in a cycle."""


class Way(StrEnum):
    """What leads from the present state to the wanted one."""

    ANSWER_COMPLAINT = "answer_complaint"
    KEEP_PROMISE = "keep_promise"
    FIND_CAUSE = "find_cause"
    ADVISE_ORDER = "advise_order"
    ADVISE_SELLING_OFF = "advise_selling_off"
    COUNT_STOCK = "count_stock"
    INTRODUCE_PRODUCT = "introduce_product"
    SET_PRICE_TAGS = "set_price_tags"
    ASK_QUESTION = "ask_question"


WAYS: Final[dict[Signal, Way]] = {
    Signal.COMPLAINT_PENDING: Way.ANSWER_COMPLAINT,
    Signal.PROMISE_OVERDUE: Way.KEEP_PROMISE,
    Signal.DECLINE_AGAINST_PEERS: Way.FIND_CAUSE,
    Signal.STOCK_OUT_RISK: Way.ADVISE_ORDER,
    Signal.OVERSTOCK_RISK: Way.ADVISE_SELLING_OFF,
    Signal.LONG_NOT_VISITED: Way.COUNT_STOCK,
    Signal.NEW_PRODUCT_NOT_CARRIED: Way.INTRODUCE_PRODUCT,
    Signal.PRICE_TAGS_MISSING: Way.SET_PRICE_TAGS,
    Signal.RESEARCH_QUESTION: Way.ASK_QUESTION,
    Signal.REGULAR: Way.COUNT_STOCK,
}

# What `present` and `wanted` count, by signal.
UNITS: Final[dict[Signal, str]] = {
    Signal.COMPLAINT_PENDING: "days_open",
    Signal.PROMISE_OVERDUE: "days_overdue",
    Signal.DECLINE_AGAINST_PEERS: "growth_to_peers",
    Signal.STOCK_OUT_RISK: "days_of_stock",
    Signal.OVERSTOCK_RISK: "days_of_stock",
    Signal.LONG_NOT_VISITED: "days",
    Signal.NEW_PRODUCT_NOT_CARRIED: "products",
    Signal.PRICE_TAGS_MISSING: "share",
    Signal.RESEARCH_QUESTION: "answers",
    Signal.REGULAR: "visits",
}


@dataclass(frozen=True)
class Finding:
    """A signal about a retailer, as a signal table or a room tells it."""

    retailer_id: Any
    signal: Signal
    present: float | None
    wanted: float | None
    evidence: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Why a visit is made. `present` and `wanted` count what `UNITS` says; None where it is not known."""

    code: Signal
    present: float | None
    wanted: float | None
    way: Way
    evidence: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code.value,
            "present": self.present,
            "wanted": self.wanted,
            "unit": UNITS[self.code],
            "way": self.way.value,
            "evidence": dict(self.evidence),
        }


def findings(rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The rows of `signals.SIGNALS` as findings; what is null is left out of the evidence."""
    told = []
    for row in rows:
        evidence = {
            name: row[name]
            for name in ("n", "numerator", "denominator", "subject", "since")
            if row.get(name) is not None
        }
        told.append(Finding(row["retailer_id"], Signal(row["signal"]), row["present"], row["wanted"], evidence))
    return told


def reasons(retailer_ids: Iterable[Any], found: Iterable[Finding], *, most: int = 3) -> dict[Any, tuple[Reason, ...]]:
    """Why each retailer is visited, the most pressing reason first.

    Parameters
    ----------
    retailer_ids : whom the plan visits
    found : findings, also about others, in any order
    most : reasons a visit tells, >= 1; of several findings of one signal the one farthest from what is wanted is told

    Returns
    -------
    for every retailer at least one reason; `regular` where nothing was found
    """
    wanted = set(retailer_ids)
    by_retailer: dict[Any, dict[Signal, Finding]] = {}
    for finding in found:
        if finding.retailer_id in wanted:
            best = by_retailer.setdefault(finding.retailer_id, {})
            known = best.get(finding.signal)
            if known is None or _farness(finding) > _farness(known):
                best[finding.signal] = finding
    return {
        retailer_id: tuple(
            _reason(by_retailer[retailer_id][signal]) for signal in Signal if signal in by_retailer[retailer_id]
        )[:most]
        if retailer_id in by_retailer
        else (_reason(Finding(retailer_id, Signal.REGULAR, None, 1.0)),)
        for retailer_id in sorted(wanted)
    }


def _farness(finding: Finding) -> tuple[float, str]:
    known = finding.present is not None and finding.wanted is not None
    distance = abs((finding.present or 0.0) - (finding.wanted or 0.0)) if known else float("inf")
    # Equally far: whichever comes first in writing, so that the order of the findings does not matter.
    return distance, repr((finding.present, finding.wanted, sorted(finding.evidence.items(), key=lambda item: item[0])))


def _reason(finding: Finding) -> Reason:
    return Reason(finding.signal, finding.present, finding.wanted, WAYS[finding.signal], finding.evidence)

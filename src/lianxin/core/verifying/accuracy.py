"""How right the rules are, measured by drawn checks: how many hollow visits they find and how many made ones they suspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z: Final = 1.959964  # two-sided 95 %


@dataclass(frozen=True)
class Rate:
    """A weighted share with Wilson's 95 % interval over the effective number; all None where n is below the least sample."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Accuracy:
    """What drawn checks say of one rule.

    found : of the visits that a check did not confirm, those that the rule had marked
    false : of the visits that a check confirmed, those that the rule had marked all the same
    right : of the marked and checked visits, those that the check did not confirm
    """

    rule: str
    found: Rate
    false: Rate
    right: Rate


def accuracy(rows: Sequence[tuple[str, float, Mapping[str, str]]], least: int) -> list[Accuracy]:
    """The accuracy of every rule, by code.

    Parameters
    ----------
    rows : one per check: what it found (yes, no, cannot_tell), the chance by which the visit was drawn, the rules' answers
    least : smallest number of checks from which a share is told

    Each check counts as one over its chance, so that drawing risky visits more often makes no rule look better. A check that
    cannot tell, and a rule that cannot, count nowhere. Calls err as people's memory does: a rule is a little better than this.

    Source
    ------
    Hájek 1971 (weighted share); Wilson 1927 over the effective number of Kish 1965.
    """
    codes = sorted({code for _told, _chance, answers in rows for code in answers} - {"not_confirmed"})
    return [_of_rule(code, rows, least) for code in codes]


def _of_rule(code: str, rows: Sequence[tuple[str, float, Mapping[str, str]]], least: int) -> Accuracy:
    told = [
        (confirmed == "no", answers.get(code) == "yes", 1.0 / chance)
        for confirmed, chance, answers in rows
        if confirmed in ("yes", "no") and answers.get(code) in ("yes", "no")
    ]
    return Accuracy(
        code,
        found=_rate([(marked, weight) for hollow, marked, weight in told if hollow], least),
        false=_rate([(marked, weight) for hollow, marked, weight in told if not hollow], least),
        right=_rate([(hollow, weight) for hollow, marked, weight in told if marked], least),
    )


def _rate(cases: list[tuple[bool, float]], least: int) -> Rate:
    if len(cases) < least:
        return Rate(None, None, None, len(cases))
    total = sum(weight for _hit, weight in cases)
    share = sum(weight for hit, weight in cases if hit) / total
    n = total * total / sum(weight * weight for _hit, weight in cases)
    centre = (share + _Z * _Z / (2 * n)) / (1 + _Z * _Z / n)
    half = _Z * sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n)) / (1 + _Z * _Z / n)
    return Rate(share, max(0.0, centre - half), min(1.0, centre + half), len(cases))

"""On which working days of a cycle a retailer can be visited so that its visits are spread evenly."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache


@cache
def even_patterns(n_days: int, n_visits: int) -> tuple[tuple[int, ...], ...]:
    """Every way of spreading visits over a cycle of days so that gaps differ by at most one day and mix evenly.

    Parameters
    ----------
    n_days : working days of the cycle, >= 1
    n_visits : visits of one retailer in the cycle, 0 <= n_visits <= n_days

    Returns
    -------
    ascending day numbers 0 … n_days − 1; n_days / gcd(n_days, n_visits) patterns, in ascending order

    Invariants
    ----------
    Every pattern has n_visits distinct days.
    Counted around the cycle (from the last visit to the first of the next cycle too) gaps are ⌊n_days / n_visits⌋ or one more.
    Every day lies in equally many patterns.

    Source
    ------
    The rotations of the balanced word ⌊(j·n_days + r) / n_visits⌋ (Bjorklund's Euclidean rhythms; Clough & Douthett 1991).

    Examples
    --------
    >>> even_patterns(20, 4)[0], len(even_patterns(20, 4))
    ((0, 5, 10, 15), 5)
    >>> even_patterns(5, 2)
    ((0, 2), (0, 3), (1, 3), (1, 4), (2, 4))
    """
    if n_visits == 0:
        return ((),)
    found = {
        tuple(sorted((j * n_days + shift) // n_visits % n_days for j in range(n_visits)))
        for shift in range(n_days * n_visits)
    }
    return tuple(sorted(found))


def is_even(days: Sequence[int], n_days: int) -> bool:
    """Whether gaps between visits, counted around the cycle, differ by at most one working day."""
    ordered = sorted(days)
    if len(set(ordered)) < len(ordered):
        return False
    following = [*ordered[1:], *(day + n_days for day in ordered[:1])]
    gaps = [after - day for day, after in zip(ordered, following, strict=True)]
    return not gaps or max(gaps) - min(gaps) <= 1

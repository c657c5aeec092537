"""Key retailers that a month left without a valid visit. Three answers: a yes asks, and what cannot be told accuses nobody."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

YES, NO, CANNOT_TELL = "yes", "no", "cannot_tell"
VISITED, NEVER, ONLY_HOLLOW = "visited", "never", "only_hollow"
UNTOLD, PART_OF_MONTH, EXCUSED, NOT_OVER = "untold", "part_of_month", "excused", "not_over"
BECAUSE: Final = (VISITED, NEVER, ONLY_HOLLOW, UNTOLD, PART_OF_MONTH, EXCUSED, NOT_OVER)


@dataclass(frozen=True)
class Key:
    """A key retailer and who holds it at the month's end.

    is_whole : it was a key retailer and held by the same manager all month; is_excused : a planned visit to it was excused
    """

    manager_id: int
    retailer_id: int
    is_whole: bool = True
    is_excused: bool = False


@dataclass(frozen=True)
class Reached:
    """Whether a key retailer was left without a valid visit, why one says so, and the visits that were made."""

    manager_id: int
    retailer_id: int
    answer: str
    because: str
    n_visits: int
    n_hollow: int


@dataclass(frozen=True)
class Unvisited:
    """How many of a manager's key retailers had no valid visit, of the `n_told` of which it can be told."""

    manager_id: int
    n_unvisited: int
    n_told: int
    n_all: int


def reached(keys: Sequence[Key], visits: Iterable[tuple[int, str]], *, is_over: bool) -> list[Reached]:
    """The answer for every key retailer, by manager and retailer.

    Parameters
    ----------
    visits : (retailer_id, answer) of the month's visits, whoever made them; answer yes (looks hollow), no or cannot_tell
    is_over : whether the month is; before its end a visit that is missing may still be made

    A visit is valid unless it looks hollow; where every visit left is one of which nobody can tell, so is the answer. Without a
    valid visit nobody can tell either where the retailer was taken over or became a key one in the month, or where a planned
    visit was excused (absence, weather, holiday).

    Source
    ------
    trade sources 4.6: key retailer without a valid visit in the month, default 0 visits; missing data is "cannot tell".
    """
    made: dict[int, list[str]] = defaultdict(list)
    for retailer, answer in visits:
        made[retailer].append(answer)
    found = []
    for key in sorted(keys, key=lambda one: (one.manager_id, one.retailer_id)):
        answers = made.get(key.retailer_id, [])
        answer, because = _answer(key, answers, is_over)
        found.append(Reached(key.manager_id, key.retailer_id, answer, because, len(answers), answers.count(YES)))
    return found


def _answer(key: Key, answers: Sequence[str], is_over: bool) -> tuple[str, str]:
    if NO in answers:
        return NO, VISITED
    if CANNOT_TELL in answers:
        return CANNOT_TELL, UNTOLD
    if not is_over:
        return CANNOT_TELL, NOT_OVER
    if key.is_excused:
        return CANNOT_TELL, EXCUSED
    if not key.is_whole:
        return CANNOT_TELL, PART_OF_MONTH
    return YES, ONLY_HOLLOW if answers else NEVER


def by_manager(found: Iterable[Reached]) -> list[Unvisited]:
    """The sums of each manager that has a key retailer, by manager."""
    rows: dict[int, list[Reached]] = defaultdict(list)
    for row in found:
        rows[row.manager_id].append(row)
    return [
        Unvisited(
            manager,
            sum(row.answer == YES for row in several),
            sum(row.answer != CANNOT_TELL for row in several),
            len(several),
        )
        for manager, several in sorted(rows.items())
    ]

"""Logs written by different hands: sentences of the office, of the trade, and of one's own.

Every text is put together in columns: sentences of one variant are filled at once, so that a city-year takes seconds.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.simulation.catalogue import PRODUCTS
from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork import words
from lianxin.simulation.fieldwork.conduct import is_ghost
from lianxin.simulation.fieldwork.ground import N_PRODUCTS_KNOWN, Ground
from lianxin.simulation.fieldwork.rounds import FRIENDLY, Rounds
from lianxin.simulation.fieldwork.timeline import Timeline

TERSE, ORDINARY, VERBOSE = range(3)
# Sentences about the shop in a log, by verbosity: fewest and most.
_FEWEST, _MOST = np.array([1, 2, 3]), np.array([2, 4, 6])
_OWN_WORDS = np.array([0.05, 0.4, 0.85])
_OPENS, _CLOSES = np.array([0.05, 0.45, 0.7]), np.array([0.05, 0.4, 0.65])
_HABIT_SHARE = 0.55
_ENDS = ("。", "；", "，")
_BRANDS = sorted({product.brand for product in PRODUCTS})
_BRAND_OF = np.array([_BRANDS.index(product.brand) for product in PRODUCTS])
_PLACEHOLDER = re.compile(r"\{(\w)\}")


@dataclass(frozen=True, slots=True)
class Slots:
    """By text: what may stand in each placeholder."""

    values: Mapping[str, pa.Array]

    def of(self, letter: str, rows: np.ndarray) -> pa.Array:
        return self.values[letter].take(pa.array(rows))


def filled(sentences: Sequence[str], variant: np.ndarray, rows: np.ndarray, slots: Slots) -> pa.Array:
    """One sentence for each entry: `sentences[variant]` with the placeholders of the text in `rows` filled in."""
    order = np.argsort(variant, kind="stable")
    edges = np.searchsorted(variant[order], np.arange(len(sentences) + 1))
    parts: list[pa.Array] = []
    for number, sentence in enumerate(sentences):
        here = rows[order[edges[number] : edges[number + 1]]]
        if len(here):
            pieces = _PLACEHOLDER.split(sentence)
            columns = [slots.of(piece, here) if at % 2 else pa.scalar(piece) for at, piece in enumerate(pieces)]
            if len(columns) == 1:
                parts.append(pa.repeat(columns[0], len(here)))
            else:
                parts.append(pc.binary_join_element_wise(*columns, ""))
    if not parts:
        return pa.array([], pa.string())
    back = np.empty(len(order), dtype=np.int64)
    back[order] = np.arange(len(order))
    return pa.concat_arrays(parts).take(pa.array(back))


def build_notes(ground: Ground, rounds: Rounds, conduct: np.ndarray, timeline: Timeline) -> pa.Array:
    """The log of each visit as an honest writer of that hand would write it."""
    rng = stream(ground.settings.seed, "fieldwork notes")
    n, staff = len(rounds), ground.staff
    keeper = _keepers(rng, rounds)
    slots = _slots(rng, ground, rounds, keeper)
    verbosity = staff.verbosity[rounds.manager]
    short = (rounds.kind == FRIENDLY) | timeline.is_shut
    # A ghost has little to tell: what is made up stays short.
    wordy = np.where(is_ghost(conduct) & (rng.random(n) < 0.5), TERSE, verbosity)
    count = _FEWEST[wordy] + (rng.random(n) * (_MOST[wordy] - _FEWEST[wordy] + 1)).astype(np.int64)
    count[short] = 1
    text = _body(rng, ground, rounds, timeline, keeper, count)
    ends = _endings(rng, len(staff.employee_no))[rounds.manager]
    text = _with(text, ~short & (rng.random(n) < _OWN_WORDS[wordy]), lambda rows: _own_words(rng, rows, slots), ends)
    wet = ground.rain_at(ground.shops.town[rounds.retailer], rounds.day) > 0
    text = _with(text, wet & ~short & (rng.random(n) < 0.15), lambda rows: _rain(rng, rows, slots), ends)
    opening = rng.random(n) < np.where(short, 0.1, _OPENS[wordy])
    closing = rng.random(n) < np.where(short, 0.08, _CLOSES[wordy])
    hands = len(staff.employee_no)
    opened = _fixed(words.OPENINGS, _favourite(rng, hands, len(words.OPENINGS), rounds.manager), opening)
    closed = _fixed(words.CLOSINGS, _favourite(rng, hands, len(words.CLOSINGS), rounds.manager), closing)
    has_habit = staff.habit[rounds.manager] & ~short & (rng.random(n) < _HABIT_SHARE)
    habit = _fixed(words.HABITS, rounds.manager % len(words.HABITS), has_habit)
    stop = pa.array(np.where((verbosity == TERSE) & ~closing & ~has_habit, "", "。"))
    return pc.binary_join_element_wise(opened, text, stop, closed, habit, "")


def _keepers(rng: np.random.Generator, rounds: Rounds) -> pa.Array:
    """Whom the log speaks of: on most visits to a shop the same person."""
    return pa.array(words.KEEPERS).take(
        pa.array((rounds.retailer * 7 + (rng.random(len(rounds)) < 0.2)) % len(words.KEEPERS))
    )


def slots_of(rng: np.random.Generator, ground: Ground, rounds: Rounds) -> Slots:
    """What may be spoken of at these visits."""
    return _slots(rng, ground, rounds, _keepers(rng, rounds))


def _slots(rng: np.random.Generator, ground: Ground, rounds: Rounds, keeper: pa.Array) -> Slots:
    n, shops = len(rounds), ground.shops
    names = pa.array([product.name for product in PRODUCTS] + [product.name.split("（")[0] for product in PRODUCTS])
    column = rng.integers(0, N_PRODUCTS_KNOWN, n)
    other = (column + rng.integers(1, N_PRODUCTS_KNOWN, n)) % N_PRODUCTS_KNOWN
    first, second = shops.products[rounds.retailer, column], shops.products[rounds.retailer, other]
    second = np.where(second == first, (second + 7) % len(PRODUCTS), second)
    # Most speak of the brand alone, unless two of its products have to be told apart.
    alike = _BRAND_OF[first] == _BRAND_OF[second]
    first = first + np.where(alike | (rng.random(n) < 0.45), 0, len(PRODUCTS))
    second = second + np.where(alike | (rng.random(n) < 0.45), 0, len(PRODUCTS))
    month = np.array([date.fromordinal(int(d)).month for d in ground.days])
    months = month[np.searchsorted(ground.days, rounds.day)]
    seasons = pa.array([word for number in range(1, 13) for word in words.SEASONS[number]])
    besides = (rounds.retailer * 5 + rng.integers(0, 4, n)) % len(words.GOODS_BESIDES)
    numbers = pa.array([str(number) for number in range(200)])

    def drawn(pool: Sequence[str], index: np.ndarray) -> pa.Array:
        return pa.array(pool).take(pa.array(index))

    return Slots(
        {
            "p": names.take(pa.array(first)),
            "q": names.take(pa.array(second)),
            "n": numbers.take(pa.array(rng.integers(2, 12, n))),
            "m": numbers.take(pa.array(rng.integers(6, 70, n))),
            "d": numbers.take(pa.array(rng.integers(2, 15, n))),
            "t": drawn(words.TIMES, rng.integers(0, len(words.TIMES), n)),
            "o": keeper,
            "k": drawn(words.CUSTOMERS, rng.integers(0, len(words.CUSTOMERS), n)),
            "g": drawn(words.GOODS_BESIDES, besides),
            "s": seasons.take(pa.array((months - 1) * 3 + rng.integers(0, 3, n))),
        }
    )


def _body(
    rng: np.random.Generator, ground: Ground, rounds: Rounds, timeline: Timeline, keeper: pa.Array, count: np.ndarray
) -> pa.Array:
    """The sentences about the shop, joined as this writer joins them."""
    n, staff = len(rounds), ground.staff
    everything = [sentence for topic in words.TOPICS.values() for sentence in topic]
    sizes = np.array([len(topic) for topic in words.TOPICS.values()])
    begins = np.concatenate(([0], np.cumsum(sizes)))
    pool = (*everything, *words.TERSE, *words.SHUT, *words.FRIENDLY)
    terse, shut = len(everything), len(everything) + len(words.TERSE)
    friendly = shut + len(words.SHUT)
    hands = len(staff.employee_no)
    liking = np.exp(rng.normal(0, 0.7, (hands, len(everything))))
    # Each topic in its turn, in an order of the day's own, so that no log speaks twice of the same.
    turn = np.argsort(rng.random((n, len(sizes))), axis=1)
    ends = pa.array(_ENDS)
    joined_by = ends.take(pa.array(_endings(rng, hands)[rounds.manager]))
    text: pa.Array | None = None
    for step in range(int(count.max(initial=1))):
        rows = np.flatnonzero(count > step)
        topic = turn[rows, step]
        variant = _liked(rng, liking, rounds.manager[rows], begins, topic)
        if step == 0:
            variant = np.where(
                (staff.verbosity[rounds.manager] == TERSE) & (rng.random(n) < 0.6),
                terse + rng.integers(0, len(words.TERSE), n),
                variant,
            )
            is_friendly = rounds.kind == FRIENDLY
            variant = np.where(is_friendly, friendly + rng.integers(0, len(words.FRIENDLY), n), variant)
            variant = np.where(timeline.is_shut, shut + rng.integers(0, len(words.SHUT), n), variant)
        # Every sentence speaks of other goods and numbers, and of the same person.
        sentence = filled(pool, variant, rows, _slots(rng, ground, rounds, keeper))
        if text is None:
            text = sentence
        else:
            longer = pc.binary_join_element_wise(
                text.take(pa.array(rows)), joined_by.take(pa.array(rows)), sentence, ""
            )
            text = _replaced(text, rows, longer)
    assert text is not None
    return text


def _liked(
    rng: np.random.Generator, liking: np.ndarray, manager: np.ndarray, begins: np.ndarray, topic: np.ndarray
) -> np.ndarray:
    """A variant of the topic, drawn as this writer likes them."""
    cumulative = np.concatenate((np.zeros((len(liking), 1)), np.cumsum(liking, axis=1)), axis=1)
    low, high = cumulative[manager, begins[topic]], cumulative[manager, begins[topic + 1]]
    target = low + rng.random(len(topic)) * (high - low)
    # All writers' rows in one rising line, so that one search serves them all.
    step = cumulative[:, -1].max() + 1
    line = (cumulative[:, 1:] + step * np.arange(len(liking))[:, None]).ravel()
    found = np.searchsorted(line, target + step * manager, side="right") - manager * liking.shape[1]
    return np.clip(found, begins[topic], begins[topic + 1] - 1)


def _own_words(rng: np.random.Generator, rows: np.ndarray, slots: Slots) -> pa.Array:
    subject = filled(words.OWN_SUBJECT, rng.integers(0, len(words.OWN_SUBJECT), len(rows)), rows, slots)
    event = filled(words.OWN_EVENT, rng.integers(0, len(words.OWN_EVENT), len(rows)), rows, slots)
    thought = filled(words.OWN_THOUGHT, rng.integers(0, len(words.OWN_THOUGHT), len(rows)), rows, slots)
    return pc.binary_join_element_wise(subject, event, pa.scalar("，"), thought, "")


def _rain(rng: np.random.Generator, rows: np.ndarray, slots: Slots) -> pa.Array:
    return filled(words.RAIN, rng.integers(0, len(words.RAIN), len(rows)), rows, slots)


def _endings(rng: np.random.Generator, hands: int) -> np.ndarray:
    return rng.integers(0, 3, hands)


def _favourite(rng: np.random.Generator, hands: int, n: int, manager: np.ndarray) -> np.ndarray:
    """Each hand has one template sentence that it uses three times in four."""
    usual = rng.integers(0, n, hands)[manager]
    return np.where(rng.random(len(manager)) < 0.75, usual, rng.integers(0, n, len(manager)))


def _fixed(pool: Sequence[str], index: np.ndarray, where: np.ndarray) -> pa.Array:
    return pa.array([*pool, ""]).take(pa.array(np.where(where, index, len(pool))))


def _with(text: pa.Array, where: np.ndarray, made: Callable[[np.ndarray], pa.Array], ends: np.ndarray) -> pa.Array:
    rows = np.flatnonzero(where)
    if not len(rows):
        return text
    joint = pa.array(_ENDS).take(pa.array(ends[rows]))
    return _replaced(text, rows, pc.binary_join_element_wise(text.take(pa.array(rows)), joint, made(rows), ""))


def _replaced(text: pa.Array, rows: np.ndarray, longer: pa.Array) -> pa.Array:
    """`text` with other values at `rows`."""
    place = np.arange(len(text))
    place[rows] = len(text) + np.arange(len(rows))
    return pa.concat_arrays([text, longer]).take(pa.array(place))

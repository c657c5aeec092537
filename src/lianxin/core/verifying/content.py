"""The own content of notes: what remains when the phrases that many notes share are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from lianxin.core.verifying.prepared import Array

_END: Final = 10  # notes are laid end to end, a line feed between them
_SPACES: Final = (9, 11, 12, 13, 32, 160, 0x3000)
_MARKS: Final = tuple(ord(sign) for sign in "，。；：！？、,.;:!?…—-~～()（）[]【】《》<>“”\"'‘’/|+*#")
_MARK: Final = 44
_MOST_BITS: Final = 10.0
# Of the type of the counts, or else NumPy takes the slow way.
_ONE: Final = np.int32(1)
# How often a writer may use a phrase before it counts as a standing one.
_OWN_FREE, _OWN_SHARE = 4, 0.002
# A phrase that so many people write is nobody's own: of few people three are as many as four of a city.
_MANY_WRITERS: Final = 4
_MANY_OF_FEW: Final = 3
_FEW: Final = 30
# Characters are counted in pieces of this many notes, small enough for the processor's own memory.
_PIECE: Final = 1_000
_LEARNT: Final = 200_000
_LEAST_BUCKETS, _MOST_BUCKETS = 1 << 16, 1 << 24

_FIRST: Final = np.uint64(0xFF51AFD7ED558CCD)
_SECOND: Final = np.uint64(0x9E3779B97F4A7C15)
_THIRD: Final = np.uint64(0xD6E8FEB86659FD93)
_FOURTH: Final = np.uint64(0xC2B2AE3D27D4EB4F)


@dataclass(frozen=True)
class Written:
    """Notes as one long array of characters.

    codes : uint32, the characters of all notes, each note followed by a line feed
    starts : int64 (n + 1,), where each note begins
    is_own : bool, characters that no standing phrase foretells
    cost : float32, the surprise of each character in bits
    bits : float64 (n,), own content of each note: the cost of its own characters
    gram, long_gram : uint32, hashes of the three and the five characters that end at each place
    """

    codes: Array
    starts: Array
    is_own: Array
    cost: Array
    bits: Array
    gram: Array
    long_gram: Array


@dataclass(frozen=True)
class _Runs:
    """Numbers of a piece of the notes: each character's context and the context with it, of five kinds."""

    single: Array
    pair: Array
    double: Array
    triple: Array
    within: tuple[Array, Array]
    across: tuple[Array, Array]


def _laid_out(notes: Sequence[str | None]) -> tuple[Array, Array]:
    flat = "\n".join((note or "").replace("\n", " ") for note in notes) + "\n"
    codes = np.frombuffer(flat.encode("utf-32-le", "replace"), dtype=np.uint32)
    codes = codes[~_among(codes, _SPACES)]
    return codes, np.concatenate([[0], np.flatnonzero(codes == _END) + 1]).astype(np.int64)


def _among(codes: Array, signs: tuple[int, ...]) -> Array:
    known = np.zeros(1 << 16, bool)
    known[list(signs)] = True
    return known[np.minimum(codes, (1 << 16) - 1)]


def _back(codes: Array, by: int) -> Array:
    """The character `by` places before; line feeds before the first."""
    moved = np.full_like(codes, _END)
    moved[by:] = codes[:-by]
    return moved


def _chained(codes: Array, stops: Array) -> tuple[Array, Array, Array]:
    """The one, two and three characters before each place; a line feed stands for all before a stop."""
    known = np.where(stops, np.uint64(_END), codes.astype(np.uint64))
    one, two, three = _back(known, 1), _back(known, 2), _back(known, 3)
    two[one == _END] = _END
    three[two == _END] = _END
    return one, two, three


def _runs(codes: Array) -> _Runs:
    marks = _among(codes, _MARKS)
    plain = np.where(marks, np.uint32(_MARK), codes)
    place = plain.astype(np.uint64)
    last = place * _SECOND
    # Within a phrase what stands before a mark foretells nothing.
    one, two, three = _chained(codes, marks)
    double = (two << np.uint64(21)) ^ one
    within = ((three << np.uint64(42)) ^ double) * _FIRST
    # Across marks: sentences that always follow each other are one phrase.
    first, second, third = _chained(plain, np.zeros(len(codes), bool))
    across = ((third << np.uint64(42)) ^ (second << np.uint64(21)) ^ first) * _THIRD
    return _Runs(
        single=one,
        pair=(one << np.uint64(21)) ^ place,
        double=double,
        triple=(double << np.uint64(21)) ^ place,
        within=(within, within ^ last),
        across=(across, across ^ last),
    )


class _Counts:
    """How often each number came, in a fixed number of buckets; collisions count a little too much."""

    def __init__(self, buckets: int) -> None:
        self._shift = np.uint64(64 - (buckets.bit_length() - 1))
        self._counts = np.zeros(buckets, np.int32)

    def _at(self, numbers: Array) -> Array:
        # The high bits of a product with an odd constant: near numbers fall far apart.
        return ((numbers ^ (numbers >> np.uint64(31))) * _FIRST >> self._shift).view(np.int64)

    def add(self, numbers: Array) -> None:
        np.add.at(self._counts, self._at(numbers), _ONE)

    def of(self, numbers: Array) -> Array:
        return self._counts[self._at(numbers)]


class _Writers:
    """How many people wrote each number; one too few where two meet in a bucket."""

    def __init__(self, buckets: int) -> None:
        self._seen = np.zeros(buckets, bool)
        self._last = np.zeros(buckets, np.int32)
        self.counts = _Counts(buckets)

    def add(self, numbers: Array, salted: Array) -> None:
        at = self.counts._at(salted ^ _SECOND)
        index = np.arange(len(at), dtype=np.int32)
        self._last[at] = index
        new = (self._last[at] == index) & ~self._seen[at]
        self._seen[at] = True
        self.counts.add(numbers[new])


class _Phrases:
    """What follows which three characters, in all notes and in each writer's."""

    def __init__(self, buckets: int, many: int) -> None:
        self.many = many
        self.all_context, self.all_run = _Counts(buckets), _Counts(buckets)
        self.own_context, self.own_run = _Counts(buckets), _Counts(buckets)
        self.writers = _Writers(buckets)

    def add(self, runs: tuple[Array, Array], salt: Array) -> None:
        context, run = runs
        self.all_context.add(context)
        self.all_run.add(run)
        self.own_context.add(context ^ salt)
        self.own_run.add(run ^ salt)
        self.writers.add(run, run ^ salt)

    def bits(self, runs: tuple[Array, Array], salt: Array, free: Array) -> Array:
        """Bits of each character in a phrase of many people or a standing one of this writer; the most in none."""
        context, run = runs
        many = self.writers.counts.of(run) >= self.many
        everyone = _bits(self.all_run.of(run), self.all_context.of(context), many)
        often = self.own_run.of(run ^ salt)
        return np.minimum(everyone, _bits(often, self.own_context.of(context ^ salt), often > free))


def _bits(run: Array, context: Array, known: Array) -> Array:
    share = run.astype(np.float32) / np.maximum(context, 1)
    bits = np.full(len(run), _MOST_BITS, np.float32)
    bits[known] = np.clip(-np.log2(np.clip(share[known], 1e-6, 1.0)), 0.0, _MOST_BITS)
    return bits


def written(notes: Sequence[str | None], writer: Array) -> Written:
    """The notes laid out, with the own content of every character.

    A character costs −log2 of its share among what follows the three characters before it: in the notes of all, where at least
    four people (of few: three) wrote it; in those of the writer, where it came oftener than chance and a few copies explain; else
    its share after the one or two characters before it. Texts that are wholly equal count once a writer. Of more notes than
    `_LEARNT` an even part is learnt from, chosen by content so that no order of rows matters.
    """
    codes, starts = _laid_out(notes) if len(notes) else (np.zeros(0, np.uint32), np.zeros(1, np.int64))
    salts = (writer.astype(np.uint64) + np.uint64(1)) * _THIRD
    pieces = list(_pieces(starts))
    learnt = _learnt(codes, starts, salts, pieces)
    n_learnt = int(np.diff(starts)[learnt].sum())
    buckets = _LEAST_BUCKETS
    while buckets < min(2 * n_learnt, _MOST_BUCKETS):
        buckets *= 2
    small = max(buckets // 4, _LEAST_BUCKETS)
    single, pair, double, triple = _Counts(small), _Counts(small), _Counts(buckets), _Counts(buckets)
    many = _MANY_OF_FEW if len(np.unique(writer)) <= _FEW else _MANY_WRITERS
    within, across = _Phrases(buckets, many), _Phrases(buckets, many)
    for some, span in pieces:
        counts = np.repeat(learnt[some], np.diff(starts[some.start : some.stop + 1]))
        if not counts.any():
            continue
        runs = _runs(codes[span])
        salt = np.repeat(salts[some], np.diff(starts[some.start : some.stop + 1]))[counts]
        for counter, numbers in (
            (single, runs.single),
            (pair, runs.pair),
            (double, runs.double),
            (triple, runs.triple),
        ):
            counter.add(numbers[counts])
        within.add((runs.within[0][counts], runs.within[1][counts]), salt)
        across.add((runs.across[0][counts], runs.across[1][counts]), salt)
    per_writer = np.bincount(writer[learnt], minlength=int(writer.max(initial=0)) + 1)
    free = (_OWN_FREE + _OWN_SHARE * per_writer)[writer]
    cost, is_own = np.zeros(len(codes), np.float32), np.zeros(len(codes), bool)
    gram, long_gram = np.zeros(len(codes), np.uint32), np.zeros(len(codes), np.uint32)

    def weigh(piece: tuple[slice, slice]) -> None:
        some, span = piece
        runs, lengths = _runs(codes[span]), np.diff(starts[some.start : some.stop + 1])
        salt, allowed = np.repeat(salts[some], lengths), np.repeat(free[some], lengths)
        phrase = np.minimum(within.bits(runs.within, salt, allowed), across.bits(runs.across, salt, allowed))
        n_pair, n_triple = pair.of(runs.pair), triple.of(runs.triple)
        base = _bits(n_pair, single.of(runs.single), n_pair > 0)
        base = np.minimum(base, _bits(n_triple, double.of(runs.double), n_triple > _OWN_FREE))
        content = ~(_among(codes[span], _MARKS) | (codes[span] == _END))
        cost[span] = np.where(content, np.minimum(phrase, base), 0.0)
        is_own[span] = (phrase >= 1.0) & content
        gram[span] = ((runs.triple * _SECOND) >> np.uint64(32)).astype(np.uint32)
        long_gram[span] = _long_grams(codes[span])

    # NumPy lets go of the interpreter inside its loops; every piece writes to its own place.
    with ThreadPoolExecutor(2) as desk:
        list(desk.map(weigh, pieces))
    bits = np.add.reduceat(np.where(is_own, cost, 0.0).astype(np.float64), starts[:-1]) if len(notes) else np.zeros(0)
    return Written(codes, starts, is_own, cost, bits, gram, long_gram)


def _pieces(starts: Array) -> Iterator[tuple[slice, slice]]:
    """The notes in pieces: which notes, and which characters."""
    for begin in range(0, len(starts) - 1, _PIECE):
        end = min(begin + _PIECE, len(starts) - 1)
        yield slice(begin, end), slice(int(starts[begin]), int(starts[end]))


def _learnt(codes: Array, starts: Array, salts: Array, pieces: list[tuple[slice, slice]]) -> Array:
    """Which notes teach the phrases: of wholly equal ones of a writer the first, and of too many an even part."""
    keys = np.zeros(len(salts), np.uint64)
    for some, span in pieces:
        lengths = np.diff(starts[some.start : some.stop + 1])
        begins = starts[some] - span.start
        place = np.arange(span.stop - span.start, dtype=np.uint64) - np.repeat(begins, lengths).astype(np.uint64)
        mixed = (codes[span].astype(np.uint64) ^ (place << np.uint64(21))) * _SECOND
        mixed ^= mixed >> np.uint64(29)
        keys[some] = np.add.reduceat(mixed * _FIRST, begins)
    keys = (keys ^ salts) * _FIRST
    first = np.zeros(len(keys), bool)
    first[np.unique(keys, return_index=True)[1]] = True
    if first.sum() > _LEARNT:
        first &= (keys >> np.uint64(40)) < np.uint64(int((1 << 24) * _LEARNT / first.sum()))
    return first


def _long_grams(codes: Array) -> Array:
    """The hash of the five characters that end at each place, punctuation among them."""
    made = codes.astype(np.uint64)
    for by, odd in ((1, _FIRST), (2, _SECOND), (3, _THIRD), (4, _FOURTH)):
        made ^= _back(codes, by).astype(np.uint64) * odd
        made *= _FOURTH
    return (made >> np.uint64(32)).astype(np.uint32)


def own_text(text: Written, place: int) -> str:
    """The own words of a note as one text."""
    begin, end = int(text.starts[place]), int(text.starts[place + 1])
    piece = text.codes[begin:end][text.is_own[begin:end]]
    return piece.tobytes().decode("utf-32-le", "replace")

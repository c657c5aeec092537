"""Notes whose own words are those of an earlier note.

What many notes say anyway (the form's words, a writer's standing phrases) is learnt from the notes themselves and counts for
nothing: the content of a character is its surprise, in bits, to somebody who knows the phrases of all notes and of this writer.
Notes that share rare runs of characters are found by MinHash and banding; their own words are then compared exactly. A note with
little content of its own cannot tell: two people who both write "all as usual" have copied nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rapidfuzz.distance import Indel
from rapidfuzz.process import cpdist

from lianxin.core.parameters import value_of
from lianxin.core.verifying.content import Written, own_text, written
from lianxin.core.verifying.pairing import candidates
from lianxin.core.verifying.prepared import Array

# A chance agreement must be this many bits less likely than once among all notes compared.
_MARGIN_BITS: Final = 15.0
# Bits are learnt from few notes and come out somewhat high.
_CAUTION: Final = 1.25
# Of fewer notes fewer phrases are known: chance is ruled out as among so many at least.
_FEW_NOTES: Final = 10_000
# Pairs less alike than this are not told.
_LEAST_KEPT: Final = 0.5
OWN, SHOP, COLLEAGUE = "own", "shop", "colleague"


@dataclass(frozen=True)
class Copies:
    """What the notes tell. Arrays are one per note, in the order of the notes.

    answer : int8, 1 copied, 0 not, -1 cannot tell
    similarity : float64, of the own words to the most similar earlier note found, 0 if none was
    source : int64, the place of that earlier note, -1 if none; scope : own, shop or colleague
    bits : float64, own content
    """

    answer: Array
    similarity: Array
    source: Array
    scope: Array
    bits: Array


def copies(
    notes: Sequence[str | None],
    manager: Array,
    retailer: Array,
    at: Array,
    parameters: Mapping[str, Any],
) -> Copies:
    """Which notes repeat the own words of an earlier one.

    Parameters
    ----------
    notes : texts, None or empty where nothing was written
    manager, retailer : int (n,), codes of writer and shop
    at : int (n,), when each was written; of two of the same moment the first in the list is the earlier

    Invariants
    ----------
    A source is earlier than its copy. A note with less own content than `verifying.copy_bits` answers -1.

    Source
    ------
    Broder 1997, resemblance by min-wise hashing; the threshold is calibrated on clean notes, see docs/reference/verification.md.
    """
    n = len(notes)
    least = float(value_of(parameters, "verifying.copy_bits"))
    alike = float(value_of(parameters, "verifying.copy_similarity"))
    text = written(notes, manager)
    told = text.bits >= least
    similarity, source = np.zeros(n), np.full(n, -1, np.int64)
    scope = np.full(n, "", dtype=object)
    later, earlier = candidates(text, np.flatnonzero(told), manager, at)
    if len(later):
        values = similarities(text, later, earlier)
        needed = _needed_bits(later, earlier, manager, retailer)
        near = values >= min(alike, _LEAST_KEPT)
        later, earlier, values, needed = later[near], earlier[near], values[near], needed[near]
        counts = shared_bits(text, later, earlier) >= needed
        later, earlier, values = later[counts], earlier[counts], values[counts]
        order = np.lexsort((earlier, -values, later))
        later, earlier, values = later[order], earlier[order], values[order]
        first = np.ones(len(later), bool)
        first[1:] = later[1:] != later[:-1]
        later, earlier, values = later[first], earlier[first], values[first]
        similarity[later], source[later] = values, earlier
        kinds = np.where(
            manager[later] == manager[earlier], OWN, np.where(retailer[later] == retailer[earlier], SHOP, COLLEAGUE)
        )
        scope[later] = kinds
    answer = np.where(told, (similarity >= alike).astype(np.int8), np.int8(-1))
    return Copies(answer.astype(np.int8), similarity, source, scope, text.bits)


def similarities(text: Written, later: Array, earlier: Array) -> Array:
    """The share of own words that two notes have in common, 0 to 1 (Indel similarity)."""
    wanted = np.unique(np.concatenate([later, earlier]))
    own = {int(place): own_text(text, int(place)) for place in wanted}
    first = [own[int(place)] for place in later]
    second = [own[int(place)] for place in earlier]
    return np.asarray(cpdist(first, second, scorer=Indel.normalized_similarity, dtype=np.float64, workers=-1))


def shared_bits(text: Written, later: Array, earlier: Array) -> Array:
    """Own content of the later notes that stands in the earlier ones too, trigram by trigram."""
    mine, of_mine = _characters(text, later)
    theirs, of_theirs = _characters(text, earlier)
    pair = np.uint64(0x9E3779B97F4A7C15)
    with np.errstate(over="ignore"):
        keys = text.gram[mine].astype(np.uint64) ^ (of_mine.astype(np.uint64) * pair)
        known = text.gram[theirs].astype(np.uint64) ^ (of_theirs.astype(np.uint64) * pair)
    found = np.isin(keys, known) & text.is_own[mine]
    return np.bincount(of_mine[found], weights=text.cost[mine][found], minlength=len(later))


def _characters(text: Written, notes: Array) -> tuple[Array, Array]:
    """Places of all characters of the notes, and to which of the notes each belongs."""
    begins, lengths = text.starts[notes], np.diff(text.starts)[notes]
    of_note = np.repeat(np.arange(len(notes)), lengths)
    inside = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return np.repeat(begins, lengths) + inside, of_note


def _needed_bits(later: Array, earlier: Array, manager: Array, retailer: Array) -> Array:
    """Bits that two notes must share before chance is ruled out among all that were compared."""
    of_manager = np.bincount(manager)[manager[later]]
    of_shop = np.bincount(retailer)[retailer[later]]
    total = np.full(len(later), len(manager))
    compared = np.where(
        manager[later] == manager[earlier], of_manager, np.where(retailer[later] == retailer[earlier], of_shop, total)
    )
    unknown = max(1.0, _FEW_NOTES / len(manager))
    return _CAUTION * np.log2(np.maximum(compared, 2) * unknown) + _MARGIN_BITS


def differing(note: str, source: str) -> list[tuple[str, str]]:
    """The two texts side by side in pieces: equal pieces stand alike in both, others as they differ.

    Examples
    --------
    >>> differing("库存足，价签齐", "库存少，价签齐")
    [('库存', '库存'), ('足', '少'), ('，价签齐', '，价签齐')]
    """
    pieces: list[tuple[str, str]] = []
    pending = ["", ""]
    for piece in Indel.opcodes(note, source):
        mine, theirs = note[piece.src_start : piece.src_end], source[piece.dest_start : piece.dest_end]
        if piece.tag == "equal":
            if pending != ["", ""]:
                pieces.append((pending[0], pending[1]))
                pending = ["", ""]
            pieces.append((mine, theirs))
        else:
            pending[0] += mine
            pending[1] += theirs
    if pending != ["", ""]:
        pieces.append((pending[0], pending[1]))
    return pieces

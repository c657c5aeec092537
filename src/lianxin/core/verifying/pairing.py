"""Pairs of notes worth comparing: MinHash of rare runs of five characters, cut into bands."""

from __future__ import annotations

from typing import Final

import numpy as np
from rensa import RMinHash  # type: ignore[import-untyped]

from lianxin.core.verifying.content import Written
from lianxin.core.verifying.prepared import Array

_PERMUTATIONS: Final = 48
_ROWS_A_BAND: Final = 3
_SEED: Final = 20260101
_BUCKETS: Final = 1 << 26
# Of the notes in one bucket each is compared with this many before it.
_LOOK_BACK: Final = 3
_COMMON_FREE, _COMMON_SHARE = 100, 0.001
_LEAST_AGREEING: Final = 0.3


def candidates(text: Written, told: Array, manager: Array, at: Array) -> tuple[Array, Array]:
    """Places of later and earlier notes that may be alike, each pair once.

    Parameters
    ----------
    told : places of the notes with enough own content
    """
    none = np.zeros(0, np.int64)
    if len(told) < 2:
        return none, none
    offsets, tokens = _tokens(text, told)
    enough = np.diff(offsets) >= 2
    if enough.sum() < 2:
        return none, none
    keep = np.repeat(enough, np.diff(offsets))
    lengths = np.diff(offsets)[enough]
    tokens, told = tokens[keep], told[enough]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    made = RMinHash.digest_matrix_from_flat_token_hashes(
        tokens.astype(np.uint64), offsets.astype(np.uint64), _PERMUTATIONS, _SEED
    )
    signatures = np.array(made.to_rows(), dtype=np.uint32)
    order = np.lexsort((told, at[told]))
    signatures, told = signatures[order], told[order]
    pairs = _same_buckets(signatures, manager[told])
    if not len(pairs):
        return none, none
    earlier, later = (pairs >> np.int64(32)), (pairs & np.int64(0xFFFFFFFF))
    agreeing = np.empty(len(pairs))
    for begin in range(0, len(pairs), 1 << 20):
        piece = slice(begin, begin + (1 << 20))
        agreeing[piece] = (signatures[later[piece]] == signatures[earlier[piece]]).mean(axis=1)
    alike = agreeing >= _LEAST_AGREEING
    return told[later[alike]], told[earlier[alike]]


def _tokens(text: Written, told: Array) -> tuple[Array, Array]:
    """Runs of five characters that end at own ones and that come in several notes but not in many, note after note."""
    wanted = np.zeros(len(text.starts) - 1, bool)
    wanted[told] = True
    lengths = np.diff(text.starts)
    place = np.flatnonzero(text.is_own & np.repeat(wanted, lengths))
    of_note = np.searchsorted(text.starts, place, side="right") - 1
    bucket = (text.long_gram[place] % np.uint32(_BUCKETS)).astype(np.int64)
    count = np.bincount(bucket, minlength=_BUCKETS)[bucket]
    rare = (count >= 2) & (count <= _COMMON_FREE + _COMMON_SHARE * len(told))
    tokens, of_note = text.long_gram[place][rare], of_note[rare]
    sizes = np.bincount(of_note, minlength=len(lengths))[told]
    return np.concatenate([[0], np.cumsum(sizes)]), tokens


def _same_buckets(signatures: Array, manager: Array) -> Array:
    """Pairs (earlier, later) of rows that agree in a band, as earlier · 2³² + later."""
    n, n_bands = len(signatures), _PERMUTATIONS // _ROWS_A_BAND
    found = []
    index = np.arange(n, dtype=np.int64)
    with np.errstate(over="ignore"):
        for band in range(n_bands):
            key = np.full(n, np.uint64(band + 1) * np.uint64(0x9E3779B97F4A7C15))
            for row in range(band * _ROWS_A_BAND, (band + 1) * _ROWS_A_BAND):
                key = (key ^ signatures[:, row].astype(np.uint64)) * np.uint64(0xFF51AFD7ED558CCD)
                key ^= key >> np.uint64(32)
            for scope in (key, key ^ (manager.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93))):
                order = np.argsort(scope, kind="stable")
                ordered, places = scope[order], index[order]
                for back in range(1, _LOOK_BACK + 1):
                    same = ordered[back:] == ordered[:-back]
                    if not same.any():
                        break
                    found.append((places[:-back][same] << np.int64(32)) | places[back:][same])
    if not found:
        return np.zeros(0, np.int64)
    pairs = np.sort(np.concatenate(found))
    return pairs[np.r_[True, pairs[1:] != pairs[:-1]]]

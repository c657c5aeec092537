"""Chance that depends on what it is about and not on the order of asking: the same shop is shut on the same day for all."""

import zlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


def mixed(seed: int, label: str, *keys: np.ndarray) -> np.ndarray:
    """uint64 of the keys' common shape, by SplitMix64 over seed, label and keys."""
    state = np.uint64((seed * 0x9E3779B1 + zlib.crc32(label.encode())) & 0xFFFFFFFFFFFFFFFF)
    result = np.asarray(state)
    with np.errstate(over="ignore"):
        for key in keys:
            result = result + np.asarray(key).astype(np.uint64) * _FIRST + _GOLDEN
            result = (result ^ (result >> np.uint64(30))) * _FIRST
            result = (result ^ (result >> np.uint64(27))) * _SECOND
            result = result ^ (result >> np.uint64(31))
    return result


def uniform(seed: int, label: str, *keys: np.ndarray) -> np.ndarray:
    """float64 in [0, 1), one for each combination of keys."""
    return np.asarray((mixed(seed, label, *keys) >> np.uint64(11)).astype(np.float64) / 2.0**53)


def pick(seed: int, label: str, n: int, *keys: np.ndarray) -> np.ndarray:
    """int64 in [0, n), one for each combination of keys."""
    return np.asarray((uniform(seed, label, *keys) * n).astype(np.int64))

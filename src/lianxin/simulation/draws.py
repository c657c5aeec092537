"""Random streams by name, so that a new generator never disturbs the draws of an old one."""

import zlib

import numpy as np


def stream(seed: int, label: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, zlib.crc32(label.encode())]))


def shares_to_counts(shares: np.ndarray, total: int) -> np.ndarray:
    """Whole counts that sum to `total`, by largest remainder; ties go to the earlier share."""
    exact = shares / shares.sum() * total
    counts = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - counts), kind="stable")
    counts[order[: total - int(counts.sum())]] += 1
    return np.asarray(counts)

"""Many tests at once: the false discovery rate."""

from __future__ import annotations

from typing import Final

import numpy as np

from lianxin.core.allocating.favour.holdings import Array
from lianxin.core.allocating.sentences import FAVOUR
from lianxin.core.errors import ParameterWrong

METHODS: Final = ("BH", "BY")


def q_values(p: Array, method: str) -> Array:
    """The smallest level at which each of the tests would be called a finding; NaN stays NaN and counts as no test.

    Parameters
    ----------
    p : float64 (n,)
    method : BH, or BY, which holds whatever hangs together and asks for more

    Raises
    ------
    ParameterWrong : there is no such method.

    Source
    ------
    Benjamini & Hochberg 1995; Benjamini & Yekutieli 2001.
    """
    if method not in METHODS:
        raise ParameterWrong.of(FAVOUR, "favour_correction", value=repr(method), known=", ".join(METHODS))
    found = np.full(len(p), np.nan)
    at = np.flatnonzero(~np.isnan(p))
    if not len(at):
        return found
    order = at[np.argsort(p[at], kind="stable")]
    n = len(order)
    rank = np.arange(1, n + 1)
    factor = float((1 / rank).sum()) if method == "BY" else 1.0
    raised = p[order] * n * factor / rank
    found[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return found

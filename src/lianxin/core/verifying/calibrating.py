"""The line above which notes count as copied, set on notes known to be clean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.errors import SchemaMismatch
from lianxin.core.verifying.contracts import VISITS
from lianxin.core.verifying.notes import copies
from lianxin.core.verifying.prepared import is_written
from lianxin.core.verifying.shares import wilson

_LINES: Final = np.arange(50, 101) / 100
# One-sided 95 %: the stated rate is to hold, not only to have been met once.
_Z: Final = 1.645


@dataclass(frozen=True)
class Calibration:
    """What clean notes tell of the line `verifying.copy_similarity`.

    similarity : the least line that keeps the stated rate, None where none does or the notes are too few
    n_notes, n_told : notes, and those of them with enough own content to tell
    n_untimed : notes left out, because nobody can tell when they were written and so which of two like ones is the later
    n_needed : notes with own content without which no line can be vouched for
    lines : one row a line: similarity, marked, share, high (the upper end of Wilson's interval, one-sided 95 %)
    """

    similarity: float | None
    n_notes: int
    n_told: int
    n_untimed: int
    n_needed: int
    lines: pa.Table


def calibrated(visits: pa.Table, *, false_share: float, parameters: Mapping[str, Any] | None = None) -> Calibration:
    """The least line at which at most `false_share` of honest notes would be marked, with 95 % confidence.

    Parameters
    ----------
    visits : one row per visit under the contract VISITS, of which every note is known to be the writer's own
    false_share : in (0, 1)
    parameters : the other numbers of copying, such as `verifying.copy_bits`; what is not given keeps its default

    Invariants
    ----------
    The order of rows changes nothing. A smaller `false_share` never gives a lower line.

    Raises
    ------
    SchemaMismatch : a column is missing or unreadable, or `false_share` is no share.

    Source
    ------
    Wilson 1927, the score interval of a proportion.
    """
    if not 0 < false_share < 1:
        raise SchemaMismatch(f"The false share lies between 0 and 1, {false_share} does not.")
    table = VISITS.of(visits)
    table = table.take(pc.sort_indices(table.column("visit_id")))
    # `verify` marks none of these, so that a line is not set by them either.
    is_timed = pc.fill_null(table.column("is_time_known"), True)
    n_untimed = pc.sum(pc.and_(pc.invert(is_timed), is_written(table.column("note")))).as_py() or 0
    table = table.filter(is_timed)
    manager, retailer = (
        table.column(name).combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
        for name in ("manager_id", "retailer_id")
    )
    at = table.column("check_in_at").cast(pa.timestamp("s")).cast(pa.int64()).to_numpy()
    numbers = {**(parameters or {}), "verifying.copy_similarity": _LINES[0]}
    found = copies(table.column("note").to_pylist(), manager, retailer, at, numbers)
    told = found.answer >= 0
    n = int(told.sum())
    marked = (found.similarity[told][:, None] >= _LINES[None, :]).sum(axis=0) if n else np.zeros(len(_LINES), np.int64)
    high = wilson(marked.astype(np.float64), np.full(len(_LINES), float(n)), _Z)[1]
    keeps = high <= false_share
    # A line counts only where every higher one keeps the rate too.
    first = len(_LINES) - int(np.argmin(keeps[::-1])) if not keeps.all() else 0
    lines = pa.table({"similarity": _LINES, "marked": marked, "share": marked / max(n, 1), "high": high})
    needed = int(np.ceil(_Z * _Z * (1 - false_share) / false_share))
    line = float(_LINES[first]) if first < len(_LINES) and n else None
    return Calibration(line, table.num_rows, n, n_untimed, needed, lines)

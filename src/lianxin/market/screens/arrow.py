"""A table's rows from an Arrow table: sorted and paged without making fifty thousand rows into objects."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.ui.sources import Ask, Slice


class ArrowSource:
    """Rows of an Arrow table; `finish` makes the few rows of a page into what the columns read."""

    def __init__(self, table: pa.Table, *, key: str, finish: Callable[[pa.Table], list[dict[str, Any]]]) -> None:
        self.table = table
        self.key = key
        self.finish = finish

    def page(self, ask: Ask) -> Slice:
        keys = [(ask.sort_by, "descending" if ask.descending else "ascending")]
        if ask.sort_by != self.key:
            keys.append((self.key, "ascending"))
        order = pc.sort_indices(self.table, sort_keys=keys)
        first = 0
        if ask.position is not None:
            sorted_keys = self.table.column(self.key).take(order).to_numpy()
            here = np.flatnonzero(sorted_keys == ask.position.key)
            if len(here) and ask.backward:
                first = max(0, int(here[0]) - ask.limit)
                return self._slice(order[first : int(here[0])])
            if len(here):
                first = int(here[0]) + 1
        return self._slice(order[first : first + ask.limit])

    def _slice(self, order: Any) -> Slice:
        return Slice(self.finish(self.table.take(order)), self.table.num_rows)

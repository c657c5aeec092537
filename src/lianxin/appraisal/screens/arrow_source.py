"""Rows of a table that an engine answered, asked one page at a time; only the page's rows become Python objects."""

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.ui.sources import Ask, Slice


class ArrowSource:
    """A source of `ui.tables` over an Arrow table."""

    def __init__(self, table: pa.Table, *, key: str) -> None:
        self.table = table
        self.key = key

    def page(self, ask: Ask) -> Slice:
        total = self.table.num_rows
        order = "descending" if ask.descending else "ascending"
        keys_of = [(ask.sort_by, order, "at_end"), (self.key, "ascending", "at_end")]
        places = pc.sort_indices(self.table, sort_keys=keys_of)
        start, stop = 0, min(ask.limit, total)
        if ask.position is not None:
            keys = self.table.column(self.key).combine_chunks().take(places)
            here = pc.index(keys, pa.scalar(ask.position.key, keys.type)).as_py()
            if ask.backward:
                start, stop = max(0, here - ask.limit), max(here, 0)
            else:
                # A row that is gone gives -1: the table then starts over.
                start, stop = here + 1, min(here + 1 + ask.limit, total)
        elif ask.backward:
            start, stop = max(0, total - ask.limit), total
        return Slice(self.table.take(places.slice(start, stop - start)).to_pylist(), total)

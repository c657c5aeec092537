"""What a method reads from a file or a room: an Arrow table in declared words."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from lianxin.core.errors import SchemaMismatch

# Words of the trade under which a column of a file may stand instead.
ALSO: Final[Mapping[str, str]] = {"licence_no": "retailer_id", "product_code": "product_id"}


def heads_of(heads: Iterable[str], names: Container[str], also: Mapping[str, str] = ALSO) -> dict[str, str]:
    """Name of a column -> the head of the file that it stands under; a head that is the name itself wins over another one."""
    heads = list(heads)
    found = {head.strip(): head for head in heads if head.strip() in names}
    for head in heads:
        name = also.get(head.strip(), "")
        if name in names and name not in found:
            found[name] = head
    return found


@dataclass(frozen=True)
class Input:
    """The columns of one table that a method reads; those of `optional` may be absent, which is the same as empty."""

    name: str
    columns: dict[str, pa.DataType]
    required: tuple[str, ...]
    optional: tuple[str, ...] = ()

    def of(self, table: pa.Table | None) -> pa.Table:
        """The table under this contract: its columns only, of the declared types, optional ones filled with null.

        Raises
        ------
        SchemaMismatch : a column is missing, cannot be read as its type, or lacks a value it must have.
        """
        if table is None:
            return pa.table({name: pa.array([], kind) for name, kind in self.columns.items()})
        made = {}
        for name, kind in self.columns.items():
            if name not in table.column_names:
                if name not in self.optional:
                    raise SchemaMismatch(f"The {self.name} lack the column {name}; write it, empty where unknown.")
                made[name] = pa.nulls(table.num_rows, kind)
                continue
            try:
                made[name] = table.column(name).cast(kind)
            except pa.ArrowInvalid as fault:
                raise SchemaMismatch(f"Column {name} of the {self.name} cannot be read as {kind}: {fault}") from fault
            if name in self.required and made[name].null_count:
                raise SchemaMismatch(f"Column {name} of the {self.name} has empty cells; every row needs it.")
        return pa.table(made)

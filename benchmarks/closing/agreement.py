"""Whether two sides said the same."""

import pyarrow as pa

from lianxin.core.tables import INDICATOR_VALUES

KEY = ("level", "entity", "entity_id", "indicator")
EXACT = (*KEY, "company_id", "month", "n", "unit", "answer", "reason")
NUMBERS = ("value", "numerator", "denominator")
NEAR = 1e-12


def differences(ours: pa.Table, theirs: pa.Table) -> list[str]:
    """What differs, in words; nothing if the two tables say the same. Floats may differ by their last digits."""
    if ours.num_rows != theirs.num_rows:
        return [f"{ours.num_rows} rows against {theirs.num_rows}"]
    left, right = (_in_order(table) for table in (ours, theirs))
    found = []
    for name in EXACT:
        told = [row for row in zip(left[name].to_pylist(), right[name].to_pylist(), strict=True) if row[0] != row[1]]
        if told:
            found.append(f"{name}: {len(told)} rows, first {told[0]}")
    for name in NUMBERS:
        pairs = zip(left[name].to_pylist(), right[name].to_pylist(), left["indicator"].to_pylist(), strict=True)
        far = [row for row in pairs if not _near(row[0], row[1])]
        if far:
            found.append(f"{name}: {len(far)} rows, first {far[0]}")
    return found


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= NEAR * max(1.0, abs(one), abs(other))


def _in_order(table: pa.Table) -> pa.Table:
    shape = pa.schema([field.with_nullable(True) for field in INDICATOR_VALUES.schema.to_pyarrow()])
    return table.select(shape.names).cast(shape).sort_by([(name, "ascending") for name in KEY])

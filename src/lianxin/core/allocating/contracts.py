"""What allocation reads: requests and supply, in these words, and which of the optional columns are there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import ibis
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating.policies import Policy, Rule
from lianxin.core.allocating.sentences import TABLES
from lianxin.core.errors import SchemaMismatch

REQUESTS_NAME: Final = "allocation_requests"
SUPPLY_NAME: Final = "allocation_supply"
# A column read from text stands beside what was written, so that a fault can show it.
AS_WRITTEN: Final = "_as_written"
RESULT: Final = ("share_units", "fill_level", "reason")
# Columns that division adds on its way and drops again begin with this, or with more underlines where a column of a file does.
_OWN: Final = "allocation_"
MOST_UNITS: Final = 10**9
MOST_SUPPLY: Final = 10**12


def _wrong(code: str, **told: Any) -> SchemaMismatch:
    return SchemaMismatch.of(TABLES, code, **told)


@dataclass(frozen=True)
class Input:
    """The columns of one table that allocation reads; those of `optional` may be absent."""

    name: str
    columns: Mapping[str, str]
    optional: Mapping[str, str]
    doc: str

    @property
    def types(self) -> dict[str, str]:
        """All columns with their types."""
        return {**self.columns, **self.optional}

    def check(self, schema: ibis.Schema) -> None:
        """Raise SchemaMismatch unless the table has every column that is needed, each of its type."""
        missing = [name for name in self.columns if name not in schema]
        if missing:
            raise _wrong("columns_missing", table=self.name, names=", ".join(missing), needed=", ".join(self.columns))
        for name, kind in self.types.items():
            if name in schema and schema[name](nullable=True) != ibis.dtype(kind):
                raise _wrong("column_type", name=name, table=self.name, kind=schema[name], wanted=kind)


REQUESTS: Final = Input(
    "requests",
    {"week": "date", "product_id": "string", "retailer_id": "string", "wanted_units": "int64"},
    {"cap_units": "int64", "floor_units": "int64", "tier": "int64", "weight": "float64", "is_selected": "boolean"},
    "One row per week, product and retailer: what the retailer asks for, and what it may get at most and at least. Attributes "
    "that a policy names are further columns of text. Other columns pass through.",
)

SUPPLY: Final = Input(
    "supply",
    {"week": "date", "product_id": "string", "supply_units": "int64"},
    {},
    "One row per week and product: what there is to divide.",
)


@dataclass(frozen=True)
class Round:
    """Requests and supply as expressions, checked against their contracts, under a policy."""

    requests: TableExpression
    supply: TableExpression
    policy: Policy

    @classmethod
    def of(cls, requests: Any, supply: Any, policy: Policy) -> Round:
        """The round over tables with these schemas (anything `ibis.schema` reads).

        Raises
        ------
        SchemaMismatch : a column that the policy needs is missing, one has another type, or has a name that the result needs.
        """
        asked, given = ibis.schema(requests), ibis.schema(supply)
        taken = [name for name in asked if name.lower() in RESULT]
        if taken:
            raise _wrong("column_taken", names=", ".join(taken))
        names = [name.lower() for name in asked]
        twice = [name for name in asked if names.count(name.lower()) > 1]
        if twice:
            raise _wrong("column_twice", names=", ".join(twice))
        REQUESTS.check(asked)
        SUPPLY.check(given)
        needed = dict.fromkeys(policy.attributes, "string")
        if policy.rule is Rule.TIER_QUOTA:
            needed["tier"] = "int64"
        if policy.only_selected:
            needed["is_selected"] = "boolean"
        for name, kind in needed.items():
            if name not in asked or asked[name](nullable=True) != ibis.dtype(kind):
                raise _wrong("column_of_policy", name=name, wanted=kind)
        return cls(ibis.table(asked, name=REQUESTS_NAME), ibis.table(given, name=SUPPLY_NAME), policy)

    def own(self, name: str) -> str:
        """The name under which a column of ours stands beside those of the requests: none of them has it."""
        return f"{self._prefix}{name}"

    @cached_property
    def _prefix(self) -> str:
        prefix = _OWN
        while any(column.lower().startswith(prefix) for column in self.requests.columns):
            prefix = f"_{prefix}"
        return prefix

    def has(self, column: str) -> bool:
        """Whether the requests have this column."""
        return column in self.requests.columns

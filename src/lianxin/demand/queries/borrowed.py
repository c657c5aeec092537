"""Lines of a round that are borrowed: of products that nobody ordered yet, and of retailers that never ordered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.demand.models import Round
from lianxin.demand.queries.names import Names, names_of

# Under these names a round keeps whom its products, and its retailers, without orders borrow from.
BORROWED: Final = "borrowed"
BORROWED_RETAILERS: Final = "borrowed_retailers"
Kind = Literal["producer", "price_class", "trade_form", "market_type", "everybody"]


@dataclass(frozen=True, slots=True)
class Borrows:
    """A chosen product whose lines are borrowed: from which producer or price class, from how many of its products.

    shares : by step of the round, the share of retailers of the class that took any of such a product in that period of its life
    """

    product_id: int
    product_code: str
    product: str
    kind: Kind
    name: str
    n_analogues: int
    shares: tuple[float, ...]

    def share(self, product_id: int, step: int) -> float:
        """What a line of the product tells beside its number."""
        return self.shares[step - 1]


@dataclass(frozen=True, slots=True)
class Newcomers:
    """New retailers that borrow from one class: which trade form or market type, or all ("") and how many of it began before.

    shares : by product with lines and step of the round, the share of these that took any of it in that period since their first
        order
    """

    kind: Kind
    name: str
    n_analogues: int
    retailer_ids: tuple[int, ...]
    shares: Mapping[int, tuple[float, ...]]

    @property
    def n_retailers(self) -> int:
        """How many retailers borrow."""
        return len(self.retailer_ids)

    @property
    def n_products(self) -> int:
        """Of how many products each of them has lines."""
        return len(self.shares)

    def share(self, product_id: int, step: int) -> float:
        """What a line of one of them tells beside its number."""
        return self.shares[product_id][step - 1]


Lender = Borrows | Newcomers


@dataclass(frozen=True)
class Lenders:
    """Whom the lines of a round borrow from: by product, and by retailer of lines that are of one."""

    products: Mapping[int, Borrows]
    retailers: Mapping[int, Newcomers]

    def of(self, row: Mapping[str, Any]) -> Lender | None:
        """Whom a line borrows from; None where it has orders of its own, and of sums that are not of one new product."""
        return self.products.get(row["product_id"]) or self.retailers.get(row["retailer_id"])


def borrowed_products(round: Round, names: Names | None = None) -> list[Borrows]:
    """By product code; names are read where they are not at hand. None of rounds that were opened before lines were borrowed."""
    kept: list[dict[str, Any]] = round.parameters.get(BORROWED) or []
    if not kept:
        return []
    names = names or names_of(round)
    found = [
        Borrows(
            row["product_id"], names.product_code(row["product_id"]), names.product(row["product_id"]), row["kind"], row["name"],
            row["n"], tuple(row["shares"]),
        )
        for row in kept
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.product_code)


def newcomers_of(round: Round) -> list[Newcomers]:
    """New retailers with lines by their class, the largest first. None of rounds that were opened before these had lines."""
    kept: dict[str, Any] = round.parameters.get(BORROWED_RETAILERS) or {}
    found = [
        Newcomers(
            row["kind"],
            row["name"],
            row["n"],
            tuple(row["retailers"]),
            {pk: tuple(shares) for pk, shares in zip(row["products"], row["shares"], strict=True)},
        )
        for row in kept.get("lenders", [])
    ]
    return sorted(found, key=lambda one: (-one.n_retailers, one.kind, one.name))


def n_newcomers_without(round: Round) -> int:
    """How many new retailers have no lines in a round: too few began before."""
    return len((round.parameters.get(BORROWED_RETAILERS) or {}).get("without", []))


def n_listed_together(round: Round) -> int:
    """How many retailers that never ordered have no lines in a round because they came to the list in one large batch."""
    return len((round.parameters.get(BORROWED_RETAILERS) or {}).get("together", []))


def lenders_of(round: Round) -> Lenders:
    """Whom the lines of a round borrow from."""
    return Lenders(
        {one.product_id: one for one in borrowed_products(round)},
        {pk: one for one in newcomers_of(round) for pk in one.retailer_ids},
    )


def only_borrowed(round: Round, rows: pa.Table) -> pa.Table:
    """The borrowed ones among lines of a round."""
    products = pa.array([row["product_id"] for row in round.parameters.get(BORROWED) or []], pa.int64())
    retailers = pa.array([pk for one in newcomers_of(round) for pk in one.retailer_ids], pa.int64())
    return rows.filter(
        pc.or_(
            pc.is_in(rows.column("product_id"), products),
            pc.fill_null(pc.is_in(rows.column("retailer_id"), retailers), False),
        )
    )

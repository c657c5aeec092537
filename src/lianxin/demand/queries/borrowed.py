"""Products of a round whose lines are borrowed: nobody ordered them yet, and products of their class began before."""

from dataclasses import dataclass
from typing import Any, Final, Literal

import pyarrow as pa

from lianxin.demand.models import Round
from lianxin.demand.queries.names import Names, names_of

# Under this name a round keeps whom its products without orders borrow from.
BORROWED: Final = "borrowed"
Kind = Literal["producer", "price_class"]


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


def borrowed_by_product(round: Round) -> dict[int, Borrows]:
    """The borrowed products of a round by their number."""
    return {one.product_id: one for one in borrowed_products(round)}


def borrowed_ids(round: Round) -> pa.Array:
    """The numbers of the borrowed products of a round."""
    return pa.array([row["product_id"] for row in round.parameters.get(BORROWED) or []], pa.int64())

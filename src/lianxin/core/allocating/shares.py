"""Each request's share with its reason, once the numbers of its product are known: one expression over the requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
from ibis.expr.types import BooleanValue, IntegerValue, StringValue, Value
from ibis.expr.types import Table as TableExpression

from lianxin.core.allocating import claims
from lianxin.core.allocating.contracts import Round
from lianxin.core.allocating.lottery import drawn
from lianxin.core.allocating.policies import Policy, Rule

REASONS: Final[Mapping[str, str]] = {
    "full": "It got all that it asked for.",
    "level": "It got the common level, for its weight, like everyone whose request lies above it.",
    "odd_unit": "It got the common level and, by the published rotation, one of the odd units.",
    "cap": "It got its cap, which lies below its request.",
    "floor": "It got its floor, which lies above the common level.",
    "quota": "It got the number of its tier.",
    "drawn": "It was drawn, and got its lot or what the supply had left of it.",
    "not_drawn": "The supply ended before its turn in the draw.",
    "not_selected": "It is not among the shops to which this product is released.",
}


def keys(round_: Round) -> list[str]:
    """Names of the columns that decide what a retailer of a product gets, but for the odd unit."""
    if round_.policy.rule is Rule.TIER_QUOTA:
        return ["most", "tier", *attribute_keys(round_.policy)]
    floor = ["floor"] if claims.has_floors(round_) else []
    return ["most", *floor, *(["weight"] if claims.is_weighted(round_) else [])]


def attribute_keys(policy: Policy) -> dict[str, str]:
    """Name of ours -> attribute: an attribute may be called what it likes, also like a key."""
    return {f"attribute_{place}": name for place, name in enumerate(policy.attributes)}


def key_columns(round_: Round) -> dict[str, Value]:
    """The columns of `keys`, out of the requests."""
    known: dict[str, Value] = {"most": claims.most(round_).cast("int32")}
    attributes = attribute_keys(round_.policy)
    for name in keys(round_)[1:]:
        if name == "floor":
            known[name] = claims.floor(round_).cast("int32")
        elif name == "weight":
            known[name] = claims.weight(round_)
        else:
            known[name] = round_.requests[attributes.get(name, name)]
    return known


def filled(
    round_: Round, products: TableExpression, solved: TableExpression, places: TableExpression | None
) -> TableExpression:
    """Shares under the rules that fill up to a level.

    Parameters
    ----------
    products : week, product_id, product
    solved : product and `keys`, with base : int64, fill_level : float64, is_floor : boolean, first, last : int32, the places in
        the list of retailers from which to which an odd unit is given, first -1 for none, first above last round its end
    places : retailer_id, place; None where no odd unit is given
    """
    own = round_.own
    rows = _with_keys(round_, products)
    if places is not None:
        listed = places.rename({own("retailer"): "retailer_id", own("place"): "place"})
        rows = rows.join(listed, [("retailer_id", own("retailer"))])
    rows = _joined(round_, rows, solved, ["product", *keys(round_)])
    odd: BooleanValue = ibis.literal(False)
    if places is not None:
        place, first, last = rows[own("place")], rows[own("first")], rows[own("last")]
        within = ibis.ifelse(first <= last, (place >= first) & (place <= last), (place >= first) | (place <= last))
        odd = (first >= 0) & within
    share = (rows[own("base")] + odd.cast("int64")).cast("int64")
    cases = [(odd, "odd_unit"), *_at_cap(round_, rows, share)]
    if claims.has_floors(round_):
        cases.append((rows[own("is_floor")], "floor"))
    return _result(round_, rows, share, rows[own("fill_level")], cases, "level")


def by_quota(round_: Round, products: TableExpression, solved: TableExpression) -> TableExpression:
    """Shares under quotas by tier. solved : product, tier and the attributes, with quota_units and fill_level."""
    rows = _joined(round_, _with_keys(round_, products), solved, ["product", *keys(round_)[1:]])
    own = round_.own
    share = ibis.least(rows[own("most")].cast("int64"), rows[own("quota_units")])
    return _result(round_, rows, share, rows[own("fill_level")], _at_cap(round_, rows, share), "quota")


def by_lot(round_: Round, products: TableExpression, solved: TableExpression) -> TableExpression:
    """Shares of a lottery. solved : product, with supply_units and fill_level, the part of the lots that the supply covers."""
    rows = _joined(round_, _with_keys(round_, products), solved, ["product"])
    own = round_.own
    made = drawn(rows, round_.policy.seed, round_.policy.lot_units, own=own)
    share = made[own("share_units")]
    # Who was drawn was drawn, also where the lot is all that it asked for.
    return _result(
        round_, made, share, made[own("fill_level")], _at_cap(round_, made, share), "not_drawn", [(share > 0, "drawn")]
    )


def _with_keys(round_: Round, products: TableExpression) -> TableExpression:
    own = round_.own
    rows = round_.requests.mutate(**{own(name): column for name, column in key_columns(round_).items()})
    named = products.rename({own("week"): "week", own("product_id"): "product_id", own("product"): "product"})
    return rows.join(named, [("week", own("week")), ("product_id", own("product_id"))])


def _joined(round_: Round, rows: TableExpression, solved: TableExpression, on: Sequence[str]) -> TableExpression:
    """The rows with what was solved for them."""
    own = round_.own
    found = solved.rename({own(f"of_{name}" if name in on else name): name for name in solved.columns})
    return rows.join(found, [(own(name), own(f"of_{name}")) for name in on])


def _at_cap(round_: Round, rows: TableExpression, share: IntegerValue) -> list[tuple[BooleanValue, str]]:
    return [((share == rows.cap_units).fill_null(False), "cap")] if round_.has("cap_units") else []


def _result(
    round_: Round,
    rows: TableExpression,
    share: IntegerValue,
    level: Value,
    cases: Sequence[tuple[BooleanValue, str]],
    otherwise: str,
    before: Sequence[tuple[BooleanValue, str]] = (),
) -> TableExpression:
    """The requests with what they got. `before` : reasons that go before `full`, `cases` those after it."""
    first: list[tuple[BooleanValue, str]] = [*before, (share == rows.wanted_units, "full")]
    if round_.policy.only_selected:
        first = [(~rows.is_selected, "not_selected"), *first]
    reason: StringValue = ibis.cases(*first, *cases, else_=otherwise)
    columns = {name: rows[name] for name in round_.requests.columns}
    return rows.select(**columns, share_units=share, fill_level=level, reason=reason)

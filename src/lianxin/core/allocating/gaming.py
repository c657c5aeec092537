"""What it would pay to ask for more: the rule run again with one request inflated and all others as they are."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.allocating.allocate import Allocated, Sits, allocate
from lianxin.core.allocating.policies import Policy
from lianxin.core.allocating.sentences import GAMING
from lianxin.core.errors import CoreError

_KEY = ("week", "product_id", "retailer_id")


class CannotBeGamed(CoreError):
    """The round itself is at fault, so that there is nothing to compare with."""


def gaming(
    requests: pa.Table,
    supply: pa.Table,
    *,
    policy: Policy,
    engine: Sits,
    retailers: Sequence[str],
    factor: int = 2,
    more: int = 0,
) -> pa.Table:
    """What each of these retailers would get by asking for `factor` times what it wants, and `more` units on top.

    Parameters
    ----------
    retailers : whose gain is wanted, each once; the rule is run once for each of them, and once as it is

    Returns
    -------
    one row per request of these retailers, sorted by week, product, retailer
        week, product_id, retailer_id; wanted_units : what it truly wants; told_units : what it asks for
        share_units : what it gets for the truth; told_share_units : what it gets for the lie
        gain_units : told share less true share
        useful_units : the part of the gain that it wants: min(told share, wanted) less true share; never above 0 under a rule
            that gives no reason to inflate

    Invariants
    ----------
    Under uniform and weighted_uniform useful_units is never above 0.

    Raises
    ------
    CannotBeGamed : the round has faults.

    Notes
    -----
    Products are divided apart, so that one run tells the gain of a different retailer in each product at once; requests of others
    for the same product are never touched.
    """
    if factor < 1 or more < 0:
        raise CannotBeGamed.of(GAMING, "factor")
    true = _run(requests, supply, policy, engine)
    products = pc.unique(requests.column("product_id")).to_pylist()
    liars = list(dict.fromkeys(retailers))
    known = true.shares.select([*_KEY, "wanted_units", "share_units"])
    found = []
    for turn in range(len(liars)):
        whose = {product: liars[(turn + at) % len(liars)] for at, product in enumerate(products)}
        lies = _is_liar(requests, whose)
        if not pc.any(lies).as_py():
            continue
        wanted = requests.column("wanted_units").cast(pa.int64())
        told = pc.if_else(lies, pc.add(pc.multiply(wanted, factor), more), wanted)
        inflated = requests.set_column(requests.column_names.index("wanted_units"), "wanted_units", told)
        shares = _run(inflated, supply, policy, engine).shares
        hit = shares.filter(_is_liar(shares, whose)).select([*_KEY, "wanted_units", "share_units"])
        found.append(hit.rename_columns([*_KEY, "told_units", "told_share_units"]))
    if not found:
        return _gains(known.slice(0, 0).append_column("told_units", _none()).append_column("told_share_units", _none()))
    return _gains(known.join(pa.concat_tables(found), list(_KEY), join_type="inner"))


def _none() -> pa.Array:
    return pa.array([], pa.int64())


def _run(requests: pa.Table, supply: pa.Table, policy: Policy, engine: Sits) -> Allocated:
    made = allocate(requests, supply, policy=policy, engine=engine)
    if made.faults.num_rows:
        first = made.faults.column("reason")[0].as_py()
        raise CannotBeGamed.of(GAMING, "round_at_fault", n=made.faults.num_rows, reason=first)
    return made


def _is_liar(rows: pa.Table, whose: dict[str, str]) -> pa.Array:
    """Whether each row is that of the retailer who inflates its request for the product."""
    products = pa.array(list(whose), pa.string())
    place = pc.index_in(rows.column("product_id"), value_set=products)
    liar = pa.array(list(whose.values()), pa.string()).take(place.combine_chunks())
    return pc.equal(rows.column("retailer_id"), liar)


def _gains(joined: pa.Table) -> pa.Table:
    share, told = joined.column("share_units"), joined.column("told_share_units")
    useful = pc.subtract(pc.min_element_wise(told, joined.column("wanted_units")), share)
    made = joined.select([*_KEY, "wanted_units", "told_units", "share_units", "told_share_units"])
    made = made.append_column("gain_units", pc.subtract(told, share)).append_column("useful_units", useful)
    return made.sort_by([(name, "ascending") for name in _KEY])

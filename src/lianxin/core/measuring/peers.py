"""Growth of a retailer against its peers: those of the same trade form, market type and group of tiers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring.analysis import HOLDING
from lianxin.core.parameters import value_of


@dataclass(frozen=True, slots=True)
class PeerGrowth:
    """A retailer beside its peers. `ratio` is None where it has no base or too few peers."""

    ratio: float | None
    now_units: int
    base_units: int
    expected_units: float
    n_peers: int
    peer_growth: float | None
    least: int
    line: float

    @property
    def is_alert(self) -> bool:
        return self.ratio is not None and self.ratio < self.line


def peer_growth(rows: pa.Table, parameters: Mapping[str, Any]) -> pa.Table:
    """Every retailer held at the period's end with its peers; the formula is that of the indicator `peer_growth`.

    Parameters
    ----------
    rows : sums of a period by holding, as `holding_sums` gives them, of the whole company

    Returns
    -------
    one row per retailer_id, with the holding
        now_units, base_units : of the retailer; n_peers : others of its class that bought anything a year before
        peer_growth : the peers' units now ÷ a year before, null where that is 0 or there are too few
        expected_units : base_units × peer_growth; ratio : now_units ÷ expected_units, null where not told
    """
    held = rows.filter(pc.greater(rows.column("n_held"), 0)).select([*HOLDING, "now_units", "base_units"])
    now, base = (held.column(name).to_numpy().astype(float) for name in ("now_units", "base_units"))
    classes = _classes(held, parameters)
    has_base = base > 0
    n_classes = int(classes.max()) + 1 if len(classes) else 0

    def others(values: Any) -> Any:
        counted = values * has_base
        return np.bincount(classes, weights=counted, minlength=n_classes)[classes] - counted

    peer_now, peer_base, n_peers = others(now), others(base), others(np.ones(len(base)))
    counted = has_base & (n_peers >= int(value_of(parameters, "measuring.peer_minimum"))) & (peer_base > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        growth = peer_now / peer_base
        # Thousandths, rounded half up, as the closing does it: the same retailer must not be an alert here and none there.
        expected = np.floor(base * peer_now / peer_base * 1000 + 0.5) / 1000
        ratio = now / expected
    told = counted & (expected > 0)
    return (
        held.append_column("n_peers", pa.array(n_peers.astype(np.int64)))
        .append_column("peer_growth", pa.array(growth, pa.float64(), mask=~counted))
        .append_column("expected_units", pa.array(expected, pa.float64(), mask=~counted))
        .append_column("ratio", pa.array(ratio, pa.float64(), mask=~told))
    )


def _classes(held: pa.Table, parameters: Mapping[str, Any]) -> Any:
    """A number for each row's class."""
    tiers = held.column("tier").to_numpy(zero_copy_only=False).astype(float)
    group = np.full(len(tiers), -1)
    for number, (low, high) in enumerate(value_of(parameters, "measuring.tier_groups") or ()):
        group[(tiers >= low) & (tiers <= high)] = number
    parts = [pc.fill_null(held.column(name), "") for name in ("trade_form", "market_type")]
    names = pc.binary_join_element_wise(*parts, pa.array(group).cast(pa.string()), "\x1f")
    return names.combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)


def below_the_line(rows: pa.Table, parameters: Mapping[str, Any]) -> pa.Table:
    """The rows of `peer_growth` below the alert line, with shortfall_units: what would match the peers, less what was bought.

    Source
    ------
    trade sources 1.4: 0.8 in the Yunnan 135 alert; that it is growth against peers is our reading.
    """
    line = float(value_of(parameters, "measuring.peer_alert"))
    low = rows.filter(pc.fill_null(pc.less(rows.column("ratio"), line), False))
    short = pc.subtract(low.column("expected_units"), low.column("now_units").cast(pa.float64()))
    return low.append_column("shortfall_units", short)

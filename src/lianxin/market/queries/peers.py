"""Retailers beside their peers, kept as other answers are."""

from collections.abc import Mapping
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from lianxin.core.measuring import peers as measured
from lianxin.core.measuring.peers import PeerGrowth
from lianxin.core.parameters import value_of
from lianxin.foundation.models import Company
from lianxin.market.queries.asking import MASTER, ROLLUPS, kept
from lianxin.market.queries.questions import Question
from lianxin.market.queries.sums import places, sums_by_holding

# Of what growth against peers is made, and the parameters that rule it.
TABLES: Final = (*ROLLUPS, *MASTER)
RULES: Final = ("measuring.peer_minimum", "measuring.tier_groups", "measuring.peer_alert")


def _question(question: Question, parameters: Mapping[str, Any]) -> tuple[Any, ...]:
    return question.months, question.goods, repr([value_of(parameters, name) for name in RULES])


def peer_growth(company: Company, question: Question, parameters: Mapping[str, Any]) -> pa.Table:
    """Every retailer held at the period's end with its peers, whoever may see it, as `peer_growth` of the core tells it."""
    return kept(
        company,
        "peer_growth",
        _question(question, parameters),
        TABLES,
        lambda: measured.peer_growth(sums_by_holding(company, question, ()), parameters),
    )


def alerts(company: Company, question: Question, parameters: Mapping[str, Any]) -> pa.Table:
    """The retailers of the part asked for that stay below the alert line, with their shortfall, licence, name and town."""

    def make() -> pa.Table:
        low = measured.below_the_line(peer_growth(company, question, parameters), parameters)
        stood = places(company, question.month).select(["retailer_id", "licence_no", "name", "town"])
        return low.join(stood, "retailer_id")

    return question.part(kept(company, "alerts", _question(question, parameters), TABLES, make))


def of_retailer(
    company: Company, question: Question, parameters: Mapping[str, Any], retailer_id: int
) -> PeerGrowth | None:
    """One retailer beside its peers; None where nobody held it at the period's end."""
    rows = peer_growth(company, question, parameters)
    mine = rows.filter(pc.equal(rows.column("retailer_id"), retailer_id)).to_pylist()
    if not mine:
        return None
    row = mine[0]
    return PeerGrowth(
        row["ratio"],
        row["now_units"],
        row["base_units"],
        row["expected_units"] or 0.0,
        row["n_peers"],
        row["peer_growth"],
        int(value_of(parameters, "measuring.peer_minimum")),
        float(value_of(parameters, "measuring.peer_alert")),
    )

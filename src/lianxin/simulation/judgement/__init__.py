"""Forecasts of people whose ways are known: copiers, experts, optimists and others, with the truth kept apart.

`simulated` gives the tables of `core.tables.demand` for a company of its own; `forecasts_of` lets the same people forecast a
history at hand, and `write` keeps that as a file for import with the truth beside it.
"""

from lianxin.simulation.judgement.files import forecasts_of, write
from lianxin.simulation.judgement.people import HONEST, KINDS, Kind
from lianxin.simulation.judgement.settings import JudgementSettings
from lianxin.simulation.judgement.world import Simulated, simulated

__all__ = ["HONEST", "KINDS", "JudgementSettings", "Kind", "Simulated", "forecasts_of", "simulated", "write"]

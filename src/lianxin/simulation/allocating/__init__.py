"""Rounds of scarce supply in an invented city: divided by rule, changed by hand with and without reason."""

from lianxin.simulation.allocating.company import CompanyRounds, company_rounds
from lianxin.simulation.allocating.made import SimulatedRounds, simulated
from lianxin.simulation.allocating.settings import Favouring, RoundsSettings

__all__ = ["CompanyRounds", "Favouring", "RoundsSettings", "SimulatedRounds", "company_rounds", "simulated"]

"""Field work in 临江市: visits, logs, promises, witnesses and checks, honest and not, with the truth kept apart.

`simulated` gives Arrow tables, `write` the files that are imported and, beside them, `truth/`, which nothing but tests
and benchmarks reads. Both make a company of their own from `FieldworkSettings`, or go on from a `World`.
"""

from lianxin.simulation.fieldwork.made import Simulated, WrittenFieldwork, simulated, write
from lianxin.simulation.fieldwork.settings import HONEST, FieldworkSettings, Misconduct, Variety, Witnessing

__all__ = [
    "HONEST",
    "FieldworkSettings",
    "Misconduct",
    "Simulated",
    "Variety",
    "Witnessing",
    "WrittenFieldwork",
    "simulated",
    "write",
]

"""Policies, rounds with their sums, changes by hand, tests for favour. Requests and shares themselves lie in the lake."""

from lianxin.supply.models.favour import FavourFinding, FavourRun
from lianxin.supply.models.policies import SupplyPolicy
from lianxin.supply.models.rounds import HandChange, Round, RoundEvent, RoundProduct, RoundQuota, RoundSum, SupplyAmount
from lianxin.supply.models.suppliers import SupplierAgreement

__all__ = [
    "FavourFinding",
    "FavourRun",
    "HandChange",
    "Round",
    "RoundEvent",
    "RoundProduct",
    "RoundQuota",
    "RoundSum",
    "SupplierAgreement",
    "SupplyAmount",
    "SupplyPolicy",
]

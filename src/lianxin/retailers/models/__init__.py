"""Rows about retailers: what they are (`masters`), whom to call there (`contacts`), how they reach their own pages (`access`)."""

from lianxin.retailers.models.access import AccessCode, CodeBatch, RetailerSession, SignInTry
from lianxin.retailers.models.contacts import RetailerContact
from lianxin.retailers.models.masters import Licence, Retailer, RetailerVersion, Territory

__all__ = [
    "AccessCode",
    "CodeBatch",
    "Licence",
    "Retailer",
    "RetailerContact",
    "RetailerSession",
    "RetailerVersion",
    "SignInTry",
    "Territory",
]

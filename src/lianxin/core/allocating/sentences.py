"""What keeps a policy or a table from being applied, as sentences by code: rooms above say the same in other languages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

POLICY: Final[Mapping[str, str]] = {
    "policy_name": "A policy has no %(names)s; it may name %(known)s.",
    "split_alone": "A policy with split needs attributes: name the columns whose values split names.",
    "weights_fall": "Under tier_quota a higher tier never gets less, but tier %(higher)s weighs less than tier %(lower)s; a tier "
    "that is not named weighs 1. Write weights that do not fall.",
    "rule": "The rule is %(value)s; write one of %(known)s.",
    "seed_text": "The seed is %(value)s; write it as a text in quotes.",
    "seed_missing": "A lottery needs a seed, or else nobody can repeat the draw; write any text.",
    "lot_units": "lot_units is %(value)s; write a whole number from 1 on.",
    "only_selected": "only_selected is %(value)s; write true or false.",
    "weights_table": 'weights is %(value)s; write a table such as "30" = 3.0.',
    "tier": "weights names the tier %(value)s; tiers are 1 to 30.",
    "weight": "The weight of tier %(name)s is %(value)s; write a number above 0, at most %(most)s.",
    "part": "The part of %(name)s is %(value)s; write a number above 0, at most %(most)s.",
    "attributes_list": "attributes is %(value)s; write a list of one or two column names.",
    "attributes_number": "attributes names %(names)s; one or two different columns are allowed.",
    "attributes_taken": "attributes names %(name)s, which is no attribute of a retailer; name another column.",
    "attributes_rule": "attributes divide a tier_quota only; leave them out under %(rule)s.",
    "split_table": 'split is %(value)s; write a table such as "城网" = 0.6.',
}
"""Faults of a policy."""

TABLES: Final[Mapping[str, str]] = {
    "columns_missing": "The %(table)s lack the column(s) %(names)s; needed are %(needed)s.",
    "column_type": "Column %(name)s of the %(table)s is %(kind)s; it must be %(wanted)s.",
    "column_taken": "The requests have %(names)s, which the result needs; rename it.",
    "column_twice": "The requests have %(names)s: two columns of one name; rename one.",
    "column_of_policy": "The policy needs the column %(name)s of type %(wanted)s in the requests; add it.",
}
"""Faults of requests and supply as tables."""

GAMING: Final[Mapping[str, str]] = {
    "factor": "Asking for more means a factor of at least 1 and not fewer units; write such numbers.",
    "round_at_fault": "The round has %(n)s faults, the first one %(reason)s; mend them first.",
}
"""Why it cannot be computed what asking for more would pay."""

FAVOUR: Final[Mapping[str, str]] = {
    "favour_alike": "alike is %(value)s; it must be one of %(known)s.",
    "favour_correction": "Parameter favour.correction is %(value)s; it must be one of %(known)s.",
}
"""Why favour cannot be tested."""

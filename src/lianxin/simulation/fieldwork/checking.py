"""Checks of single visits, drawn with a known chance, and the answers of people who remember as people do."""

import numpy as np
import pyarrow as pa

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.chance import uniform
from lianxin.simulation.fieldwork.conduct import is_ghost
from lianxin.simulation.fieldwork.tables import Fieldwork, instants, texts
from lianxin.simulation.fieldwork.witnessing import mismatch_by_phone

PHONE, WALK, SPOT = range(3)
CHANNELS = ("phone", "walk", "spot")
YES, NO, CANNOT_TELL = range(3)
CONFIRMED = ("yes", "no", "cannot_tell")
# Some visits are drawn twice as readily as others, some half as readily.
_WEIGHTS = np.array([0.5, 1.0, 2.0])
_WEIGHT_SHARES = (0.4, 0.4, 0.2)
# Who was not in his shop when the manager stood before a shut door cannot confirm it: yes, no, the rest cannot tell.
_SHUT_YES, _SHUT_NO = 0.15, 0.2


def checks(work: Fieldwork) -> pa.Table:
    """One row per drawn visit and channel."""
    rules = work.ground.settings.witnessing
    parts = []
    for channel, share in ((PHONE, rules.phone_share), (WALK, rules.walk_share), (SPOT, rules.spot_share)):
        parts.append(_drawn(work, channel, share))
    return pa.concat_tables(parts).sort_by([("checked_at", "ascending"), ("visit_id", "ascending")])


def _drawn(work: Fieldwork, channel: int, share: float) -> pa.Table:
    rng = stream(work.ground.settings.seed, f"fieldwork checks {CHANNELS[channel]}")
    rounds, n = work.rounds, len(work.rounds)
    weight = rng.choice(_WEIGHTS / (_WEIGHTS @ np.array(_WEIGHT_SHARES)), n, p=_WEIGHT_SHARES)
    chance = np.minimum(share * weight, 1.0).round(6)
    at = np.flatnonzero(rng.random(n) < chance)
    later = rng.integers(1, 11, len(at)) if channel == PHONE else rng.integers(0, 4, len(at))
    # On the same day only after the visit is over.
    second = np.where(later == 0, work.timeline.check_out[at] + 1800, rng.integers(9 * 3600, 17 * 3600, len(at)))
    return pa.table(
        {
            "visit_id": work.visit_id.take(pa.array(at)),
            "channel": texts(CHANNELS, np.full(len(at), channel)),
            "drawn_probability": pa.array(chance[at]),
            "confirmed": texts(CONFIRMED, _answers(rng, work, channel, at)),
            "checked_at": instants(rounds.day[at] + later, second),
        }
    )


def _answers(rng: np.random.Generator, work: Fieldwork, channel: int, at: np.ndarray) -> np.ndarray:
    rules, ground = work.ground.settings.witnessing, work.ground
    retailer = work.rounds.retailer[at]
    wrong = (
        mismatch_by_phone(ground, retailer)
        if channel == PHONE
        else np.full(len(at), rules.walk_mismatch if channel == WALK else rules.spot_mismatch)
    )
    silent = (rules.phone_cannot_tell_share, rules.walk_cannot_tell_share, rules.spot_cannot_tell_share)[channel]
    came = ~is_ghost(work.conduct[at])
    says = came ^ (rng.random(len(at)) < wrong)
    says |= uniform(ground.settings.seed, "obliging", retailer) < rules.obliging_share
    answer = np.where(says, YES, NO)
    coin = rng.random(len(at))
    shut = np.select([coin < _SHUT_YES, coin < _SHUT_YES + _SHUT_NO], [YES, NO], CANNOT_TELL)
    answer = np.where(work.timeline.is_shut[at], shut, answer)
    return np.where(rng.random(len(at)) < silent, CANNOT_TELL, answer)

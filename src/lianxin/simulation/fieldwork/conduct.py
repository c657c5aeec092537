"""Who does wrong, and which of his visits: the truth that the importable files never tell."""

from dataclasses import dataclass

import numpy as np

from lianxin.simulation.draws import stream
from lianxin.simulation.fieldwork.ground import Ground
from lianxin.simulation.fieldwork.rounds import REGULAR, Rounds
from lianxin.simulation.fieldwork.settings import FieldworkSettings

HONEST, GHOST_ROADSIDE, GHOST_HOME, BURST, SAME_FEW, EMPTY_FORM = range(6)
CONDUCTS = ("honest", "ghost_roadside", "ghost_home", "burst", "same_few", "empty_form")
OWN, COPIED_OWN, COPIED_COLLEAGUE, COPIED_EDITED = range(4)
NOTE_CONDUCTS = ("own", "copied_own", "copied_colleague", "copied_edited")
_HOME_RUN, _BURST_RUN = (3, 9), (4, 9)


@dataclass(frozen=True, slots=True)
class Offenders:
    """float64 by manager: the share of his visits in which he does each thing, 0 for most."""

    ghost: np.ndarray
    same_few: np.ndarray
    empty_form: np.ndarray
    copied: np.ndarray


def choose_offenders(settings: FieldworkSettings, n_managers: int) -> Offenders:
    """Each kind of misconduct has its own draw: the number of offenders is the stated share, rounded."""
    rng = stream(settings.seed, "fieldwork offenders")
    rates = settings.misconduct

    def shares(managers_share: float, share: float) -> np.ndarray:
        chosen = rng.permutation(n_managers)[: round(managers_share * n_managers)]
        result = np.zeros(n_managers)
        result[chosen] = share
        return result

    return Offenders(
        ghost=shares(rates.ghost_managers_share, rates.ghost_share),
        same_few=shares(rates.same_few_managers_share, rates.same_few_share),
        empty_form=shares(rates.empty_form_managers_share, rates.empty_form_share),
        copied=shares(rates.copying_managers_share, rates.copied_share),
    )


def is_ghost(conduct: np.ndarray) -> np.ndarray:
    return np.isin(conduct, (GHOST_ROADSIDE, GHOST_HOME, BURST))


def mark(ground: Ground, offenders: Offenders, rounds: Rounds) -> np.ndarray:
    """int8 by visit: how it was done.

    The number of ghosts among a manager's visits is drawn from the stated share; visits from home come as the end of a
    day, bursts as neighbours in the round, those from the roadside singly.
    """
    rng = stream(ground.settings.seed, "fieldwork conduct")
    conduct = np.where(rounds.is_same_few, SAME_FEW, HONEST).astype(np.int8)
    for manager in np.flatnonzero(offenders.ghost > 0).tolist():
        mine = np.flatnonzero((rounds.manager == manager) & (rounds.kind == REGULAR))
        if len(mine):
            _mark_ghosts(rng, ground.settings, rounds, conduct, mine, float(offenders.ghost[manager]))
    empty = rng.random(len(rounds)) < offenders.empty_form[rounds.manager]
    conduct[empty & (conduct == HONEST) & (rounds.kind == REGULAR)] = EMPTY_FORM
    return conduct


def _mark_ghosts(
    rng: np.random.Generator,
    settings: FieldworkSettings,
    rounds: Rounds,
    conduct: np.ndarray,
    mine: np.ndarray,
    share: float,
) -> None:
    rates = settings.misconduct
    wanted = rng.binomial(len(mine), share)
    kinds = rng.multinomial(wanted, (rates.ghost_from_home, rates.ghost_in_bursts, rates.ghost_from_roadside))
    day = rounds.day[mine]
    first = np.searchsorted(day, day, side="left")
    last = np.searchsorted(day, day, side="right")

    def run(kind: int, count: int, lengths: tuple[int, int], *, at_end: bool) -> int:
        """How many are left over where the days have no room for more."""
        left = count
        for at in rng.permutation(len(mine)).tolist():
            if left <= 0:
                break
            length = min(int(rng.integers(*lengths)), left, int(last[at] - first[at]))
            start = int(last[at]) - length if at_end else min(at, int(last[at]) - length)
            span = mine[start : start + length]
            if (conduct[span] == HONEST).all():
                conduct[span] = kind
                left -= length
        return left

    single = int(kinds[2])
    single += run(GHOST_HOME, int(kinds[0]), _HOME_RUN, at_end=True)
    single += run(BURST, int(kinds[1]), _BURST_RUN, at_end=False)
    free = mine[conduct[mine] == HONEST]
    conduct[rng.permutation(free)[:single]] = GHOST_ROADSIDE

"""Units that changed hands after the rule: honest changes with a reason, and favour."""

import numpy as np

from lianxin.simulation.allocating.settings import Favouring, RoundsSettings


class HonestChanges:
    """Changes that hit anyone alike; some are repeated for two more weeks."""

    def __init__(self, settings: RoundsSettings, n_products: int, rng: np.random.Generator) -> None:
        self._settings, self._rng = settings, rng
        self._lasting: list[list[tuple[int, int, int]]] = [[] for _ in range(n_products)]

    def change(self, product: int, got: np.ndarray, most: np.ndarray, present: np.ndarray) -> None:
        """Give a few retailers one to three units more, taken from anyone, in place."""
        rng = self._rng
        who = np.flatnonzero(present)
        n = rng.binomial(len(who), self._settings.changed_share)
        lasting = [(i, k, left) for i, k, left in self._lasting[product] if left]
        new = [(int(i), int(rng.integers(1, 4)), 0) for i in rng.choice(who, n, replace=False)]
        new = [(i, k, 2 if rng.random() < self._settings.lasting_share else 0) for i, k, _ in new]
        for i, k, _ in [*lasting, *new]:
            if present[i]:
                more = min(k, int(most[i] - got[i]))
                take(got, np.flatnonzero(present & (np.arange(len(got)) != i)), more, rng)
                got[i] += more
        self._lasting[product] = [(i, k, left - 1) for i, k, left in lasting] + new


def take(got: np.ndarray, among: np.ndarray, units: int, rng: np.random.Generator) -> int:
    """Take units one by one from retailers drawn by lot, in place; how many there were to take."""
    left = units
    while left > 0:
        able = among[got[among] > 0]
        if not len(able):
            break
        some = rng.choice(able, min(left, len(able)), replace=False)
        got[some] -= 1
        left -= len(some)
    return units - left


class Favourite:
    """One manager's favour, the same beneficiaries every week."""

    def __init__(self, favour: Favouring, manager: np.ndarray, rng: np.random.Generator) -> None:
        self._favour, self._rng = favour, rng
        self.manager, self.kind = favour.manager, favour.kind
        self._own = np.flatnonzero(manager == favour.manager)
        self._others = np.flatnonzero(manager != favour.manager)
        share = favour.beneficiaries_share
        n = favour.friends if favour.kind == "within" else max(1, round(share * len(self._own)))
        self.beneficiaries = np.sort(rng.choice(self._own, min(n, len(self._own)), replace=False))

    def change(self, got: np.ndarray, wanted: np.ndarray, cap: np.ndarray, present: np.ndarray) -> int:
        """Move the units, in place; how many were moved. Who is promised more asks for as much, and his cap makes room."""
        rng, favour = self._rng, self._favour
        exact = favour.share * float(got[self._own[present[self._own]]].sum())
        units = int(exact) + int(rng.random() < exact - int(exact))
        friends = self.beneficiaries[present[self.beneficiaries]]
        if not len(friends):
            return 0
        among = self._others if favour.kind == "from_others" else np.setdiff1d(self._own, self.beneficiaries)
        moved = take(got, among[present[among]], units, rng)
        for _ in range(moved):
            # First to those who have room, so that as few requests as possible must be raised.
            room = friends[got[friends] < np.minimum(wanted[friends], cap[friends])]
            some = int(rng.choice(room if len(room) else friends))
            got[some] += 1
            wanted[some], cap[some] = max(wanted[some], got[some]), max(cap[some], got[some])
        return moved

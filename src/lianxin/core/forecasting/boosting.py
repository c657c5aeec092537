"""Boosted trees on the same rows for several targets: sorted into bins once, two at a time, the same bytes every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

import numpy as np

from lianxin.core.forecasting.contracts import QUANTILES
from lianxin.core.forecasting.panel import Array

SEED: Final = 20210926
_ROUNDS: Final = 100
_TREES: Final = {
    "learning_rate": 0.09,
    "num_leaves": 31,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.6,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "verbose": -1,
    "seed": SEED,
    "deterministic": True,
    "force_row_wise": True,
    # Models are fitted beside one another instead: threads inside one wait for each other after every split, and on a busy machine
    # longer than one thread takes for the whole.
    "num_threads": 1,
}
_MODELS_AT_ONCE: Final = 2


@dataclass(frozen=True)
class Asked:
    """What one model is to learn: a target, an objective, weights of rows, in how many trees."""

    target: Array
    objective: Any
    weight: Array | None = None
    n_rounds: int = _ROUNDS


def fitted(values: Array, asked: Mapping[str, Asked]) -> dict[str, Any]:
    """A model of each, by its name; none hangs on which others are asked for.

    Parameters
    ----------
    values : float (n_rows, n_features), NaN where nothing is known
    """
    import lightgbm  # inline: loading it takes a second, which commands that forecast nothing would pay

    first = lightgbm.Dataset(values, np.zeros(len(values)), params=_TREES).construct()
    rows: SimpleQueue[Any] = SimpleQueue()
    rows.put(first)

    def fit(name: str) -> Any:
        ask = asked[name]
        try:
            own = rows.get_nowait()
        except Empty:
            own = lightgbm.Dataset(values, np.zeros(len(values)), params=_TREES, reference=first).construct()
        own.set_label(ask.target)
        # `set_weight(None)` would leave the weights of the model before in place.
        own.set_field("weight", ask.weight)
        told = {**_TREES, "objective": ask.objective, "alpha": QUANTILES[-1]}
        model = lightgbm.train(told, own, num_boost_round=ask.n_rounds)
        rows.put(own)
        return model

    with ThreadPoolExecutor(_MODELS_AT_ONCE) as pool:
        return dict(zip(asked, pool.map(fit, asked), strict=True))


def predicted(models: Sequence[Any], values: Array) -> list[Array]:
    """What each model says of the rows: float64 (n_rows,) of each, in their order."""
    with ThreadPoolExecutor(_MODELS_AT_ONCE) as pool:
        return list(pool.map(lambda model: np.asarray(model.predict(values, num_threads=1)), models))

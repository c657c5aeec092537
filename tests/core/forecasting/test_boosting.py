"""Boosted trees: a model hangs on its own target only, not on what was asked for beside it."""

import numpy as np
import pytest

from lianxin.core.forecasting.boosting import Asked, fitted, predicted

pytestmark = pytest.mark.requirement("C1")


def test_what_is_learnt_beside_a_model_changes_nothing_of_it() -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(3000, 4)).astype(np.float32)
    values[generator.random(values.shape) < 0.1] = np.nan
    share = (np.nan_to_num(values[:, 0]) + generator.normal(size=3000) > 0).astype(float)
    heavy = np.exp(3 * generator.normal(size=3000))
    plain = Asked(share, "cross_entropy", n_rounds=20)
    # models with weights and with an objective of their own come before it on the same rows
    beside = {
        "weighted": Asked(share, "l2", heavy, n_rounds=20),
        "own": Asked(np.zeros(3000), lambda score, _rows: (score - share, np.ones(3000)), heavy, n_rounds=20),
        "tail": Asked(share, "quantile", heavy, n_rounds=20),
    }
    alone = predicted(list(fitted(values, {"plain": plain}).values()), values)[0]
    for asked in ({**beside, "plain": plain}, {"plain": plain, **beside}):
        models = fitted(values, asked)
        assert list(models) == list(asked)
        assert predicted([models["plain"]], values)[0].tolist() == alone.tolist()
        own, weighted = predicted([models["own"], models["weighted"]], values)
        assert np.corrcoef(own, share)[0, 1] > 0.5
        assert np.corrcoef(weighted, share)[0, 1] > 0.3
    assert 0 < alone.min() < alone.max() < 1

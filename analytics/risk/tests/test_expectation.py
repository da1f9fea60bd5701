"""Intervals of several campaigns together hold the true effect as often as those of one."""

import numpy as np
import pytest
from scipy import stats

from analytics.risk.expectation import total_interval


@pytest.mark.parametrize("effects", [[10.0], [10.0, 20.0], [5.0, 10.0, 15.0, 5.0, 10.0]])
def test_uneven_intervals(effects):
    """Exact intervals of exponential margins reach much farther up than down. Of half their width, the total of one
    would be too low seven times in a hundred, and never too high.
    """
    rng, count, draws = np.random.default_rng(3), 8, 4000
    found = rng.gamma(count, 1 / count, (draws, len(effects))) * effects
    low, high = (2 * count * found / stats.chi2.ppf(share, 2 * count) for share in (0.975, 0.025))
    held = 0
    for numbers in zip(found, low, high, strict=True):
        _total, least, most = total_interval([tuple(effect) for effect in np.array(numbers).T])
        held += least <= sum(effects) <= most
    assert 0.935 < held / draws < 0.965

"""What customers were on days of the past, against the same told customer by customer."""

import numpy as np

from analytics.risk.observed import observe

HORIZON, LOST = 60, 90
CUT_OFFS = (60, 75, 390)


def told(days, cut_off):
    """:return: row of a customer on a day of the past; None before their first order, and where they were lost"""
    known = [ago - cut_off for ago in days if ago >= cut_off]
    if not known or known[0] > LOST:
        return None
    away = not any(cut_off - HORIZON <= ago < cut_off for ago in days)
    return [len(known), known[0], known[-1], int(away)]


def test_each_customer_on_each_day():
    rng = np.random.default_rng(1)
    visits = [sorted(set(rng.integers(0, 400, rng.integers(1, 9)).tolist())) for _customer in range(500)]
    now, past = observe(visits, HORIZON, CUT_OFFS, LOST)
    assert now.tolist() == [[len(days), days[0], days[-1]] for days in visits]
    for cut_off, rows in zip(CUT_OFFS, past, strict=True):
        expected = [row for days in visits if (row := told(days, cut_off))]
        assert rows.tolist() == expected
        assert {row[3] for row in expected} == {0, 1}


def test_nobody():
    now, [past] = observe([], HORIZON, [60], LOST)
    assert (now.shape, past.shape) == ((0, 3), (0, 4))

"""Which contestant forecasts, and how good it is: all learn from what was known some weeks ago, and are judged on what
came since. Plain Python.
"""

import numpy as np

from .forecasting import CONTESTANTS, forecast, learn
from .judging import LEAST_CUSTOMERS, LEAST_DAYS, activity, choose, grade, judge
from .purchasing import WEEK

# Judged on no more customers than these, drawn by this seed: shares and totals differ by less than a per cent then.
JUDGED, SEED = 100000, 20070


def find_missing(customers, days):
    """What is missing for a forecast.

    :param int customers: with purchases on the day that the backtest looks back to
    :param int days: from the first purchase of the company to today
    :return: ``days``, ``customers`` or None

    >>> find_missing(100, 365), find_missing(99, 365), find_missing(100, 364)
    (None, 'customers', 'days')
    """
    if days < LEAST_DAYS:
        return "days"
    return "customers" if customers < LEAST_CUSTOMERS else None


def hold_out(days, wanted):
    """Weeks to hold out: those wanted, but no more than about half of what is known.

    >>> hold_out(800, 26), hold_out(365, 39), hold_out(545, 39)
    (26, 26, 39)
    """
    return max(1, min(wanted, round(days / WEEK / 2)))


def compare(known, actual, weeks):
    """Let all contestants forecast and judge them.

    :param known: what was known ``weeks`` ago, ``Known`` or ``Seen``
    :param actual: revenue of the weeks since, of the same customers
    :return: dict for storing as JSON: ``results`` by contestant (see ``judge``), ``baseline`` (the share of high-value
        customers found by the revenue so far), ``champion`` and its ``grade``, ``activity`` (see ``judging``), and
        ``judged``, the number of customers on whom all this was measured
    :raise ValueError: too little is known to learn from
    """
    learned = learn(known, weeks)
    drawn = slice(None)
    if len(known) > JUDGED:
        # in their order, which says nothing of what they brought
        drawn = np.sort(np.random.default_rng(SEED).choice(len(known), JUDGED, replace=False))
    known, actual = known[drawn], actual[drawn]
    forecasts = {name: forecast(name, learned, known, weeks) for name in CONTESTANTS}
    results = {name: judge(said.revenue, actual) for name, said in forecasts.items()}
    baseline = judge(known.paid_sum, actual)
    champion = choose(results)
    return {
        "results": results,
        "baseline": {name: value for name, value in baseline.items() if name not in ("forecast", "error", "deciles")},
        "champion": champion,
        "judged": len(known),
        "activity": activity(forecasts[champion].active, actual > 0),
        "grade": grade(results[champion], baseline["found"]),
    }

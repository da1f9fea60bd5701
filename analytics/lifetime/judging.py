"""How good a forecast was, once it is known what came: plain Python.

Customers are put in the order of the forecast, the best first. Ties keep the order in which customers come, which has
to have nothing to do with what they brought.
"""

import numpy as np

# High-value customers are those who bring this share of the revenue.
HIGH_SHARE = 0.8
# Forecasts that close to the best gini count as equal in order: the one whose total is nearest wins.
CLOSE = 0.01
# A forecast whose total is off by no more than this is good, and fair by no more than that.
GOOD, FAIR = 0.1, 0.3
# Groups by the probability of being active.
STEPS = (0.0, 0.2, 0.4, 0.6, 0.8)
# So many customers, and so many days of history, have to be known.
LEAST_CUSTOMERS, LEAST_DAYS = 100, 365


def gini(forecast, actual, order=None):
    """1: all who bring anything stand first; 0: as by chance. The area between the curve of gains and the diagonal,
    times two; less than 1 also for a perfect forecast, unless one customer of very many brings all.

    >>> round(float(gini(np.array([3, 2, 1, 0]), np.array([1, 0, 0, 0]))), 2)
    0.75
    >>> float(gini(np.array([1, 2]), np.array([0, 0])))
    0.0
    """
    whole = actual.sum()
    if whole <= 0:
        return np.float64(0.0)
    gains = np.cumsum(actual[_order(forecast, order)]) / whole
    return 2 * (gains.sum() - 0.5) / len(actual) - 1


def captured(forecast, actual, share, order=None):
    """Share of the revenue that the first ``share`` of customers brought.

    >>> float(captured(np.array([9, 5, 1, 0]), np.array([6, 1, 2, 1]), 0.25))
    0.6
    """
    whole = actual.sum()
    first = _order(forecast, order)[: max(1, round(share * len(actual)))]
    return actual[first].sum() / whole if whole > 0 else np.float64(0.0)


def high_value(actual):
    """Places of the fewest customers who bring ``HIGH_SHARE`` of the revenue; empty where there is none.

    >>> high_value(np.array([1.0, 7.0, 2.0])).tolist()
    [1, 2]
    """
    whole = actual.sum()
    if whole <= 0:
        return np.array([], int)
    order = _order(actual)
    return order[: int(np.searchsorted(np.cumsum(actual[order]), HIGH_SHARE * whole - 1e-9)) + 1]


def found(forecast, actual, order=None):
    """Share of the high-value customers who are among the first as many of the forecast.

    >>> float(found(np.array([9, 1, 2]), np.array([1.0, 7.0, 2.0])))
    0.5
    """
    wanted = high_value(actual)
    if not len(wanted):
        return np.float64(0.0)
    return np.isin(wanted, _order(forecast, order)[: len(wanted)]).mean()


def deciles(forecast, actual, groups=10, order=None):
    """Customers in groups of equal number, the best by forecast first.

    :return: list of dicts: ``customers``, mean ``forecast`` and ``actual`` of each group
    """
    return [
        {
            "customers": len(group),
            "forecast": round(float(forecast[group].mean()), 2),
            "actual": round(float(actual[group].mean()), 2),
        }
        for group in np.array_split(_order(forecast, order), groups)
        if len(group)
    ]


def activity(active, returned):
    """Whether a probability of being active is one: customers in groups by it, and how many of them ordered again.

    Those who are active need not order within the weeks that are looked at, so that the share may be lower than the
    probability; where it is higher, customers come back who were taken to have left.

    :param active: 0..1; ``returned`` whether each ordered since
    :return: list of dicts, from the least probable: ``from`` (0..1), ``customers``, ``active`` and ``returned``, means

    >>> activity(np.array([0.05, 0.9, 0.95]), np.array([True, True, False]))[-1]
    {'from': 0.8, 'customers': 2, 'active': 0.925, 'returned': 0.5}
    """
    places = np.minimum((np.asarray(active) * len(STEPS)).astype(int), len(STEPS) - 1)
    groups = [(step, places == place) for place, step in enumerate(STEPS)]
    return [
        {
            "from": step,
            "customers": int(group.sum()),
            "active": round(float(active[group].mean()), 4),
            "returned": round(float(returned[group].mean()), 4),
        }
        for step, group in groups
        if group.any()
    ]


def judge(forecast, actual):
    """:param forecast: revenue of each customer, expected; ``actual``, what came; arrays of one length
    :return: dict for storing as JSON: ``gini``, ``top5``, ``top10``, ``top20``, ``found`` (shares, 0..1), ``forecast``
        and ``actual`` in total, ``error`` (of the total, over the actual one, signed; None where nothing came) and
        ``deciles``
    """
    forecast, actual = np.asarray(forecast, float), np.asarray(actual, float)
    expected, came, order = float(forecast.sum()), float(actual.sum()), _order(forecast)
    return {
        "gini": round(float(gini(forecast, actual, order)), 4),
        **{f"top{share}": round(float(captured(forecast, actual, share / 100, order)), 4) for share in (5, 10, 20)},
        "found": round(float(found(forecast, actual, order)), 4),
        "forecast": round(expected, 2),
        "actual": round(came, 2),
        "error": round(expected / came - 1, 4) if came > 0 else None,
        "deciles": deciles(forecast, actual, order=order),
    }


def choose(results):
    """Which contestant is to forecast: of those that find the customers about as well as the best one, the one whose
    total is nearest.

    :param dict results: name: result of ``judge``, those preferred where all is equal first
    :return: name

    >>> choose({"a": {"gini": 0.6, "error": 0.5}, "b": {"gini": 0.595, "error": -0.1}, "c": {"gini": 0.5, "error": 0}})
    'b'
    """
    best = max(result["gini"] for result in results.values())
    close = {name: abs(result["error"] or 0) for name, result in results.items() if result["gini"] >= best - CLOSE}
    return min(close, key=close.get)


def grade(result, baseline):
    """How far the forecast can be trusted.

    :param float baseline: share of high-value customers found by the revenue so far
    :return: ``good``, ``fair`` or ``poor``: by the error of the total; a forecast that finds fewer high-value customers
        than the baseline is at most fair

    >>> grade({"error": -0.04, "found": 0.5}, 0.4), grade({"error": 0.02, "found": 0.3}, 0.4)
    ('good', 'fair')
    >>> grade({"error": 0.5, "found": 0.5}, 0.4), grade({"error": None, "found": 0.0}, 0.0)
    ('poor', 'poor')
    """
    if result["error"] is None or abs(result["error"]) > FAIR:
        return "poor"
    return "good" if abs(result["error"]) <= GOOD and result["found"] >= baseline else "fair"


def _order(values, order=None):
    """:param order: where it is known already"""
    return np.argsort(-values, kind="stable") if order is None else order

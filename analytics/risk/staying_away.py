"""How likely a customer is to stay away, learned from what customers of the same company did.

A company looks back at some days (*cut-offs*) at all customers who were not lost then, and counts who placed no order
in the days that followed, the *horizon*. What tells them apart is

- the probability of no order by the BG/NBD model (Fader, Hardie, Lee: "Counting your customers" the easy way,
  Marketing Science 24, 2005), whose four parameters are fitted to the company's customers;
- days since the last order over the customer's usual gap, and the square of it: the model takes orders to come at
  random, while those of many companies come regularly;
- the number of days with orders, and the days since the last one.

A logistic regression weighs these. Its weights are drawn towards zero, so that a company that knows little of its
customers says what is true of all of them. Isotonic regression on top of it was tried and changed nothing: neither the
order of customers nor the distance from the shares found later.

Days with orders are counted, not orders; the model measures in weeks.
"""

import numpy as np
from scipy import optimize, special

# The horizon is no shorter, and not more than half of what is known, so that there is a past to learn from.
SHORTEST = 30
# Cut-offs, counted back from the last possible one, by so much of the horizon.
CUT_OFFS, STEP = 4, 0.25
# Days that must have passed from the first order to a cut-off.
KNOWN = 14
# So many customers of the last cut-off must have stayed away, and so many must have come back.
LEAST = 20
# How strongly weights are drawn towards zero: as many customers with nothing to tell them apart would do it.
PRIOR = 50.0
# The logarithm of odds that counts as certain; limits of exponents, beyond which floats end.
CERTAIN, LIMIT = 13.0, 30.0
WEEK = 7.0


def find_horizon(lost_days, days):
    """How many days ahead a probability holds.

    :param int lost_days: a customer with more days since their last order is lost
    :param int days: since the first order of the company
    :return: days; None where too little is known to look that far back

    >>> find_horizon(180, 800), find_horizon(180, 200), find_horizon(10, 800), find_horizon(180, 43)
    (180, 100, 30, None)
    """
    horizon = int(max(SHORTEST, min(lost_days, days // 2)))
    return horizon if days > horizon + KNOWN else None


def find_cut_offs(horizon, days):
    """How many days ago the company looks back at its customers, the last day first.

    >>> find_cut_offs(100, 800), find_cut_offs(100, 200)
    ([100, 125, 150, 175], [100, 125, 150, 175])
    >>> find_cut_offs(30, 60)
    [30, 37, 44]
    """
    step = max(7, int(horizon * STEP))
    return [ago for ago in range(horizon, horizon + CUT_OFFS * step, step) if ago < days - KNOWN]


# -- purchases, by the BG/NBD model ------------------------------------------------------------------------------------


def fit_purchases(orders, recency, age):
    """Parameters of the BG/NBD model by maximum likelihood.

    :param orders: days with orders of each customer, at least 1; ``recency`` days since the last of them, ``age`` days
        since the first; arrays of one length
    :return: list of r, alpha (weeks), a, b
    """
    rows, weights = np.unique(np.column_stack([orders, recency, age]), axis=0, return_counts=True)
    ages = rows[:, 2] / WEEK
    # thousands of customers share hundreds of numbers and days: each is looked at once, and taken from there
    again, by_again = np.unique(rows[:, 0] - 1.0, return_inverse=True)
    whole, by_whole = np.unique(ages, return_inverse=True)
    last, by_last = np.unique(ages - rows[:, 1] / WEEK, return_inverse=True)
    total = weights.sum()

    def loss(logs):
        r, alpha, a, b = np.exp(logs)
        common = special.gammaln(r + again) - special.gammaln(r) + r * np.log(alpha)
        common += special.betaln(a, b + again) - special.betaln(a, b)
        gone = np.where(again > 0, np.log(a) - np.log(b + np.maximum(again, 1) - 1), -np.inf)
        times = (r + again)[by_again]
        stays = -times * np.log(alpha + whole)[by_whole]
        leaves = gone[by_again] - times * np.log(alpha + last)[by_last]
        return -(weights * (common[by_again] + np.logaddexp(stays, leaves))).sum() / total

    # where nobody leaves a parameter has no best value: the bounds end the search
    bounds = [(-7.0, 7.0)] * 4
    starts = ([-1.0, 1.5, -0.2, 0.9], [0.0, 2.0, 0.0, 1.0])
    found = min((optimize.minimize(loss, start, method="L-BFGS-B", bounds=bounds) for start in starts), key=_value)
    return [float(value) for value in np.exp(found.x)]


def _value(result):
    return result.fun


def _model_odds(purchases, horizon, orders, recency, age):
    """Logarithm of the odds that no order comes within ``horizon`` days, by the BG/NBD model.

    Nobody leaves before the second order; who has left, or orders after the horizon, stays away.
    """
    r, alpha, a, b = purchases
    again, since, whole = orders - 1.0, recency / WEEK, age / WEEK
    left = np.log(a / (b + np.maximum(again, 1) - 1)) + (r + again) * np.log((alpha + whole) / (alpha + whole - since))
    left = np.where(again > 0, np.exp(np.clip(left, -LIMIT, LIMIT)), 0.0)
    later = np.exp(-np.minimum((r + again) * np.log1p(horizon / WEEK / (alpha + whole)), LIMIT))
    return np.clip(np.log((left + later) / np.maximum(1 - later, 1e-12)), -CERTAIN, CERTAIN)


def _features(purchases, gap, horizon, orders, recency, age):
    orders, recency, age = (np.asarray(values, float) for values in (orders, recency, age))
    # one usual gap of the company is added to the customer's own ones: one order says nothing, two little
    late = np.log((recency + 1) / ((age - recency + gap) / orders))
    odds = _model_odds(purchases, horizon, orders, recency, age)
    return np.column_stack([odds, late, late**2, np.log(orders), np.log(recency + 1)])


# -- what is learned ---------------------------------------------------------------------------------------------------


def learn(days, horizon, now, past):
    """Learn the probability from the past.

    :param int days: since the first order of the company
    :param int horizon: see ``find_horizon``; None where too little is known
    :param now: rows of (days with orders, days since the last, days since the first) of all customers today
    :param past: for each cut-off, the last day first, rows of the same for the customers not lost then, with a fourth
        column: whether no order came in the days of the horizon
    :return: dict for storing as JSON. ``missing`` is None, or ``"days"`` (the past is too short) or ``"customers"``;
        with ``days``, ``horizon``, ``stayed`` and ``returned`` (customers of the last cut-off). Where nothing is
        missing also ``purchases``, ``gap`` (mean days between orders), ``constant`` and ``weights``
    """
    past = [np.asarray(rows, float).reshape(-1, 4) for rows in past]
    known = len(past[0]) if past else 0
    stayed = int(past[0][:, 3].sum()) if past else 0
    learned = {"days": days, "horizon": horizon, "stayed": stayed, "returned": known - stayed, "missing": None}
    if horizon is None:
        return learned | {"missing": "days"}
    if min(learned["stayed"], learned["returned"]) < LEAST:
        return learned | {"missing": "customers"}
    now = np.asarray(now, float).reshape(-1, 3)
    past = np.concatenate(past)
    gaps = (now[:, 0] - 1).sum()
    gap = round(float((now[:, 2] - now[:, 1]).sum() / gaps), 6) if gaps else float(horizon)
    purchases = [round(value, 9) for value in fit_purchases(*now.T)]
    constant, weights = _weigh(_features(purchases, gap, horizon, *past.T[:3]), past[:, 3])
    return learned | {"purchases": purchases, "gap": gap, "constant": constant, "weights": weights}


def _weigh(features, stayed):
    """Logistic regression with weights drawn towards zero, by Newton's method.

    :return: constant, list of weights
    """
    mean, spread = features.mean(axis=0), features.std(axis=0)
    spread[spread < 1e-9] = 1.0
    design = np.column_stack([np.ones(len(features)), (features - mean) / spread])
    draw = np.diag([0.0] + [PRIOR] * features.shape[1])
    beta = np.zeros(design.shape[1])
    for _round in range(100):
        share = 1 / (1 + np.exp(-design @ beta))
        slope = design.T @ (stayed - share) - draw @ beta
        step = np.linalg.solve((design.T * (share * (1 - share))) @ design + draw, slope)
        beta += step
        if np.abs(step).max() < 1e-10:
            break
    weights = beta[1:] / spread
    return round(float(beta[0] - weights @ mean), 9), [round(float(weight), 9) for weight in weights]


def probability(learned, orders, recency, age):
    """Probability that customers place no order in the days of the horizon.

    :param dict learned: what ``learn`` returned, with nothing missing
    :param orders: days with orders; ``recency`` days since the last, ``age`` days since the first: arrays of one length
    :return: array of numbers between 0 and 1, rounded to four digits
    """
    features = _features(learned["purchases"], learned["gap"], learned["horizon"], orders, recency, age)
    index = learned["constant"] + features @ np.array(learned["weights"])
    return np.round(1 / (1 + np.exp(-np.clip(index, -LIMIT, LIMIT))), 4)

"""What a customer is expected to bring, from what customers like them brought: additive, and shrunken to the mean.

The margin of customer i is taken to be

    mean + effect of their channel + effect of their industry + ... + what is theirs alone,

where the effects of an attribute's levels are draws around zero (a model of random effects; Robinson, *That BLUP is a
good thing*, Statistical Science 1991). How much levels differ (*between*) and how much customers within a level do
(*within*) is estimated by an analysis of variance of each attribute (Searle, Casella and McCulloch, *Variance
Components*, chapter 3). All effects are then solved for together, so that an industry which comes by one channel is not
counted twice, and each is shrunken by its own within / between: what rests on few customers hardly moves the mean.
"""

from dataclasses import dataclass

import numpy as np

# What is known of fewer customers is no measure of another one.
MIN_CUSTOMERS = 30

# Bands of expected revenue need so many leads in each.
MIN_IN_BAND = 5
BANDS = 4


@dataclass(frozen=True)
class Lesson:
    """What was learned of customers.

    :param float mean: of all customers, in the currency of the margins
    :param dict effects: attribute: ``{level: what it adds to the mean}``, in the same currency
    :param dict counts: attribute: ``{level: number of customers it was learned from}``
    """

    mean: float
    effects: dict
    counts: dict

    def expected(self, **levels):
        """:param levels: attribute: level; one that is not known, or was never seen, adds nothing"""
        return self.mean + sum(self.effects.get(name, {}).get(level, 0.0) for name, level in levels.items())


def learn(margins, levels):
    """
    :param margins: array of what customers brought, one each
    :param levels: ``{attribute: list of the level of each customer}``; None: not known
    :return: Lesson; attributes whose levels do not differ by more than chance have no effects
    :raise ValueError: there are no customers
    """
    margins = np.asarray(margins, dtype=float)
    if not len(margins):
        raise ValueError("nothing can be learned from no customers")
    mean = float(margins.mean())
    rest = margins - mean
    names, codes, penalties, counts = {}, {}, {}, {}
    for name, values in levels.items():
        known = sorted({value for value in values if value is not None})
        places = {value: place for place, value in enumerate(known)}
        code = np.array([places.get(value, -1) for value in values], dtype=int)
        counts[name] = dict(zip(known, np.bincount(code[code >= 0], minlength=len(known)).tolist(), strict=True))
        penalty = shrinkage(rest, code)
        if penalty is not None:
            names[name], codes[name], penalties[name] = known, code, penalty
    solved = _solve(rest, codes, {name: len(known) for name, known in names.items()}, penalties)
    effects = {
        name: dict(zip(names[name], solved[name].tolist(), strict=True)) if name in names else {} for name in levels
    }
    return Lesson(mean, effects, counts)


def shrinkage(values, codes):
    """How many customers a level must have for half of its own mean to count.

    :param values: array of numbers
    :param codes: array of levels from 0 on; -1: not known
    :return: within / between; None where levels do not differ by more than customers within them do
    """
    values, codes = values[codes >= 0], codes[codes >= 0]
    sizes = np.bincount(codes)
    groups, number = len(sizes), len(codes)
    if groups < 2 or number <= groups:
        return None
    means = np.bincount(codes, values) / sizes
    within = float(np.sum((values - means[codes]) ** 2)) / (number - groups)
    among = float(np.sum(sizes * (means - values.mean()) ** 2)) / (groups - 1)
    typical = (number - float(np.sum(sizes.astype(float) ** 2)) / number) / (groups - 1)
    between = (among - within) / typical
    # rounding leaves a trace where there is no difference at all
    if between <= 1e-12 * max(among, within):
        return None
    return within / between


def _solve(rest, codes, sizes, penalties):
    """The effects of all levels together: ``(Z'Z + penalties) effects = Z'rest``, by counts of pairs of levels."""
    starts, total = {}, 0
    for name in codes:
        starts[name], total = total, total + sizes[name]
    left, right = np.zeros((total, total)), np.zeros(total)
    for name, code in codes.items():
        known = code >= 0
        mine = slice(starts[name], starts[name] + sizes[name])
        right[mine] = np.bincount(code[known], rest[known], sizes[name])
        left[mine, mine] += penalties[name] * np.eye(sizes[name])
        for other, theirs in codes.items():
            both = known & (theirs >= 0)
            pairs = np.bincount(code[both] * sizes[other] + theirs[both], minlength=sizes[name] * sizes[other])
            left[mine, starts[other] : starts[other] + sizes[other]] += pairs.reshape(sizes[name], sizes[other])
    # where customers within levels do not differ, nothing is shrunken, and effects may be told apart in many ways
    solved = np.linalg.lstsq(left, right, rcond=None)[0] if total else right
    return {name: solved[starts[name] : starts[name] + sizes[name]] for name in codes}


def band_edges(revenues):
    """Where the bands of expected revenue begin, apart from the first: quartiles.

    :param revenues: array of amounts above zero; others are left out
    :return: list of up to ``BANDS - 1`` amounts; empty where there are too few
    """
    revenues = np.asarray([value for value in revenues if value and value > 0], dtype=float)
    if len(revenues) < BANDS * MIN_IN_BAND:
        return []
    edges = np.unique(np.quantile(revenues, np.arange(1, BANDS) / BANDS, method="higher"))
    return [float(edge) for edge in edges if edge > revenues.min()]


def band(revenue, edges):
    """:return: which band an amount is in, from 0 on; None: no amount, or no bands"""
    if not edges or not revenue or revenue <= 0:
        return None
    return int(np.searchsorted(edges, revenue, side="right"))


def odds(decided, won, leads):
    """The probability of leads as Odoo computes it: naive Bayes over the values of their fields.

    As ``crm.lead._pls_get_naive_bayes_probabilities``: each value's share among leads won against its share among leads
    lost, with 0.1 added to each count; values that were never seen say nothing.

    :param decided: list of dicts of field: value, of leads that were decided
    :param won: list of bool beside it
    :param leads: list of dicts, of leads to be judged
    :return: array of probabilities, 0 to 1; None where none was won, or none was lost
    """
    total = {True: sum(won), False: len(won) - sum(won)}
    if not total[True] or not total[False]:
        return None
    seen = {}
    for lead, fate in zip(decided, won, strict=True):
        for item in lead.items():
            if item[1] is not None:
                seen.setdefault(item, {True: 0.1, False: 0.1})[bool(fate)] += 1
    totals = {True: {}, False: {}}
    for (name, _value), counts in seen.items():
        for fate, count in counts.items():
            totals[fate][name] = totals[fate].get(name, 0.0) + count
    probabilities = []
    for lead in leads:
        score = {fate: np.log(total[fate] / len(won)) for fate in total}
        for item in lead.items():
            if item in seen:
                for fate in total:
                    score[fate] += np.log(seen[item][fate] / totals[fate][item[0]])
        probabilities.append(1 / (1 + np.exp(score[False] - score[True])))
    return np.array(probabilities)

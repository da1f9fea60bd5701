"""How far chance reaches in an experiment on margins: intervals from the draw itself.

Margins have many zeros and a long tail: a single large customer moves the average of a group. Student's interval then
holds the effect in 60% to 90% instead of 95%, and a campaign without effect is called worse twice as often as it may
be, as the larger group has more of the large customers. What is certain is the draw: within each stratum every choice
of the control group was equally likely. So the control group is drawn again, some thousand times, within the same
strata, and what these draws would have shown is compared with what was seen (Fisher 1935; Ernst 2004). This is exact
for any distribution and any size of groups, for each statement that says what every customer would have brought in the
other group. An interval has all effects that are not refuted, with half of ``1 - confidence`` in each tail, under two
statements:

- the offer *adds* the same amount to every customer, or
- it *multiplies* what they bring by the same factor; the effect is then the factor less 1, times what they bring
  without the offer. What customers of this kind bring is itself known from these alone: at its far ends the interval
  has the upper limit of that mean, by Student's formula with Johnson's correction for skewness (Johnson 1978).

Both are read off the same draws without search. What a draw would have shown is linear in the amount, and in the
inverse of the factor, so there is one value at which it changes places with what was seen, and the ends are order
statistics of these values. The interval spans both: it holds an offer that adds, one that multiplies, and those between
that bring more buyers. Where losses come near to gains only the first is asked: a factor then says nothing of the mean.
The adjustment for the time before (``arms.slope``) uses a slope over both groups here, which no draw changes, so that
it costs no exactness.

There is no interval where the data cannot bear one: where so few customers brought any margin that fewer than
``FEWEST_BUYERS`` of them would be expected in a group, or where even a factor of 0 or one without limit is not refuted.
The number of buyers does not depend on the draw if there is no effect: to ask for it favors no conclusion.

Customers who are far from the average are drawn one by one, some hundred in each stratum; the others are so close to
each other, and so many, that their sum is drawn as a normal number with the moments of sampling without replacement.

Sources:

- Fisher: The Design of Experiments, 1935, chapter II.
- Ernst: Permutation methods: a basis for exact inference, Statistical Science 19, 2004.
- Bahadur, Savage: The nonexistence of certain statistical procedures in nonparametric problems, Annals of Mathematical
  Statistics 27, 1956: why no interval for a mean is right for every long tail, and none is given at times.
- Johnson: Modified t tests and confidence intervals for asymmetrical populations, Journal of the American Statistical
  Association 73, 1978.
- Fan, Muller, Rezucha: Development of sampling plans by using sequential (item by item) selection techniques and
  digital computers, Journal of the American Statistical Association 57, 1962.
"""

import hashlib
import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from .arms import groups_of

# How often the control group is drawn again; more often where fewer than ``BEYOND`` draws would lie beyond an end.
DRAWS, MOST_DRAWS = 1999, 39_999
BEYOND = 20

# Customers drawn one by one in all strata together, and the least and the most of them in each.
INDIVIDUAL, LEAST_INDIVIDUAL, MOST_INDIVIDUAL = 2400, 100, 400

# Customers with margin that would be expected in each group if the offer changed nothing.
FEWEST_BUYERS = 5

# Where gains less losses of a group are a smaller share of both together, multiplying is no statement on the mean.
ONE_SIGN = 0.5

# How many numbers of a draw are held at a time.
CHUNK = 4_000_000

# What is no larger than this share of the largest is left by rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class Interval:
    """Effects that the draw does not refute, money per customer.

    ``low`` and ``high`` span both statements, ``low_added`` and ``high_added`` belong to an offer that adds.
    ``p_value`` is that of no effect, two-sided.
    """

    low: float
    high: float
    low_added: float
    high_added: float
    p_value: float


def randomized_interval(strata, confidence=0.95):
    """The interval of the effect of an offer, from draws of the control group within the strata of the first draw.

    The same strata always give the same interval, in whatever order their customers come: the seed follows from their
    numbers.

    :param strata: pairs of ``arms.Customers``, treated and control group; all numbers finite
    :param float confidence: 0 to 1, exclusive
    :return: Interval, or None where the data cannot bear one, or ``MOST_DRAWS`` cannot show such a confidence

    >>> from .arms import Customers
    >>> margins = np.repeat([0.0, 20.0, 50.0, 90.0], 25)
    >>> treated, holdout = Customers(margins + 30.0, margins), Customers(margins[::2], margins[::2])
    >>> found = randomized_interval([(treated, holdout)])
    >>> found.low < 30 < found.high, found.p_value < 0.01
    (True, True)
    >>> randomized_interval([(Customers(margins[:60], margins[:60]), Customers(margins[:5], margins[:5]))]) is None
    True
    """
    if not 0 < confidence < 1:
        return None
    table = _table(strata)
    if table is None or not _has_buyers(table):
        return None
    tail = (1 - confidence) / 2
    draws = min(max(DRAWS, math.ceil(BEYOND / tail) - 1), MOST_DRAWS)
    beyond = int(tail * (draws + 1) + 1e-6)
    if not beyond:
        return None
    own, with_holdout, with_treated = _gaps(table, draws, is_adjusted=True)
    gap = with_holdout + with_treated
    low_added, high_added = _ends(gap, own, beyond)
    ends = [low_added, high_added]
    if _has_one_sign(table):
        # what treated customers brought times this number is what they would have brought without the offer
        least, most = _ends(-with_holdout, with_treated, beyond)
        if not (least > 0 and math.isfinite(most)):
            # a few customers decide the slope: without the adjustment a factor may still have limits
            _own, with_holdout, with_treated = _gaps(table, draws, is_adjusted=False)
            least, most = _ends(-with_holdout, with_treated, beyond)
        if not (least > 0 and math.isfinite(most)):
            return None
        ends += [end for inverse in (least, most) for end in _multiplied(table, inverse, confidence)]
    if not all(map(math.isfinite, ends)):
        return None
    tolerance = ROUNDING * float(np.abs(gap).max())
    tails = (np.count_nonzero(gap <= tolerance), np.count_nonzero(gap >= -tolerance))
    return Interval(
        min(ends),
        max(ends),
        low_added,
        high_added,
        min(1.0, 2 * (1 + int(min(tails))) / (draws + 1)),
    )


def _table(strata):
    """One row a customer, sorted, with numbers of their stratum and of the cell in which they are compared.

    :return: dict of arrays, or None where a cell has nobody in a group
    """
    pairs = [(treated.arm, holdout.arm) for treated, holdout in strata]
    parts = []
    for cell, members in enumerate(groups_of(pairs)):
        counts = [sum(pairs[number][side].count for number in members) for side in (0, 1)]
        if not all(counts):
            return None
        weight = sum(counts) * (1 / counts[0] + 1 / counts[1])
        for number in members:
            for side, customers in enumerate(strata[number]):
                size = len(customers.outcome)
                shape = (np.full(size, number), np.full(size, cell), np.full(size, weight), np.full(size, side == 0))
                parts.append((*shape, customers.outcome, customers.before))
    if not parts:
        return None
    names = ("stratum", "cell", "weight", "treated", "outcome", "before")
    table = {name: np.concatenate(column) for name, column in zip(names, zip(*parts, strict=True), strict=True)}
    order = np.lexsort([table[name] for name in ("treated", "before", "outcome", "stratum")])
    return {name: column[order] for name, column in table.items()}


def _has_buyers(table):
    """Whether enough customers brought any margin, each group counted by its share of all customers."""
    treated = np.count_nonzero(table["treated"])
    smaller = min(treated, len(table["treated"]) - treated) / len(table["treated"])
    return np.count_nonzero(table["outcome"]) * smaller >= FEWEST_BUYERS


def _has_one_sign(table):
    """Whether gains and losses do not come near to each other in a group: then a factor says something of the mean."""
    sides = [table["outcome"][table["treated"] == side] for side in (True, False)]
    return all(abs(outcome.sum()) >= ONE_SIGN * np.abs(outcome).sum() for outcome in sides)


def _gaps(table, draws, is_adjusted):
    """By how much what was seen is above what each draw would have shown, of the numbers of ``_columns``."""
    columns = _columns(table, is_adjusted)
    seen = columns[~table["treated"]].sum(axis=0)
    return seen[:, None] - _draw_again(table, columns, draws)


def _columns(table, is_adjusted):
    """What a customer in the control group adds to the difference of the groups, shape (customers, 3).

    The difference of three numbers: whether they were treated, the margin of those who were not, and of those who were.
    From each the mean of the cell is taken and, if adjusted, the part explained by the time before.
    """
    treated, outcome, cell = table["treated"], table["outcome"], table["cell"]
    numbers = np.column_stack([treated, np.where(treated, 0.0, outcome), np.where(treated, outcome, 0.0)])
    sizes = np.bincount(cell)

    def centered(column):
        return column - (np.bincount(cell, column) / sizes)[cell]

    numbers = np.column_stack([centered(column) for column in numbers.T])
    before = centered(table["before"])
    spread = before @ before
    if is_adjusted and spread > 0:
        numbers -= np.outer(before, before @ numbers / spread)
    return -numbers * (table["weight"] / len(treated))[:, None]


def _draw_again(table, columns, draws):
    """Sums of the columns over control groups drawn within strata, shape (3, draws)."""
    seed = hashlib.sha256(b"".join(table[name].tobytes() for name in ("treated", "outcome", "before"))).digest()
    rng = np.random.Generator(np.random.PCG64(int.from_bytes(seed[:16], "big")))
    sums = np.zeros((columns.shape[1], draws))
    far = np.abs(columns[:, 1] + columns[:, 2])
    strata = np.unique(table["stratum"])
    individual = min(max(INDIVIDUAL // len(strata), LEAST_INDIVIDUAL), MOST_INDIVIDUAL)
    step = max(1, CHUNK // individual)
    for stratum in strata:
        rows = np.flatnonzero(table["stratum"] == stratum)
        places = len(rows) - np.count_nonzero(table["treated"][rows])
        rows = rows[np.argsort(-far[rows], kind="stable")]
        for start in range(0, draws, step):
            part = sums[:, start : start + step]
            part += _draw(rng, columns[rows], places, part.shape[1], individual)
    return sums


def _draw(rng, columns, places, draws, individual):
    """Sums over as many of the rows as there are places, shape (3, draws).

    The first ``individual`` rows are drawn one by one: each with the chance of places left to rows left.
    """
    count = len(columns)
    single = min(count, individual)
    left = np.full(draws, float(places))
    taken = np.empty((single, draws))
    for number, chance in enumerate(rng.random((single, draws))):
        taken[number] = chance * (count - number) < left
        left -= taken[number]
    sums = columns[:single].T @ taken
    others = count - single
    if others:
        rest = columns[single:]
        mean = rest.mean(axis=0)
        spread, axes = np.linalg.eigh((rest - mean).T @ (rest - mean) / max(others - 1, 1))
        normal = rng.standard_normal((columns.shape[1], draws)) * np.sqrt(left * (1 - left / others))
        sums += mean[:, None] * left + (axes * np.sqrt(np.maximum(spread, 0.0))) @ normal
    return sums


def _ends(level, slope, beyond):
    """The least and the largest value at which no more than ``beyond`` draws say that it is too small, or too large.

    A draw changes sides at ``level / slope``. Where it does not depend on the value, it is on one side for all; one
    that would count the other way round, and one that is the draw that was seen, count for both ends.
    """
    if slope.sum() < 0:
        # losses: what multiplies them counts the other way round in all draws
        level, slope = -level, -slope
    flat, same = (np.abs(numbers) <= ROUNDING * np.abs(numbers).max() for numbers in (slope, level))
    both = (slope < 0) & ~flat | flat & same
    with np.errstate(divide="ignore", invalid="ignore"):
        turns = np.where(flat, np.sign(level) * math.inf, level / slope)
    low = np.partition(np.where(both, -math.inf, turns), beyond - 1)[beyond - 1]
    high = np.partition(np.where(both, math.inf, turns), -beyond)[-beyond]
    return float(low), float(high)


def _multiplied(table, inverse, confidence):
    """What an offer brings that multiplies margins by ``1 / inverse``: as expected, and at most.

    At most is further from 0: how far customers of this kind may be above the mean of these says nothing of the
    direction of the effect.
    """
    without = np.where(table["treated"], inverse * table["outcome"], table["outcome"])
    count, mean = len(without), float(without.mean())
    apart = without - mean
    variance = float(apart @ apart) / (count - 1)
    skewness = float((apart**3).mean()) / variance**1.5 if variance > 0 else 0.0
    student = float(special.stdtrit(count - 1, (1 + confidence) / 2))
    shift = math.copysign(skewness, skewness * mean) * (1 + 2 * student**2) / (6 * math.sqrt(count))
    reach = max(student + shift, 0.0) * math.sqrt(variance / count)
    return [(1 / inverse - 1) * number for number in (mean, mean + math.copysign(reach, mean))]

"""How likely two records are the same one: the model of Fellegi and Sunter (1969).

Each field of a pair is at one of a few levels of agreement. Of pairs that are the same, a share ``m`` is at a level; of
others a share ``u``. ``log2(m / u)`` is what the level says, in bits: with +10 the pair is a thousand times as likely
to be the same as before. Missing values say nothing. The bits of all fields and those of the prior add up to the
logarithm of the odds, so every probability can be explained field by field.

``u`` is counted among pairs drawn at random, nearly all of which are different. ``m`` is learned by expectation
maximization (Dempster, Laird and Rubin 1977) from the candidates. The prior is the share of duplicates among *all*
pairs, n(n - 1) / 2: the random pairs that ``u`` comes from are pairs like these. With the share among the candidates
instead, which agree in something by selection, what they were selected for would count twice.
"""

from dataclasses import dataclass

import numpy as np

MISSING, DIFFERENT, PARTLY, CLOSE, EXACT = range(5)
LEVELS = 5
LEVEL_NAMES = ("missing", "different", "partly", "close", "exact")

# Shares that EM starts with, of pairs that are the same: missing (none), different, partly, close, exact. Where it ends
# hardly depends on it, as long as agreement speaks for a duplicate.
START = np.array([0.0, 0.05, 0.05, 0.15, 0.75])
ROUNDS, CLOSE_ENOUGH = 300, 1e-6
# What is assumed before counting has the weight of so many pairs: no level is impossible, and no evidence infinite.
PSEUDO = 1.0
# Duplicates of each record: what EM starts with, and the least and most that it may find
PRIOR_START, PRIOR_LEAST, PRIOR_MOST = 0.1, 0.001, 5.0
# However few records there are, most pairs are different ones
PRIOR_LIMIT = 0.2


@dataclass(frozen=True)
class Model:
    """What was learned.

    A term is a field, or two that depend on each other, as city and postcode do: different customers who share the one
    mostly share the other, and counting both would count one thing twice. Errors in the two of the same customer are
    taken to be independent.

    :param terms: tuples of one or two places of columns
    :param m: of each term an array (levels,) or (levels, levels): share of the same pairs that are at these levels
        among those of which as much is known
    :param u: the same of different pairs
    :param float prior: share of all pairs that are the same
    """

    terms: tuple
    m: tuple
    u: tuple
    prior: float

    @property
    def bits(self):
        """Of each term what its levels say, in bits; 0 where nothing is known."""
        return tuple(np.log2(m / u) for m, u in zip(self.m, self.u, strict=True))

    @property
    def prior_bits(self):
        return float(np.log2(self.prior / (1 - self.prior)))

    def evidence(self, levels):
        """:param levels: array (pairs, fields) of levels :return: array (pairs, terms) of bits"""
        return np.stack(
            [bits[tuple(levels[:, place] for place in term)] for term, bits in zip(self.terms, self.bits, strict=True)],
            axis=1,
        )

    def probability(self, levels):
        """:param levels: array (pairs, fields) of levels :return: array (pairs,) from 0 to 1"""
        # bit by bit: the evidence of millions of pairs takes more memory than all the rest
        total = np.full(len(levels), self.prior_bits)
        for term, bits in zip(self.terms, self.bits, strict=True):
            total += bits[tuple(levels[:, place] for place in term)]
        return probability_of(total)


def probability_of(bits):
    """The probability whose odds are 2 to the power of ``bits``; array or number."""
    return 1 / (1 + np.exp2(-np.clip(bits, -1000, 1000)))


def draw_pairs(count, wanted, seed=0):
    """Pairs of different positions below ``count``, drawn at random: two arrays, the smaller position first."""
    if count < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    draw = np.random.default_rng(seed)
    one = draw.integers(0, count, wanted)
    # another one than the first, each with the same chance
    other = (one + draw.integers(1, count, wanted)) % count
    return np.minimum(one, other), np.maximum(one, other)


def learn(terms, levels, random_levels, records):
    """Learn from candidates and from random pairs.

    :param terms: tuples of one or two places of columns of ``levels``
    :param levels: array (pairs, fields) of the candidates
    :param random_levels: the same of pairs drawn at random
    :param int records: how many records there are in all
    :return: ``Model``
    """
    patterns, counts = _patterns(levels)
    drawn = _patterns(random_levels)
    pairs = max(records * (records - 1) / 2, 1.0)
    least, most = (min(max(records, 1) * share / pairs, PRIOR_LIMIT) for share in (PRIOR_LEAST, PRIOR_MOST))
    prior = min(max(records, 1) * PRIOR_START / pairs, PRIOR_LIMIT)
    m = tuple(_shares(patterns, 0 * counts, term, START) for term in terms)
    u = _chance(terms, *drawn)
    for _round in range(ROUNDS):
        same = counts * Model(terms, m, u, prior).probability(patterns)
        learned = tuple(_shares(patterns, same, term, START) for term in terms)
        learned_prior = float(np.clip(same.sum() / pairs, least, most))
        moved = max(np.abs(new - old).max() for new, old in zip(learned, m, strict=True))
        moved += abs(np.log(learned_prior / prior))
        m, prior = learned, learned_prior
        u = _chance(terms, drawn[0], drawn[1] * (1 - Model(terms, m, u, prior).probability(drawn[0])))
        if moved < CLOSE_ENOUGH:
            break
    return Model(tuple(terms), m, u, prior)


def _chance(terms, patterns, weights):
    """Shares of levels among pairs that are different; before anything is counted, all levels are as likely."""
    even = np.array([0.0, 1.0, 1.0, 1.0, 1.0]) / 4
    return tuple(_shares(patterns, weights, term, even, together=True) for term in terms)


def _shares(patterns, weights, term, assumed, together=False):
    """Shares of levels among the pairs of which as much is known; 1 where nothing is.

    :param bool together: count how two fields agree together, rather than each for itself
    """
    singles = []
    for place in term:
        counted = np.bincount(patterns[:, place], weights, minlength=LEVELS) * (assumed > 0) + PSEUDO * assumed
        singles.append(counted / counted.sum())
    if len(term) == 1:
        [shares] = singles
        return np.where(assumed > 0, shares, 1.0)
    shares = np.ones((LEVELS, LEVELS))
    known = np.outer(singles[0][1:], singles[1][1:])
    if together:
        codes = patterns[:, term[0]] * LEVELS + patterns[:, term[1]]
        counted = np.bincount(codes, weights, minlength=LEVELS**2).reshape(LEVELS, LEVELS)
        # What is too rare to be seen at all would be evidence without end: half of it is taken as if the two fields
        # had nothing to do with each other, which costs a bit at the most.
        known = counted[1:, 1:] + max(counted[1:, 1:].sum(), PSEUDO) * known
    shares[1:, 1:] = known / known.sum()
    # of pairs that lack one of the two, the other speaks for itself
    shares[1:, 0], shares[0, 1:] = singles[0][1:], singles[1][1:]
    return shares


def _patterns(levels):
    """The different rows of ``levels`` and how often each stands there: EM need not look at each pair."""
    powers = LEVELS ** np.arange(levels.shape[1], dtype=np.int64)
    codes = np.zeros(len(levels), np.int64)
    for column, power in zip(levels.T, powers, strict=True):
        codes += column * power
    codes, counts = np.unique(codes, return_counts=True)
    return (codes[:, None] // powers) % LEVELS, counts

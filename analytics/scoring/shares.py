"""Which score means "the best 5%" or "those who bring half of the margin"."""

from itertools import pairwise

TOP_SCORE = 10_000

# Shares equally near differ in their last digits.
NEARER = 1e-12


def find_limit(amounts, share):
    """The lowest score of those who together hold a share.

    Customers with equal scores are in together or out together: of the limits possible, the one whose share comes
    nearest is taken, the higher score where two are equally near.

    :param amounts: list of (score in hundredths, amount), one for each score, the highest first; amounts are not
        negative
    :param float share: 0 to 1
    :return: score in hundredths; above the highest one where nobody comes nearer than the first customers would
    """
    total = sum(amount for _score, amount in amounts)
    if not total:
        return None
    best, found, distance = amounts[0][0] + 1, 0, share
    for score, amount in amounts:
        found += amount
        away = abs(found / total - share)
        if away > distance and found / total > share:
            # everybody further down adds to it
            break
        # equal shares of customers without an amount change nothing: they stay out
        if away < distance - NEARER and amount:
            best, distance = score, away
    return min(best, TOP_SCORE)


def put_in_order(limits, highest=TOP_SCORE):
    """Limits of a ladder that has to rise: those by share give way to others, and the lower to the higher one.

    :param limits: list of (entry, keep, whether by share), the lowest tier first; hundredths of a point
    :param int highest: the highest score there is. Of tiers by share above it, which hold nobody, it is the higher one
        that gives way: else the lower one would come down to customers whom its share leaves out
    :return: list of (entry, keep): each entry is above the one below it, and no tier is kept further down than that

    >>> put_in_order([(0, 0, False), (9000, 8000, True), (9000, 9000, True), (9500, 9500, False)])
    [(0, 0), (8999, 8000), (9000, 9000), (9500, 9500)]
    >>> put_in_order([(0, 0, True), (0, 0, True)])
    [(0, 0), (1, 0)]
    >>> put_in_order([(0, 0, False), (7001, 7001, True), (7001, 7001, True)], highest=7000)
    [(0, 0), (7001, 7001), (7002, 7001)]
    """
    entries = [entry for entry, _keep, _movable in limits]
    movable = [by_share for _entry, _keep, by_share in limits]
    for lower, upper in pairwise(range(len(limits))):
        if movable[lower] and movable[upper] and entries[lower] > highest:
            entries[upper] = min(TOP_SCORE, max(entries[upper], entries[lower] + 1))
    for upper in range(len(limits) - 1, 0, -1):
        if movable[upper - 1]:
            entries[upper - 1] = max(0, min(entries[upper - 1], entries[upper] - 1))
    for lower, upper in pairwise(range(len(limits))):
        if movable[upper]:
            entries[upper] = min(TOP_SCORE, max(entries[upper], entries[lower] + 1))
    ordered = []
    for place, (entry, (_entry, keep, by_share)) in enumerate(zip(entries, limits, strict=True)):
        if by_share:
            keep = min(entry, max(keep, entries[place - 1] if place else 0))
        ordered.append((entry, keep))
    return ordered

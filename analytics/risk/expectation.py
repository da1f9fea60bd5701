"""What could be expected of a group of customers, from what others of the same kind did in the time before.

Customers are counted in cells of equal kind. What a cell of this time is expected to keep is its number times the share
that the same cell kept in the time before: a change in the mix of customers alone changes nothing. This is a comparison
of two times, not a proof: whatever else has changed between them is in the difference.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """Customers of one kind.

    :param int base: customers there were at the start
    :param int kept: of them, those kept
    :param float margin: of those kept, in the time, company currency
    """

    base: int
    kept: int
    margin: float

    def __add__(self, other):
        return Cell(self.base + other.base, self.kept + other.kept, self.margin + other.margin)


NOBODY = Cell(0, 0, 0.0)


def expect(cells, reference, scale=1.0):
    """Customers and margin that each cell is expected to keep.

    A kind without customers in the time before is compared with all customers who were as late, else with
    everybody.

    :param dict cells: ``{(kind, late): Cell}`` of this time
    :param dict reference: the same of the time before
    :param float scale: length of this time over that of the time before; margin grows with it
    :return: ``{(kind, late): (customers, margin)}``; None if there were no customers before

    >>> before = {("Gold", False): Cell(10, 9, 900.0), ("Base", False): Cell(100, 50, 1000.0)}
    >>> expect({("Gold", False): Cell(20, 15, 1600.0)}, before)
    {('Gold', False): (18.0, 1800.0)}
    >>> expect({("New tier", False): Cell(11, 5, 100.0)}, before)
    {('New tier', False): (5.9, 190.0)}
    >>> expect({("Gold", False): Cell(20, 15, 1600.0)}, {}) is None
    True
    """
    like = [
        lambda key: reference.get(key, NOBODY),
        lambda key: sum((cell for (_kind, late), cell in reference.items() if late == key[1]), NOBODY),
        lambda key: sum(reference.values(), NOBODY),
    ]
    if not like[-1](None).base:
        return None
    expected = {}
    for key, cell in cells.items():
        model = next(other for other in (find(key) for find in like) if other.base)
        expected[key] = (cell.base * model.kept / model.base, scale * cell.base * model.margin / model.base)
    return expected


def total_interval(effects):
    """Sum of measured effects and its interval; the effects of campaigns that share no customers are independent.

    Intervals of margins reach farther to one side. What lies below the effects adds up as squares, and so does what
    lies above them (Zou, Donner: Construction of confidence limits about effect measures: a general approach,
    Statistics in Medicine 27, 2008): of one campaign, the interval is its own.

    :param effects: (total, low, high) each, money
    :return: (total, low, high)

    >>> total_interval([(10.0, 7.0, 15.0), (20.0, 16.0, 32.0)])
    (30.0, 25.0, 43.0)
    >>> total_interval([(10.0, 5.0, 30.0)])
    (10.0, 5.0, 30.0)
    """
    total = sum(effect for effect, _low, _high in effects)
    below = math.hypot(*(effect - low for effect, low, _high in effects))
    above = math.hypot(*(high - effect for effect, _low, high in effects))
    return total, total - below, total + above

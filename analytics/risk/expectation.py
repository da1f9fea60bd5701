"""What could be expected of a group of customers, from what others of the same kind did in the time before.

Customers are counted in cells of equal kind. What a cell of this time is expected to keep is its number times the share
that the same cell kept in the time before: a change in the mix of customers alone changes nothing. This is a comparison
of two times, not a proof: whatever else has changed between them is in the difference.
"""

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

    :param effects: (total, low, high) each, money
    :return: (total, low, high): half widths add up as squares

    >>> total_interval([(10.0, 7.0, 13.0), (20.0, 16.0, 24.0)])
    (30.0, 25.0, 35.0)
    """
    total = sum(effect for effect, _low, _high in effects)
    width = sum(((high - low) / 2) ** 2 for _effect, low, high in effects) ** 0.5
    return total, total - width, total + width

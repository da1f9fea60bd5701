"""Aims of the benchmark: what was measured, what it is compared with, and how much of that it may be.

A measurement of bench_measure.py, or a part of the benchmark (a module ``bench_<part>.py``), hands its aims over in its
answer, under ``aims``:

    {"aims": [aim("start of a campaign", seconds, 3, reference=floor), aim("memory", peak, 300e6, unit="bytes")]}

Both sides of a ratio come from the same run on the same machine, so that verdicts of different machines agree.
"""

import math
from dataclasses import asdict, dataclass

UNITS = {
    "seconds": lambda value: f"{value:.2f} s" if value >= 1 else f"{1000 * value:.1f} ms",
    "bytes": lambda value: f"{value / 1e6:.0f} MB",
    "queries": lambda value: f"{value:g} queries",
    "": lambda value: f"{value:.2f}",
}


@dataclass(frozen=True)
class Aim:
    """Something that may be at most so much.

    :param str title: what is measured, in a few words
    :param float measured: in ``unit``
    :param float limit: the most that is allowed: times ``reference``; where there is none, in ``unit``
    :param float reference: what it is compared with, in ``unit``
    :param str unit: a key of ``UNITS``
    """

    title: str
    measured: float
    limit: float
    reference: float | None = None
    unit: str = "seconds"

    def __post_init__(self):
        if self.unit not in UNITS:
            raise ValueError(f"{self.title}: there is no unit `{self.unit}`, only {', '.join(map(repr, UNITS))}")
        if self.reference is not None and not self.reference > 0:
            raise ValueError(f"{self.title}: what it is compared with took no time: {self.reference}")
        if not math.isfinite(self.measured):
            raise ValueError(f"{self.title}: {self.measured} is no measurement")

    @property
    def share(self):
        """What is judged: a multiple of the reference, or the measurement itself."""
        return self.measured if self.reference is None else self.measured / self.reference

    @property
    def met(self):
        return self.share <= self.limit

    def cells(self):
        """The measurement, what it is compared with, their ratio and the limit, as they are read in the table."""
        write = UNITS[self.unit]
        if self.reference is None:
            return write(self.measured), "", "", write(self.limit)
        return write(self.measured), write(self.reference), f"{self.share:.3g} x", f"{self.limit:g} x"


def aim(title, measured, limit, reference=None, unit="seconds"):
    """An ``Aim`` as it travels in the answer of a measurement.

    :raise ValueError: unknown unit, no measurement, or a reference that is not positive
    """
    return asdict(Aim(title, measured, limit, reference, unit))


def aims_table(aims, judged=True):
    """Lines of the table with which the benchmark ends.

    :param aims: list of ``Aim``
    :param bool judged: whether it says which ones are met: a small size says nothing of ratios
    """
    head = ("aim", "measured", "compared with", "ratio", "at most", "")
    rows = [head, *((one.title, *one.cells(), _verdict(one) if judged else "") for one in aims)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for title, *numbers, verdict in rows:
        cells = (cell.rjust(width) for cell, width in zip(numbers, widths[1:-1], strict=True))
        lines.append("  ".join([title.ljust(widths[0]), *cells, verdict]).rstrip())
    if not judged:
        return [*lines, "", "A small size says nothing of ratios: no aim is judged."]
    met = sum(one.met for one in aims)
    return [*lines, "", f"{met} of {len(aims)} aims are met, {len(aims) - met} are missed."]


def _verdict(one):
    return "met" if one.met else "MISSED"


def exponent(sizes):
    """By which power of the size the time grows: 1 is in proportion.

    :param dict sizes: seconds by size, two at least
    """
    points = [(math.log(size), math.log(seconds)) for size, seconds in sizes.items()]
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _y in points)

"""Where lines and bars of a result are drawn."""

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from analytics.campaign.result_picture import draw_result
from analytics.core.drawing import BOTTOM, EDGE, SCALE, draw_interval

WIDTH, HEIGHT = 430, 180
RIGHT = WIDTH - EDGE


def point(day, treated, holdout, *, is_before=False, is_known=True):
    effect = treated - holdout
    return {
        "date": day, "is_before": is_before, "margin_treated": treated, "margin_holdout": holdout,
        "is_effect_known": is_known, "effect": effect, "effect_low": effect - 5, "effect_high": effect + 5,
    }  # fmt: skip


def result(*points, first="2025-06-17", start="2025-06-30"):
    return {"points": list(points), "first": first, "start": start}


POINTS = (
    point("2025-06-23", 8.0, 9.0, is_before=True, is_known=False),
    point("2025-06-29", 16.0, 18.0, is_before=True, is_known=False),
    point("2025-07-06", 10.0, 9.0),
    point("2025-07-13", 30.0, 22.0),
)


class Drawn:
    """What an SVG shows."""

    def __init__(self, svg):
        self.root = ElementTree.fromstring(svg)
        self.lines = self.all("polyline")
        self.paths = [coordinates(line.get("points")) for line in self.lines]
        self.bands = [coordinates(band.get("points")) for band in self.all("polygon")]
        self.dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in self.all("circle")]
        zero, *marks = self.all("line")
        self.zero = float(zero.get("y1"))
        self.marks = [float(mark.get("x1")) for mark in marks]
        self.days = [text for text in self.all("text") if float(text.get("y")) == HEIGHT - 3]
        self.ticks = [text for text in self.all("text") if text not in self.days]

    def all(self, tag):
        return self.root.findall(f"{{http://www.w3.org/2000/svg}}{tag}")


def draw(*args, **options):
    svg = draw_result(*args, lambda amount, digits: f"{amount:.{digits}f}", lambda day: day.isoformat(), **options)
    return Drawn(svg) if svg else None


def coordinates(path):
    return [tuple(map(float, pair.split(","))) for pair in path.split()]


def test_each_spell_begins_with_nothing_on_its_eve():
    drawn = draw(result(*POINTS), ["margin_treated", "margin_holdout"])
    assert [bool(line.get("stroke-dasharray")) for line in drawn.lines] == [True, False, True, False]
    before, after = drawn.paths[:2]
    [mark] = drawn.marks
    assert before[0] == (SCALE, drawn.zero)
    assert after[0] == (mark, drawn.zero)
    # 13 days before the start, and 14 since
    assert mark == pytest.approx(SCALE + 13 / 27 * (RIGHT - SCALE), abs=0.1)
    assert [len(path) for path in drawn.paths] == [3, 3, 3, 3]
    assert len(drawn.dots) == 8, "What begins with nothing was not measured"
    assert before[1][0] == pytest.approx(SCALE + 7 / 27 * (RIGHT - SCALE), abs=0.1)
    # higher is more
    assert after[2][1] < after[1][1] < drawn.zero
    assert [day.text for day in drawn.days] == ["2025-06-16", "2025-06-29", "2025-07-13"]


def test_band_is_of_what_is_known():
    drawn = draw(result(*POINTS), ["effect"], band=("effect_low", "effect_high"))
    [line], [band] = drawn.paths, drawn.bands
    assert len(line) == len(drawn.dots) == 2
    (x, high), (_x, top), (_other, bottom), (last, low) = band
    assert x == last == line[0][0]
    assert high < line[0][1] < low
    assert top < line[1][1] < bottom
    unknown = result(point("2025-07-06", 0.0, 0.0, is_known=False))
    assert draw(unknown, ["effect"], band=("effect_low", "effect_high")) is None


@pytest.mark.parametrize(
    "points",
    [
        [point("2025-06-30", 0.0, 0.0)],
        [point("2025-06-30", -5.0, -7.0)],
        [point("2025-06-29", 0.0, 0.0)],
        [point("2025-06-29", 9.0, 9.0, is_before=True), point("2025-06-30", 1e9, -1e9)],
    ],
)
def test_everything_is_inside(points):
    """Campaigns of a day, without margin, with losses, and whose clocks disagree."""
    drawn = draw(result(*points, first="2025-06-29"), ["margin_treated", "margin_holdout"])
    places = [place for path in drawn.paths for place in path]
    assert places
    assert all(SCALE <= x <= WIDTH and 0 <= y <= HEIGHT - BOTTOM for x, y in places)
    ticks = sorted(float(tick.get("y")) for tick in drawn.ticks)
    assert all(other - one >= 9 for one, other in pairwise(ticks)), "They can be read"
    days = [float(day.get("x")) for day in drawn.days]
    assert days == sorted(days)


def test_the_day_of_the_start_does_not_run_into_others():
    points = [point("2025-06-29", 9.0, 9.0, is_before=True), point("2025-07-01", 1.0, 1.0)]
    drawn = draw(result(*points, first="2025-04-01"), ["margin_treated"])
    assert len(drawn.days) == 2
    assert drawn.marks[0] > SCALE


def interval(low, effect, high, worthwhile):
    drawn = Drawn(draw_interval(low, effect, high, worthwhile, "#000000"))
    bar = drawn.all("rect")[1]
    zero, worth = (float(line.get("x1")) for line in drawn.all("line"))
    left = float(bar.get("x"))
    return left, zero, drawn.dots[0][0], worth, left + float(bar.get("width")), float(drawn.root.get("width"))


def test_interval():
    left, zero, effect, worth, right, width = interval(-2.0, 3.0, 8.0, 4.0)
    assert 0 < left < zero < effect < worth < right < width
    assert effect - left == pytest.approx(right - effect, abs=0.2)
    _left, zero, effect, *_rest = interval(0.0, 0.0, 0.0, 0.0)
    assert zero == effect == 1.0

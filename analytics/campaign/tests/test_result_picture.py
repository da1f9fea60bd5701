"""Where lines and bars of a result are drawn."""

from itertools import pairwise

import pytest

from analytics.campaign.result_picture import HEIGHT, WIDTH, draw_interval, draw_lines


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


def draw(*args, **options):
    return draw_lines(*args, lambda amount, digits: f"{amount:.{digits}f}", **options)


def coordinates(path):
    return [tuple(map(float, pair.split(","))) for pair in path.split()]


def test_each_spell_begins_with_nothing_on_its_eve():
    drawn = draw(result(*POINTS), ["margin_treated", "margin_holdout"])
    assert [line["is_before"] for line in drawn["lines"]] == [True, False, True, False]
    before, after = drawn["lines"][:2]
    assert coordinates(before["path"])[0] == (drawn["left"], drawn["zero"])
    assert coordinates(after["path"])[0] == (drawn["mark"], drawn["zero"])
    # 13 days before the start, and 14 since
    assert drawn["mark"] == pytest.approx(drawn["left"] + 13 / 27 * (drawn["right"] - drawn["left"]), abs=0.1)
    assert [len(line["dots"]) for line in drawn["lines"]] == [2, 2, 2, 2]
    assert before["dots"][0][0] == pytest.approx(drawn["left"] + 7 / 27 * (drawn["right"] - drawn["left"]), abs=0.1)
    # higher is more
    assert after["dots"][1][1] < after["dots"][0][1] < drawn["zero"]
    assert [day for _x, _anchor, day in drawn["days"]] == ["2025-06-16", "2025-06-29", "2025-07-13"]


def test_band_is_of_what_is_known():
    drawn = draw(result(*POINTS), ["effect"], band=("effect_low", "effect_high"))
    [line] = drawn["lines"]
    assert len(line["dots"]) == 2
    assert len(coordinates(drawn["band"])) == 4
    (x, high), (_x, top), (_other, bottom), (last, low) = coordinates(drawn["band"])
    assert x == last == line["dots"][0][0]
    assert high < line["dots"][0][1] < low
    assert top < line["dots"][1][1] < bottom
    unknown = draw(
        result(point("2025-07-06", 0.0, 0.0, is_known=False)), ["effect"], band=("effect_low", "effect_high")
    )
    assert (unknown["lines"], unknown["band"]) == ([], "")


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
    places = [place for line in drawn["lines"] for place in coordinates(line["path"])]
    assert all(drawn["left"] <= x <= WIDTH and 0 <= y <= drawn["bottom"] < HEIGHT for x, y in places)
    ticks = sorted(y for y, _text in drawn["ticks"])
    assert all(other - one >= 9 for one, other in pairwise(ticks)), "They can be read"
    days = [x for x, _anchor, _day in drawn["days"]]
    assert days == sorted(days)


def test_the_day_of_the_start_does_not_run_into_others():
    points = [point("2025-06-29", 9.0, 9.0, is_before=True), point("2025-07-01", 1.0, 1.0)]
    drawn = draw(result(*points, first="2025-04-01"), ["margin_treated"])
    assert len(drawn["days"]) == 2
    assert drawn["mark"] > drawn["left"]


def test_interval():
    drawn = draw_interval({"low": -2.0, "effect": 3.0, "high": 8.0, "worthwhile": 4.0})
    assert 0 < drawn["low"] < drawn["zero"] < drawn["effect"] < drawn["worthwhile"] < drawn["high"] < drawn["width"]
    assert drawn["effect"] - drawn["low"] == pytest.approx(drawn["high"] - drawn["effect"], abs=0.2)
    nothing = draw_interval(dict.fromkeys(("low", "effect", "high", "worthwhile"), 0.0))
    assert nothing["zero"] == nothing["effect"] == 1.0

"""The aims at the end of the benchmark."""

import bench
import pytest
from bench_aims import Aim, aim, aims_table, exponent

MEMORY = {"peak": 200e6, "idle": 150e6}


def runs(floor=1.0, full=1.2, later=0.9):
    return {"floor": floor, "full": {"seconds": full, **MEMORY}, "later": {"seconds": later, **MEMORY}}


def answers(**changes):
    """What was measured of 200,000 customers, with every aim met for a floor of one second."""
    return (
        runs()
        | {
            "customers": 200_000,
            "some": {"runs": {"10": {"seconds": 0.03}, "500": {"seconds": 0.04}, "2000": {"seconds": 0.05}}},
            "one": {"seconds": 0.02, "python": 0.008},
            "move": {10_000: {"peak": 200e6}, 50_000: {"peak": 210e6}},
        }
        | changes
    )


def missed(other=None, **changes):
    main = answers(**changes)
    sizes = {50_000: other or runs(0.25, 0.3, 0.2), 200_000: main}
    found = list(bench.aims(main, sizes))
    assert len(found) == 13
    return [one.title for one in found if not one.met]


def test_every_aim_is_judged():
    assert missed() == []


def test_each_size_is_compared_with_its_own_floor():
    assert missed(other=runs(0.25, 0.5, 0.2)) == ["first full run, 50,000 customers"]


def test_growth_is_judged():
    assert missed(other=runs(0.25, 0.2, 0.2)) == ["power by which full runs grow"]


def test_memory_and_times_are_judged_apart():
    assert missed(move={10_000: {"peak": 200e6}, 50_000: {"peak": 300e6}}) == [
        "memory of 50,000 movers over that of 10,000"
    ]
    assert missed(one={"seconds": 0.04, "python": 0.03}) == ["run for one customer", "of which outside of PostgreSQL"]


def test_runs_for_some_are_in_proportion():
    slow = {"10": {"seconds": 0.03}, "500": {"seconds": 0.2}, "2000": {"seconds": 0.05}}
    assert missed(some={"runs": slow}) == ["run for 500, in proportion"]


def test_aims_travel_as_json():
    assert Aim(**aim("start", 3.0, 3, 1.0)).met
    assert not Aim(**aim("memory", 301e6, 300e6, unit="bytes")).met


def test_table_ends_with_the_sum():
    lines = aims_table([Aim("fast", 1.0, 2, 1.0), Aim("slow", 0.05, 0.03), Aim("large", 310e6, 300e6, unit="bytes")])
    assert lines[1].split() == ["fast", "1.00", "s", "1.00", "s", "1", "x", "2", "x", "met"]
    assert lines[2].split() == ["slow", "50.0", "ms", "30.0", "ms", "MISSED"]
    assert lines[-1] == "1 of 3 aims are met, 2 are missed."


def test_small_size_is_not_judged():
    lines = aims_table([Aim("slow", 5.0, 2, 1.0)], judged=False)
    assert not any("MISSED" in line for line in lines)
    assert "no aim is judged" in lines[-1]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"unit": "miles"}, "there is no unit `miles`"),
        ({"reference": 0.0}, "took no time"),
        ({"measured": float("nan")}, "no measurement"),
    ],
)
def test_nonsense_is_no_aim(values, message):
    with pytest.raises(ValueError, match=message):
        aim(**{"title": "nonsense", "measured": 1.0, "limit": 1} | values)


def test_exponent_of_time_in_proportion_is_one():
    assert exponent({50_000: 0.3, 200_000: 1.2, 1_000_000: 6.0}) == pytest.approx(1)
    assert exponent({10: 1.0, 100: 100.0}) == pytest.approx(2)

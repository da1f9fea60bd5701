"""The verdict at the end of the benchmark."""

import bench


def answers(**changes):
    """What was measured, with every aim met for a floor of one second."""
    times = dict.fromkeys(bench.COMPLAINTS, 1.0)
    memory = {"peak": 200e6, "idle": 150e6}
    return {
        "full": {"seconds": 2.0, **memory},
        "later": {"seconds": 2.0, **memory},
        "one": {"seconds": 0.02, **memory},
        "move": {10_000: {"peak": 200e6}, 50_000: {"peak": 210e6}},
        "complaints": {"few": times, "many": {**times, "queue": 1.0}},
        "retention": {"start": 30.0, "floor": 1.0},
    } | changes


def judged(capsys, **changes):
    bench.judge(1.0, answers(**changes))
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 7
    return [line for line in lines if "NOT MET" in line]


def test_every_aim_is_judged(capsys):
    assert judged(capsys) == []


def test_memory_and_times_are_judged_apart(capsys):
    (line,) = judged(capsys, move={10_000: {"peak": 200e6}, 50_000: {"peak": 300e6}})
    assert "50,000 movers" in line
    assert "+100 MB" in line
    times = dict.fromkeys(bench.COMPLAINTS, 1.0)
    (line,) = judged(capsys, complaints={"few": times, "many": {**times, "create": 3.0, "queue": 1.0}})
    assert "complaints at hand" in line
    assert "3.00 x, take in a complaint" in line

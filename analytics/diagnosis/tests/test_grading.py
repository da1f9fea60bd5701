"""Grades never fall when something is mended, whatever the numbers."""

from hypothesis import given
from hypothesis import strategies as st

from ..grading import letter, pillar_score, severity

CHECK = st.integers(1, 10_000).flatmap(
    lambda total: st.tuples(st.integers(1, 5), st.integers(0, total), st.just(total))
)
CHECKS = st.lists(CHECK, min_size=1, max_size=12)
ORDER = "edcba"


@given(CHECKS, st.data())
def test_mending_never_lowers(checks, data):
    place = data.draw(st.integers(0, len(checks) - 1))
    weight, faulty, total = checks[place]
    mended = data.draw(st.integers(0, faulty))
    gone = data.draw(st.booleans())
    # mended in place, or by being taken away
    after = (weight, faulty - mended, total - mended if gone else total)
    before, now = pillar_score(checks), pillar_score([*checks[:place], after, *checks[place + 1 :]])
    if now is None:
        assert after[2] == 0
        return
    assert now >= before - 1e-9
    assert ORDER.index(letter(now + 1e-9)) >= ORDER.index(letter(before))


@given(CHECKS)
def test_bounds(checks):
    assert -1e-9 <= pillar_score(checks) <= 100
    assert pillar_score([(weight, 0, total) for weight, _faulty, total in checks]) == 100
    assert pillar_score(checks) == pillar_score([*checks, (3, 0, 0)])


@given(st.integers(0, 100), st.integers(0, 100), st.floats(0, 1e6), st.floats(0, 1e6))
def test_severity_grows(faulty, more, amount, further):
    order = ["low", "medium", "high"]
    less = severity(min(faulty, more), 100, min(amount, further), 1e6, (25, 15), (5, 3))
    assert order.index(less) <= order.index(
        severity(max(faulty, more), 100, max(amount, further), 1e6, (25, 15), (5, 3))
    )

"""What counts as the addon's doing when the tests of its hosts are compared."""

from launcher.hosts import compare, passes
from launcher.odoolog import TestLog

KNOWN = {"started": {"sale:A.one", "sale:A.two", "sale:B.one"}, "failed": {"sale:A.two"}}


def test_known_failures_are_not_ours():
    result = TestLog(started=KNOWN["started"], failed={"sale:A.two": "as ever"})
    verdict = compare(KNOWN, result, TestLog(), ["sale"])
    assert (verdict.passed, verdict.failures) == (2, [])


def test_a_new_failure_is_ours_unless_it_passes_by_itself():
    result = TestLog(started=KNOWN["started"], failed={"sale:A.one": "new", "sale:A.two": "as ever"})
    for again, failures in (
        (TestLog(started={"sale:A.one"}, failed={"sale:A.one": "again"}), ["sale:A.one"]),
        (TestLog(), ["sale:A.one"]),
        (TestLog(started={"sale:A.one"}), []),
    ):
        verdict = compare(KNOWN, result, again, ["sale"])
        assert verdict.failures == failures
        assert verdict.passed == 2 - len(failures)


def test_a_test_that_no_longer_runs_is_a_failure():
    result = TestLog(started={"sale:A.one", "sale:A.two"})
    assert compare(KNOWN, result, TestLog(), ["sale"]).failures == ["sale:B.one did not run with the addon"]
    assert compare(KNOWN, TestLog(started=KNOWN["started"]), TestLog(), ["sale", "crm"]).failures == [
        "no test of crm ran"
    ]
    assert "no test of sale ran" in compare(KNOWN, TestLog(), TestLog(), ["sale"]).failures


def test_a_class_that_cannot_be_set_up_counts_once():
    result = TestLog(started={"sale:A.one", "sale:A.two"}, failed={"sale:B.setUpClass": "broken"})
    again = TestLog(failed={"sale:B.setUpClass": "broken"})
    assert compare(KNOWN, result, again, ["sale"]).failures == ["sale:B.setUpClass"]
    assert passes("sale:B.setUpClass", TestLog(started={"sale:B.one"}))
    assert not passes("sale:B.setUpClass", TestLog())

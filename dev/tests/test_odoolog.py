"""Counting tests in Odoo's log, and finding what it complains about."""

from launcher.odoolog import ALLOWED, Record, allowed, read_tests, records
from launcher.testing import judge

ADDON = "odoo.addons.customer_value.tests"


def line(level, logger, message, database="db"):
    return f"2026-01-01 12:00:00,000 4711 {level} {database} {logger}: {message}\n"


def passing(name="TestA.test_one"):
    return line("INFO", f"{ADDON}.test_a", f"Starting {name} ... ")


def test_records_carry_the_lines_that_follow():
    log = ["printed before any record\n", line("ERROR", "a.b", "broken"), "Traceback:\n", "  boom\n"]
    log.append(line("INFO", "c", "fine", database="?"))
    assert list(records(log)) == [
        Record("ERROR", "a.b", "broken\nTraceback:\n  boom"),
        Record("INFO", "c", "fine"),
    ]


def test_colours_do_not_matter():
    coloured = line("\x1b[1;33mWARNING\x1b[0m", "a", "beware")
    assert [record.level for record in records([coloured])] == ["WARNING"]


def test_a_run_that_passes():
    log = read_tests([passing(), passing("TestA.test_two")])
    assert log.passed == {"customer_value:TestA.test_one", "customer_value:TestA.test_two"}
    verdict = judge(log, 0)
    assert (verdict.passed, verdict.failures) == (2, [])


def test_failures_errors_and_subtests_count_once_per_test():
    log = read_tests([
        passing(),
        line("ERROR", f"{ADDON}.test_a", "FAIL: Subtest TestA.test_one (i=1)"),
        "Traceback\n",
        line("ERROR", f"{ADDON}.test_a", "FAIL: Subtest TestA.test_one (i=2)"),
        passing("TestA.test_two"),
        line("ERROR", f"{ADDON}.test_a", "ERROR: TestA.test_two"),
        passing("TestA.test_three"),
        line("ERROR", "odoo.tests.result", "1 failed, 1 error(s) of 3 tests when loading database 'x'"),
    ])  # fmt: skip
    assert log.failed.keys() == {"customer_value:TestA.test_one", "customer_value:TestA.test_two"}
    assert log.failed["customer_value:TestA.test_one"].endswith("Traceback")
    assert log.passed == {"customer_value:TestA.test_three"}
    assert log.problems == []


def test_a_class_that_cannot_be_set_up_fails():
    message = f"ERROR: setUpClass ({ADDON}.test_b.TestB)"
    log = read_tests([passing(), line("ERROR", "odoo.tests.suite", message)])
    assert list(log.failed) == ["customer_value:TestB.setUpClass"]
    assert len(judge(log, 1).failures) == 1


def test_no_test_is_a_failure():
    assert judge(read_tests([line("INFO", "odoo", "Modules loaded.")]), 0).failures


def test_a_planned_test_that_did_not_run_is_a_failure():
    log = read_tests([passing("TestA.test_one")]) + read_tests([passing("TestB.test_one")])
    planned = {f"customer_value:{name}" for name in ("TestA.test_one", "TestB.test_one")}
    assert judge(log, 0, planned).failures == []
    planned |= {"customer_value:TestB.test_two", "customer_value:TestB.test_three"}
    assert judge(log, 0, planned).failures == ["customer_value:TestB: 2 tests did not run"]


def test_tests_of_a_class_that_failed_as_a_whole_are_not_missed_besides():
    log = read_tests([
        passing(),
        line("ERROR", "odoo.tests.suite", f"ERROR: setUpClass ({ADDON}.test_b.TestB)"),
        line("INFO", "odoo.tests.suite", f"skipped setUpClass ({ADDON}.test_c.TestC) : stock is not installed"),
    ])  # fmt: skip
    planned = {f"customer_value:Test{letter}.test_one" for letter in "ABC"}
    assert judge(log, 1, planned).failures == ["customer_value:TestB.setUpClass"]


def test_skipped_browser_tests_are_failures():
    reasons = [
        "chromium not found",
        "websocket-client module is not installed",
        "Failed to detect chrome devtools port after 10.0s.",
        "Error during Chrome headless connection",
    ]
    for reason in reasons:
        skip = line("INFO", f"{ADDON}.test_tour", f"skipped TestTour.test_x : {reason}")
        log = read_tests([passing(), passing("TestTour.test_x"), skip])
        assert "customer_value:TestTour.test_x" not in log.passed
        assert len(judge(log, 0).failures) == 1, reason


def test_a_class_skipped_as_a_whole_is_named():
    message = f"skipped setUpClass ({ADDON}.test_tour.TestTour) : chromium not found"
    log = read_tests([passing(), line("INFO", "odoo.tests.suite", message)])
    assert list(log.browser_skips) == ["customer_value:TestTour.setUpClass"]


def test_other_skips_are_no_failures_and_do_not_pass():
    skip = line("INFO", f"{ADDON}.test_a", "skipped TestA.test_one : stock is not installed")
    log = read_tests([passing(), passing("TestA.test_two"), skip])
    verdict = judge(log, 0)
    assert (verdict.passed, verdict.failures) == (1, [])


def test_warnings_and_errors_in_the_log_are_failures():
    for level in ("WARNING", "ERROR", "CRITICAL"):
        log = read_tests([passing(), line(level, "odoo.modules.loading", "something is wrong")])
        assert len(judge(log, 0).failures) == 1
        assert judge(log, 0).passed == 1


def test_what_is_allowed_is_not_a_problem():
    late = Record("ERROR", f"{ADDON}.test_tour.TestTour.test_x.browser", "Error received after termination: x")
    assert allowed(late)
    assert not allowed(Record("ERROR", "odoo.sql_db", "bad query"))
    assert read_tests([line(late.level, late.logger, late.message)]).problems == []
    assert read_tests([line(late.level, late.logger, late.message)], patterns=[]).problems == [late]


def test_the_allow_list_stays_short():
    assert len(ALLOWED) <= 6


def test_an_exit_code_that_nothing_explains_is_a_failure():
    assert judge(read_tests([passing()]), 1).failures == ["Odoo ended with code 1"]


def test_a_process_that_was_killed_is_a_failure_besides_others():
    log = read_tests([passing(), line("ERROR", f"{ADDON}.test_a", "FAIL: TestA.test_one")])
    assert judge(log, 1).failures == ["customer_value:TestA.test_one"]
    assert judge(log, -9).failures == ["customer_value:TestA.test_one", "Odoo ended with code -9"]

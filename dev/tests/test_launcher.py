"""Cache keys, database names, verdicts and other plain parts of the launcher."""

import json
from pathlib import Path

import pytest
from launcher.odoo import addon_digest, addon_files
from launcher.odoo_tests import modules
from launcher.paths import Paths, cache_root, checkout_key, digest
from launcher.postgres import NamedServer, reachable, server_from_environment
from launcher.testing import Durations, Verdict, free_port, processes, read_junit
from launcher.wheel import strangers


def test_cache_root():
    assert cache_root({"CUSTOMER_VALUE_CACHE": "/c", "XDG_CACHE_HOME": "/x"}) == Path("/c")
    assert cache_root({"XDG_CACHE_HOME": "/x"}) == Path("/x/customer_value")
    assert cache_root({}) == Path.home() / ".cache" / "customer_value"


def test_two_checkouts_share_downloads_and_nothing_else(tmp_path):
    one, two = Paths(tmp_path, Path("/a/one")), Paths(tmp_path, Path("/a/two"))
    assert one.venv == two.venv
    assert one.own != two.own
    assert one.addons != two.addons
    assert checkout_key("/a/one") == checkout_key("/a/b/../one")


def test_digest_tells_boundaries_and_contents_apart(tmp_path):
    file = tmp_path / "file"
    file.write_text("x")
    before = digest(file)
    file.write_text("y")
    assert digest(file) != before
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") == digest(b"ab")


def test_which_server_the_environment_names():
    assert server_from_environment({"PATH": "/bin"}) is None
    assert server_from_environment({"PGDATABASE": "x"}) is None
    assert server_from_environment({"PGHOST": "db", "PGUSER": "me", "X": "y"}) == {
        "PGHOST": "db",
        "PGUSER": "me",
    }
    assert server_from_environment({"DATABASE_URL": "postgres://me:p%40ss@db:5433/x"}) == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "me",
        "PGPASSWORD": "p@ss",
    }


def test_databases_on_a_foreign_server_carry_the_checkout():
    one = NamedServer(Paths(Path("/c"), Path("/a/one")), {})
    two = NamedServer(Paths(Path("/c"), Path("/a/two")), {})
    assert one.database("demo") != two.database("demo")
    assert one.is_ours(one.database("demo"))
    assert not one.is_ours(two.database("demo"))
    assert not one.is_ours("demo")


def test_reachable_looks_at_every_folder_above(tmp_path):
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    owner = closed.stat().st_uid
    stranger = owner + 54321
    closed.chmod(0o700)
    assert not reachable(inner, stranger, stranger)
    closed.chmod(0o711)
    assert reachable(inner, stranger, stranger) == reachable(tmp_path, stranger, stranger)


def test_modules_to_install_first(tmp_path):
    (tmp_path / "__manifest__.py").write_text("{'depends': ['base', 'sale', 'crm']}")
    (tmp_path / "pyproject.toml").write_text('[tool.customer_value]\ntest-modules = ["stock", "sale"]\n')
    assert modules(tmp_path) == ["crm", "sale", "stock"]


def test_the_addon_has_changed_only_when_its_own_files_have(tmp_path):
    ours = {"models/a.py", "static/src/a.js", "static/tests/tours/a.js"}
    for name in (*ours, "dev/launch.py", "docs/x.md", ".git/HEAD", "tests/test_a.py", "analytics/tests/test_b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    found = {str(path.relative_to(tmp_path)) for path in addon_files(tmp_path)}
    assert found == ours


def test_the_addon_has_changed_when_a_file_has_moved(tmp_path):
    (tmp_path / "models").mkdir()
    (tmp_path / "models/a.py").write_text("")
    before = addon_digest(tmp_path)
    assert addon_digest(tmp_path) == before
    (tmp_path / "models/a.py").rename(tmp_path / "models/b.py")
    assert addon_digest(tmp_path) != before


def test_tests_run_in_as_many_processes_as_there_are_cores():
    assert processes("/customer_value", {}) >= 1
    assert processes("/customer_value", {"JOBS": "3"}) == 3
    assert processes("/customer_value:TestX", {}) == 1
    assert processes("/customer_value:TestX.test_a", {"JOBS": "2"}) == 2


def test_what_classes_took_is_kept_for_the_next_run(tmp_path):
    durations = Durations(tmp_path / "durations.json")
    assert durations.read() == {}
    run = tmp_path / "run"
    run.mkdir()
    for process, entry in (
        (1, {"class": "TestA", "seconds": 3.0, "tests": {"setUpClass": 1.0, "test_x": 2.0}}),
        (2, {"class": "TestB", "seconds": 5.0, "tests": {"test_y": 5.0}}),
    ):
        (run / f"took-{process}.jsonl").write_text(json.dumps(entry) + "\n")
    assert durations.add(run) == [("TestB.test_y", 5.0), ("TestA.test_x", 2.0), ("TestA.setUpClass", 1.0)]
    (run / "took-1.jsonl").write_text(json.dumps({"class": "TestA", "seconds": 4.0, "tests": {}}) + "\n")
    (run / "took-2.jsonl").unlink()
    durations.add(run)
    assert durations.read() == {"TestA": 4.0, "TestB": 5.0}


def test_verdict_ends_with_one_plain_line(capsys):
    assert (Verdict(3) + Verdict(2)).conclude() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "5 passed, 0 failed"
    assert (Verdict(3, ["a"]) + Verdict(0, ["b"])).conclude() == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 passed, 2 failed"


def test_junit_report(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(
        "<testsuites><testsuite>"
        "<testcase classname='m' name='ok'/>"
        "<testcase classname='m' name='bad'><failure/></testcase>"
        "<testcase classname='m' name='worse'><error/></testcase>"
        "<testcase classname='m' name='not'><skipped/></testcase>"
        "</testsuite></testsuites>"
    )
    verdict = read_junit(report, 1)
    assert (verdict.passed, verdict.failures) == (1, ["m.bad", "m.worse"])
    assert read_junit(tmp_path / "none.xml", 2).failures


def test_strangers_in_a_wheel():
    names = [
        "odoo/addons/customer_value/models/a.py",
        "odoo_addon_customer_value-1.dist-info/RECORD",
        "odoo/addons/customer_value/LICENSE",
        "odoo/addons/customer_value/tests/core/value_case.py",
        "odoo/addons/customer_value/dev/launch.py",
        "odoo/addons/customer_value/analytics/campaign/tests/simulation.py",
        "odoo/addons/customer_value/CONTRIBUTING.md",
        "odoo/addons/customer_value/.pylintrc",
        "elsewhere.py",
    ]
    assert strangers(names) == names[4:]


def test_free_port():
    port = free_port()
    assert 1024 <= port <= 65535
    with pytest.raises(TypeError):
        free_port("http")

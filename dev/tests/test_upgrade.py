"""The plain parts of testing an update: what counts as a complaint, and where old versions come from."""

import subprocess
from collections import defaultdict

import pytest
import upgrade_compare
from launcher.console import LaunchError
from launcher.upgrade import RELEASES, Release, complaints, judge, unpack

STAMP = "2026-01-02 03:04:05,678 1 {} db {}: {}\n"
TOLD = [(r"\.migrations$", r"was changed by hand")]
LOGGER = "odoo.addons.customer_value.migrations"


def log(*entries):
    return [STAMP.format(*entry) for entry in entries]


def test_a_log_tells_once_what_it_has_to_tell_and_nothing_else():
    told = ("WARNING", LOGGER, "The rule x was changed by hand")
    info = ("INFO", "odoo.modules.loading", "Modules loaded.")
    assert complaints(log(info, told), TOLD) == []
    assert complaints(log(info), TOLD) == ["told 0 times: was changed by hand"]
    assert complaints(log(told, told), TOLD) == ["told 2 times: was changed by hand"]
    assert complaints(log(told, ("ERROR", "odoo.sql_db", "bad query")), TOLD) == ["ERROR from odoo.sql_db: bad query"]
    assert complaints(log(("WARNING", "odoo.other", "was changed by hand")), TOLD)


def test_each_thing_looked_at_is_a_check(capsys):
    verdict = judge(Release("1.0", "abc"), [["log", []], ["rows of a", ["row 1 is gone"]], ["rows of b", []]])
    assert (verdict.passed, verdict.failures) == (2, ["1.0: rows of a"])
    assert "row 1 is gone" in capsys.readouterr().out


def test_releases_are_told_apart_by_the_names_of_their_databases():
    kinds = [f"{release.kind}_" for release in RELEASES]
    assert len(set(kinds)) == len(RELEASES)
    assert not any(one != other and one.startswith(other) for one in kinds for other in kinds)


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "checkout"
    git = ["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "__manifest__.py").write_text("{'version': '1.0'}")
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    (folder / "__manifest__.py").write_text("{'version': '2.0'}")
    return folder, head


def test_a_release_comes_out_of_the_history(repository, tmp_path):
    checkout, head = repository
    unpack(checkout, Release("1.0", head[:12]), tmp_path / "cache" / "one")
    assert (tmp_path / "cache" / "one" / "customer_value" / "__manifest__.py").read_text() == "{'version': '1.0'}"


def test_a_history_that_does_not_reach_back(repository, tmp_path):
    checkout, _head = repository
    with pytest.raises(LaunchError, match=r"does not hold its commit 0123456789ab.*unshallow"):
        unpack(checkout, Release("1.0", "0123456789ab"), tmp_path / "one")
    with pytest.raises(LaunchError, match="history"):
        unpack(tmp_path / "none", Release("1.0", "0123456789ab"), tmp_path / "one")
    assert not (tmp_path / "one").exists()


class Rows:
    """A database of given rows: `{table: {column: [values]}}`, those of `ours` from data files."""

    def __init__(self, tables, ours=()):
        self.tables = tables
        self.columns = defaultdict(list, {table: list(columns) for table, columns in tables.items()})
        self.named = self.kept_up = defaultdict(set, {"thing": set(ours)})

    def content(self, table, columns):
        return list(zip(*(self.tables[table][column] for column in columns), strict=True))


def found(before, after, **options):
    return dict(upgrade_compare.lost(Rows(before, **options), Rows(after, **options)))


def test_rows_that_stay_may_be_written_again():
    before = {"thing": {"id": ["1", "2"], "name": ["a", "b"], "write_date": ["x", "x"]}}
    after = {"thing": {"id": ["2", "1"], "name": ["b", "a"], "write_date": ["y", "y"], "color": [None, None]}}
    assert found(before, after) == {"rows of thing": []}


def test_what_is_lost_or_changed_or_too_much():
    before = {"thing": {"id": ["1", "2"], "name": ["a", "b"], "old": ["", ""]}, "link": {"a_id": ["1"], "b_id": ["2"]}}
    after = {"thing": {"id": ["2", "3"], "name": ["c", "d"]}, "link": {"a_id": ["1", "1"], "b_id": ["2", "2"]}}
    complaints = found(before, after)
    assert complaints["rows of thing"] == [
        "the column old is gone",
        "row 1 is gone",
        "row 2: name was b, and is c",
        "row 3 is new: ('3', 'd')",
    ]
    assert complaints["rows of link"] == ["('1', '2') is new"]


def test_data_files_may_change_what_is_theirs_and_remove_nothing():
    before = {"thing": {"id": ["1"], "name": ["a"]}}
    assert found(before, {"thing": {"id": ["1", "2"], "name": ["b", "c"]}}, ours=["1", "2"]) == {"rows of thing": []}
    assert found(before, {"thing": {"id": [], "name": []}}, ours=["1"]) == {"rows of thing": ["row 1 is gone"]}


def test_a_table_that_is_gone():
    assert found({"thing": {"id": ["1"]}}, {}) == {"rows of thing": ["the column id is gone"]}

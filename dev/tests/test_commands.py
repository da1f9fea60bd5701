"""Every command that the README names is there, and is run by CI."""

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def read(name):
    return (CHECKOUT / name).read_text(encoding="utf-8")


def test_every_command_of_the_readme_is_there_and_run_by_ci():
    named = set(re.findall(r"\bmake ([a-z0-9][a-z0-9-]*)", read("README.md")))
    targets = set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))
    run = set(re.findall(r"\bmake ([a-z0-9][a-z0-9-]*)", read(".ci/run") + read(".ci/commands")))
    assert {"test", "demo", "bench"} <= named
    assert named <= targets
    assert named <= run
    assert "dev/odoo" in read(".ci/commands")

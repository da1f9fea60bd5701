"""A database with the addon in it, made once for each state of the addon, for tests to run in copies of."""

from dataclasses import dataclass
from pathlib import Path

from .console import LaunchError, step
from .odoo import addon_digest
from .odoo_tests import kept, modules, template
from .odoolog import read_tests
from .paths import ADDON, digest

# What the tests would otherwise make again and again: a browser asks for bundles of
# scripts and styles, and nearly every class for companies with a chart of accounts.
_PREPARE = f"""\
from odoo.addons.{ADDON}.tests.core.prepared import prepare
from odoo.modules import module
module.current_test = True  # outside of tests, a company brings its country's modules, and no warehouse
env["ir.qweb"]._pregenerate_assets_bundles()
prepare(env)
env.cr.commit()
"""
PREPARED = "tests/core/prepared.py"


@dataclass(frozen=True)
class Ready:
    """The name of the database, the log of its installation, and the terms exported from it."""

    database: str
    log: Path
    terms: Path

    @property
    def problems(self):
        """What the installation complained about, as records of the log."""
        with self.log.open(encoding="utf-8", errors="replace") as file:
            return read_tests(file).problems


def ready(odoo, shared=True):
    """The database for this state of the addon and of what it builds on.

    `shared`: with what many tests would make again, which takes longer to prepare than a few tests take without.
    Raises LaunchError when the addon cannot be installed.
    """
    below = template(odoo, modules(odoo.paths.checkout))
    checkout = odoo.paths.checkout
    key = digest(below, addon_digest(checkout), checkout / PREPARED)
    kind = "ready" if shared else "bare"
    log, terms = (odoo.paths.logs / f"{kind}_{key}{suffix}" for suffix in (".log", ".pot"))

    def make(database):
        for old in odoo.paths.logs.glob(f"{kind}_*"):
            old.unlink()
        with step("Installing the addon"):
            odoo.copy(below, database)
            odoo.run_logged(["-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log)
            odoo.run_logged(["i18n", "export", "-d", database, "-l", "pot", "-o", terms, ADDON], log)
        if shared:
            with step("Preparing what tests share"):
                odoo.run_logged(["shell", "-d", database, "--no-http"], log, script=_PREPARE)
        if not terms.exists():
            raise LaunchError(f"Odoo wrote no terms of the addon; its log is {log}.")

    return Ready(kept(odoo, kind, key, make), log, terms)

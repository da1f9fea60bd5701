"""`make bench`: runs dev/bench.py, which makes its database itself."""

import os

from .console import LaunchError
from .odoo import session
from .odoo_tests import database_name


def bench(arguments):
    """Run dev/bench.py with Odoo's configuration and a database name that no other run has
    (`-c FILE -d NAME`); the database is dropped afterwards unless KEEP=1."""
    with session() as odoo:
        script = odoo.paths.dev / "bench.py"
        if not script.exists():
            raise LaunchError(f"{script} is missing: it holds the benchmark.")
        database = database_name(odoo, "bench")
        try:
            command = [odoo.python, str(script), "-c", str(odoo.config), "-d", database, *arguments]
            return odoo.foreground(command)
        finally:
            if not os.environ.get("KEEP"):
                odoo.drop(database)

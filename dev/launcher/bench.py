"""`make bench`: runs dev/bench.py, which makes its database itself."""

import os

from .console import LaunchError
from .odoo import session
from .odoo_tests import database_name, manifest, modules, template

# what makes the documents that are measured
HOSTS = ("account", "crm", "loyalty")


def bench(arguments):
    """Run dev/bench.py with Odoo's configuration and a database name that no other run has;
    the database is dropped afterwards unless KEEP=1. `SIZE=small` takes some minutes only."""
    size = os.environ.get("SIZE") or "large"
    if size not in ("large", "small"):
        raise LaunchError(f"There is no size `{size}`: SIZE is `large` or `small`.")
    with session() as odoo:
        checkout = odoo.paths.checkout
        if size == "small":  # the database of the tests is there already, as a rule
            hosts = template(odoo, modules(checkout))
        else:
            hosts = template(odoo, sorted({*manifest(checkout)["depends"], *HOSTS}), "benchhosts")
        database = database_name(odoo, "bench")
        try:
            command = [odoo.python, str(odoo.paths.dev / "bench.py"), "-c", str(odoo.config), "-d", database]
            return odoo.foreground([*command, "--hosts", hosts, "--size", size, *arguments])
        finally:
            if not os.environ.get("KEEP"):
                odoo.drop(database)

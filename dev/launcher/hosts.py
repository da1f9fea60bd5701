"""`make test-hosts`: the tests of the modules the addon extends must not notice it."""

import json

from . import browser
from .console import say, step
from .odoo import session
from .odoo_tests import modules, new_database, run, show, template
from .odoolog import TestLog
from .paths import ADDON, digest
from .testing import Verdict, free_port

HOSTS = ("sale", "crm", "loyalty", "helpdesk_mgmt", "helpdesk_mgmt_sla", "helpdesk_mgmt_rating")
# Minutes each, for the arithmetic of three countries' taxes: the class has a dozen other
# tests of down payments, which run.
SLOW = [f"-/sale:TestTaxesDownPaymentSale.test_taxes_l10n_{country}_sale_orders" for country in ("be", "br", "in")]


def test_hosts(arguments):
    """Run the hosts' tests without the addon (once per version of everything) and with it."""
    hosts = arguments or list(HOSTS)
    tags = ",".join([f"/{name}" for name in hosts] + (SLOW if "sale" in hosts else []))
    with session() as odoo:
        browser.require(odoo.installer.log)
        source = template(odoo, sorted({*modules(odoo.paths.checkout), *hosts}), "hosttemplate")
        known = baseline(odoo, source, tags, hosts)
        database = new_database(odoo, "hosts", source)
        try:
            with step("Installing the addon"):
                log = odoo.paths.logs / "hosts-install.log"
                odoo.run_logged(["-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log)
            result = run_in_shell(odoo, database, tags, hosts, "with")
            again = TestLog()
            if suspects := result.failed.keys() - known["failed"]:
                names = ",".join(f"/{name.removesuffix('.setUpClass')}" for name in sorted(suspects))
                again = run_in_shell(odoo, database, names, hosts, "again")
        finally:
            odoo.drop(database)
    return compare(known, result, again, hosts).conclude()


def compare(known, result, again, hosts):
    """The verdict on the tests with the addon: `result`, and `again` for what failed anew.

    A tour may fail for want of time on a busy machine: what passes by itself is not the
    addon's doing, and neither is what fails without it (`known`).
    """
    suspects = result.failed.keys() - known["failed"]
    ours = sorted(name for name in suspects if not passes(name, again))
    for name in ours:
        say(f"\n---- {name}\n{result.failed[name]}")
    show(sorted(result.failed.keys() & known["failed"]), "Known: these fail in plain Odoo here, too")
    show(sorted(suspects - set(ours)), "Unsteady: these failed once and passed by themselves")
    unset = {name.removesuffix("setUpClass") for name in result.failed if name.endswith(".setUpClass")}
    silent = {name for name in known["started"] - result.started if not name.startswith(tuple(unset))}
    failures = ours + [f"{name} did not run with the addon" for name in sorted(silent)]
    ran = {name.split(":")[0] for name in result.started}
    failures += [f"no test of {host} ran" for host in hosts if host not in ran]
    return Verdict(len(result.passed) + len(suspects) - len(ours), failures)


def passes(name, log):
    """Whether a test, or all of a class whose set-up had failed, passed in a run."""
    if name.endswith(".setUpClass"):
        tests = {test for test in log.started if test.startswith(name.removesuffix("setUpClass"))}
        return bool(tests) and tests <= log.passed
    return name in log.passed


def baseline(odoo, source, tags, hosts):
    """Which tests there are, and which fail without the addon; kept until a version changes."""
    file = odoo.paths.own / f"hosts-{digest(source, tags)}.json"
    if not file.exists():
        database = new_database(odoo, "hosts", source)
        try:
            result = run_in_shell(odoo, database, tags, hosts, "without")
        finally:
            odoo.drop(database)
        file.write_text(json.dumps({"started": sorted(result.started), "failed": sorted(result.failed)}))
    return {name: set(values) for name, values in json.loads(file.read_text()).items()}


def run_in_shell(odoo, database, tags, hosts, title):
    """Run tests with every module loaded, those marked `at_install` included: at the
    installation of a host the addon is not there yet, and would not be tested."""
    script = (
        "from odoo.tests.shell import run_tests\n"
        f"report = run_tests(env, {tags!r}, modules={sorted(hosts)!r})\n"
        "import os; os._exit(0)\n"  # else the shell waits for the server's threads
    )
    arguments = ["shell", "-d", database, "--http-port", free_port(), "--shell-interface", "python"]
    titles = {
        "without": "without the addon",
        "with": "with the addon",
        "again": "with the addon: again what failed",
    }
    log = odoo.paths.logs / f"hosts-{title}.log"
    result, _code = run(odoo, f"Testing {', '.join(hosts)} {titles[title]}", arguments, log, script)
    return result

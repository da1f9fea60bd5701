"""`make test` and `make unit`: all tests, in a new database, with one verdict."""

import os
import socket
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from . import browser, rooms
from .checks import same_terms
from .console import LaunchError, say, tail
from .odoo import session
from .odoo_tests import modules, new_database, run, show, template
from .paths import ADDON, Paths, point

# what Odoo's requirements themselves bring up on this Python
NOT_OURS = [
    "ignore:'crypt' is deprecated:DeprecationWarning",
    "ignore:'cgi' is deprecated:DeprecationWarning",
]


# where the tests are that need no Odoo
PLAIN = ["analytics", "dev/tests"]


@dataclass
class Verdict:
    """How many checks held, and what did not."""

    passed: int = 0
    failures: list = None

    def __post_init__(self):
        self.failures = self.failures or []

    def __add__(self, other):
        return Verdict(self.passed + other.passed, self.failures + other.failures)

    def conclude(self):
        """Print the closing line and return the exit code."""
        show(self.failures, "FAILED")
        say()
        say(f"{self.passed} passed, {len(self.failures)} failed")
        return 1 if self.failures else 0


def judge(log, code):
    """The verdict on a run of Odoo's tests.

    Besides failed tests, these fail it: a warning or error in the log, a browser test that
    was skipped, no test at all, and an exit code nothing else explains.
    """
    failures = sorted(log.failed)
    failures += [f"{name} was skipped: {reason}" for name, reason in sorted(log.browser_skips.items())]
    for record in log.problems:
        failures.append(f"{record.level} from {record.logger}: {record.message.splitlines()[0][:200]}")
    if not log.started:
        failures.append("no test of the addon ran")
    if code and not failures:
        failures.append(f"Odoo ended with code {code}")
    return Verdict(len(log.passed), failures)


def test(arguments):
    """Install the addon into a new database, run its tests and the plain Python ones."""
    tags, targets = selection(Paths.default().checkout, os.environ)
    with session() as odoo:
        verdict = Verdict()
        if tags:
            browser.require(odoo.installer.log)
            verdict += odoo_part(odoo, tags)
        if targets:
            verdict += plain_part(odoo, targets)
    return verdict.conclude()


def selection(checkout, environ):
    """Which tests to run: tags for Odoo, and folders for pytest; one of them may be empty.

    `TAGS` selects tests in Odoo, `ROOM` those of one or more rooms; without both, all run.
    Raises LaunchError for an unknown room, and where both are given.
    """
    tags, names = environ.get("TAGS"), environ.get("ROOM")
    if tags and names:
        raise LaunchError("Give TAGS or ROOM, not both.")
    if tags:
        return tags, []
    if names:
        wanted = rooms.known(checkout, names)
        return rooms.tags(checkout, wanted), rooms.plain_targets(checkout, wanted)
    return f"/{ADDON}", PLAIN


def unit(arguments):
    """Run the plain Python tests alone."""
    with session() as odoo:
        return plain_part(odoo, arguments or PLAIN).conclude()


def odoo_part(odoo, tags):
    source = template(odoo, modules(odoo.paths.checkout))
    database = new_database(odoo, "test", source)
    for old in sorted(odoo.paths.logs.glob("*test_*.log"))[:-10]:
        old.unlink()
    log = odoo.paths.logs / f"{database}.log"  # of this run alone: there may be others beside it
    arguments = ["-d", database, "-i", ADDON, "--test-tags", tags, "--stop-after-init"]
    arguments += ["--http-port", str(free_port())]
    try:
        result, code = run(odoo, f"Testing {tags} in Odoo", arguments, log)
        verdict = judge(result, code)
        if not code and not same_terms(odoo, database):
            verdict.failures.append("the terms in i18n/ are out of date: run `make i18n`")
    finally:
        odoo.drop(database)
    for name, message in sorted(result.failed.items()):
        say(f"\n---- {name}\n{message}")
    for record in result.problems:
        say(f"\n---- {record.level} {record.logger}\n{record.message}")
    show([f"{name}: {reason}" for name, reason in sorted(result.skipped.items())], "Skipped")
    if not result.started:
        say(f"\n---- the end of the log\n{tail(log)}")
    say(f"\nOdoo tests: {len(result.passed)} passed, {len(result.failed)} failed. Log: {log}")
    return verdict


def plain_part(odoo, targets):
    """pytest on folders below analytics/ (its doctests, too) and dev/, or whatever arguments it is given.

    The checkout is a package that imports Odoo, and pytest imports the packages above a
    test: so it is shown links to the two folders, outside of the checkout.
    """
    root = odoo.paths.own / "pytest"
    root.mkdir(parents=True, exist_ok=True)
    (root / "pytest.ini").write_text("[pytest]\nfilterwarnings =\n" + "".join(f"    {line}\n" for line in NOT_OURS))
    for name in ("analytics", "dev"):
        point(root / name, odoo.paths.checkout / name)
    report = odoo.paths.logs / f"pytest-{os.getpid()}.xml"
    environ = odoo.environ()
    environ["PYTHONPATH"] = os.pathsep.join([str(root), str(odoo.paths.dev), environ["PYTHONPATH"]])
    command = [
        odoo.python, "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider",
        "--doctest-modules", "--doctest-continue-on-failure",
        "--rootdir", str(root), "-c", str(root / "pytest.ini"), f"--junitxml={report}",
        *targets,
    ]  # fmt: skip
    say("\nTesting what needs no Odoo (pytest)")
    code = subprocess.run(command, env=environ, cwd=root, check=False).returncode
    verdict = read_junit(report, code)
    report.unlink(missing_ok=True)
    return verdict


def read_junit(report, code):
    """The verdict in pytest's XML report. A skipped test neither passes nor fails."""
    if not report.exists():
        return Verdict(0, [f"pytest ended with code {code} before any test"])
    passed, failures = 0, []
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failures.append(name)
        elif case.find("skipped") is None:
            passed += 1
    if code not in (0, 5) and not failures:  # 5: nothing collected
        failures.append(f"pytest ended with code {code}")
    return Verdict(passed, failures)


def free_port(wanted=0):
    """`wanted` if it is free on this machine, else any port that is."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

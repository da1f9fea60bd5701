"""`make test` and `make unit`: all tests, in a new database, with one verdict."""

import json
import os
import shutil
import socket
import subprocess
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass

from . import browser, rooms
from .checks import same_terms
from .console import LaunchError, say, tail
from .odoo import session
from .odoo_tests import Job, database_name, run_beside, show
from .odoolog import TestLog
from .paths import ADDON, Paths, point
from .ready import ready

# what Odoo's requirements themselves bring up on this Python
NOT_OURS = [
    "ignore:'crypt' is deprecated:DeprecationWarning",
    "ignore:'cgi' is deprecated:DeprecationWarning",
]


# more processes than this gain less than it takes to start them
MOST = 8
SLOWEST = 20
_WORK = "import runpy\nrunpy.run_path({path!r})['work'](env, **{options!r})\n"

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


def judge(log, code, planned=()):
    """The verdict on a run of Odoo's tests.

    Besides failed tests, these fail it: a warning or error in the log, a browser test that
    was skipped, no test at all, a planned one that did not run, and an exit code nothing
    else explains.
    """
    failures = sorted(log.failed)
    failures += [f"{name} was skipped: {reason}" for name, reason in sorted(log.browser_skips.items())]
    for record in log.problems:
        failures.append(f"{record.level} from {record.logger}: {record.message.splitlines()[0][:200]}")
    if not log.started:
        failures.append("no test of the addon ran")
    ended = {name.rpartition(".")[0] for name in [*log.failed, *log.skipped] if name.endswith(".setUpClass")}
    lost = Counter(name.rpartition(".")[0] for name in set(planned) - log.started)
    failures += [f"{name}: {count} tests did not run" for name, count in sorted(lost.items()) if name not in ended]
    if code < 0 or (code and not failures):  # below zero: a signal has ended it amid a test
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
    """Run Odoo's tests side by side, in as many copies of one database as there are processes."""
    try:
        source = ready(odoo, shared=not os.environ.get("TAGS"))
    except LaunchError as error:
        say(f"\n{error}")
        return Verdict(0, ["the addon could not be installed"])
    for old in sorted(odoo.paths.logs.glob("test_*.log"))[:-20]:
        old.unlink()
    name = database_name(odoo, "test")
    databases = [f"{name}_{number}" for number in range(1, processes(tags, os.environ) + 1)]
    folder = odoo.paths.own / "runs" / name
    folder.mkdir(parents=True)
    durations = Durations(odoo.paths.own / "durations.json")
    (folder / "durations.json").write_text(json.dumps(durations.read()))
    jobs = [
        Job(
            ["shell", "-d", database, "--http-port", free_port(), "--shell-interface", "python"],
            odoo.paths.logs / f"{database}.log",  # of this run alone: there may be others beside it
            _WORK.format(
                path=str(odoo.paths.dev / "launcher" / "odoo_worker.py"),
                options={
                    "module": ADDON,
                    "tags": tags,
                    "folder": str(folder),
                    "explore": exploring(),
                },
            ),
        )
        for database in databases
    ]
    try:
        for database in databases:
            odoo.copy(source.database, database)
        results = run_beside(odoo, f"Testing {shortened(tags)} in Odoo", jobs)
        took = durations.add(folder)
        planned = read_planned(folder)
    finally:
        for database in databases:
            odoo.drop(database)
        shutil.rmtree(folder)
    result = sum((log for log, _code in results), TestLog(problems=source.problems))
    verdict = judge(result, max((code for _log, code in results), key=abs), planned)
    if not same_terms(odoo, source.terms):
        verdict.failures.append("the terms in i18n/ are out of date: run `make i18n`")
    for name, message in sorted(result.failed.items()):
        say(f"\n---- {name}\n{message}")
    for record in result.problems:
        say(f"\n---- {record.level} {record.logger}\n{record.message}")
    show([f"{name}: {reason}" for name, reason in sorted(result.skipped.items())], "Skipped")
    if not result.started:
        say(f"\n---- the end of the log\n{tail(jobs[0].log)}")
    show([f"{seconds:6.1f}s {name}" for name, seconds in took[:SLOWEST]], "The slowest")
    logs = ", ".join(str(job.log) for job in jobs)
    say(f"\nOdoo tests: {len(result.passed)} passed, {len(result.failed)} failed. Logs: {logs}")
    return verdict


def processes(tags, environ):
    """How many processes to run tests in: `JOBS`, else as many as there are cores; one for a single class."""
    if environ.get("JOBS"):
        return max(1, int(environ["JOBS"]))
    one_class = ":" in tags and "," not in tags
    return 1 if one_class else min(MOST, len(os.sched_getaffinity(0)))


def exploring():
    """Whether property tests try new examples (`EXPLORE=1`), which may find what no run before has found."""
    return bool(os.environ.get("EXPLORE"))


def shortened(tags):
    """Tags for showing on one line."""
    return tags if len(tags) < 80 else f"{tags[:77]}..."


def read_planned(folder):
    """The names of the tests that were selected; none where no process came as far."""
    file = folder / "planned.json"
    return set(json.loads(file.read_text())) if file.exists() else set()


class Durations:
    """How long classes of tests took the last time, kept for beginning with the longest."""

    def __init__(self, file):
        self.file = file

    def read(self):
        """Seconds by class; empty before the first run."""
        return json.loads(self.file.read_text()) if self.file.exists() else {}

    def add(self, folder):
        """Keep what the processes of a run have written; returns pairs of test and seconds, the slowest first."""
        lines = [line for file in folder.glob("took-*.jsonl") for line in file.read_text().splitlines()]
        classes = [json.loads(line) for line in lines]
        self.file.write_text(json.dumps(self.read() | {entry["class"]: entry["seconds"] for entry in classes}))
        tests = [(f"{entry['class']}.{name}", seconds) for entry in classes for name, seconds in entry["tests"].items()]
        return sorted(tests, key=lambda test: -test[1])


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
        *([] if exploring() else ["-p", "launcher.same_examples"]), *targets,
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

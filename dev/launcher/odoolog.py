"""Reads Odoo's log: which tests ran, failed or were skipped, and what it complained about."""

import re
from dataclasses import dataclass, field

_RECORD = re.compile(
    r"^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) \d+ "
    r"(?P<level>DEBUG|INFO|WARNING|ERROR|CRITICAL) (?P<database>\S+) (?P<logger>[^\s:]+): (?P<message>.*)$"
)
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_START = re.compile(r"^Starting (\S+\.test\S*) \.\.\.")
_SKIP = re.compile(r"^skipped (.+?) : (.*)")
_FAIL = re.compile(r"^(?:FAIL|ERROR): (.+)")
_SUMMARY = re.compile(r"^\d+ failed, \d+ error\(s\) of \d+ tests")
_BROWSER = re.compile(r"chrom|websocket|devtools|headless|browser", re.IGNORECASE)

# Messages that plain Odoo, without this addon, logs where this launcher runs it. A pair of
# patterns for logger and message, with the reason it is not ours. Keep it short.
ALLOWED = [
    # The page goes on loading for a moment after the test has ended and its server is closing.
    (r"\.browser$", r"^Error received after termination"),
    # Without a wkhtmltopdf nothing of ours is at fault: PDFs are checked where there is one.
    (r"odoo\.addons\.base\.models\.ir_actions_report", r"You need Wkhtmltopdf to print"),
]


@dataclass(frozen=True)
class Record:
    """One entry of the log, with the lines that continue it."""

    level: str
    logger: str
    message: str


@dataclass
class TestLog:
    """What a run of Odoo's tests came to.

    Tests are named `module:Class.method`; a failing `setUpClass` is `module:Class.setUpClass`.
    """

    __test__ = False  # not a class of tests, whatever pytest makes of its name

    started: set = field(default_factory=set)
    failed: dict = field(default_factory=dict)
    skipped: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)

    def __add__(self, other):
        return TestLog(
            self.started | other.started,
            self.failed | other.failed,
            self.skipped | other.skipped,
            self.problems + other.problems,
        )

    @property
    def passed(self):
        return self.started - self.failed.keys() - self.skipped.keys()

    @property
    def browser_skips(self):
        """Tests skipped for want of a browser: Odoo does so silently."""
        return {name: reason for name, reason in self.skipped.items() if _BROWSER.search(reason)}


def records(lines):
    """The records of a log, given its lines. Lines before the first record are dropped."""
    current, more = None, []
    for line in lines:
        match = _RECORD.match(_COLOUR.sub("", line.rstrip("\n")))
        if match:
            if current:
                yield Record(current["level"], current["logger"], "\n".join([current["message"].rstrip(), *more]))
            current, more = match, []
        elif current:
            more.append(line.rstrip("\n"))
    if current:
        yield Record(current["level"], current["logger"], "\n".join([current["message"].rstrip(), *more]))


def allowed(record, patterns=ALLOWED):
    """Whether a warning or error is one that plain Odoo gives, too."""
    return any(re.search(logger, record.logger) and re.search(message, record.message) for logger, message in patterns)


def test_name(logger, description):
    """`module:Class.method` out of the logger and the description of a test.

    A description may be a sub-test's, or `setUpClass (path.of.the.Class)`, which is
    logged by the runner and not by the module of the class.
    """
    description = description.removeprefix("Subtest ")
    if match := re.match(r"((?:setUp|tearDown)(?:Class|Module)) \(([\w.]+)\)", description):
        logger, _, name = match[2].rpartition(".")
        description = f"{name}.{match[1]}"
    parts = logger.split(".")
    module = parts[2] if parts[:2] == ["odoo", "addons"] and len(parts) > 2 else parts[0]
    return f"{module}:{description.split()[0]}"


def read_tests(lines, patterns=ALLOWED):
    """Count the tests in a log and collect the complaints that are nobody's test failure."""
    log = TestLog()
    for record in records(lines):
        if match := _START.match(record.message):
            log.started.add(test_name(record.logger, match[1]))
        elif match := _SKIP.match(record.message):
            log.skipped[test_name(record.logger, match[1])] = match[2]
        elif record.level == "ERROR" and (match := _FAIL.match(record.message)):
            log.failed.setdefault(test_name(record.logger, match[1]), record.message)
        elif _SUMMARY.match(record.message):
            continue  # an error only for the failures that are counted already
        elif record.level in ("WARNING", "ERROR", "CRITICAL") and not allowed(record, patterns):
            log.problems.append(record)
    return log

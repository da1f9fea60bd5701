"""Runs tests inside `odoo shell`, class by class, beside other processes that do the same.

Runs in Odoo, and knows nothing of the rest of the launcher. Every process sees the same
classes in the same order; the next one takes the first class that nobody has taken. What
a class costs need not be known for that, only which ones to begin with: a long one at the
end would leave the other processes idle.
"""

import json
import os
import runpy
from contextlib import closing, contextmanager
from itertools import groupby
from pathlib import Path
from time import CLOCK_MONOTONIC, clock_gettime

import freezegun
import psycopg2
from odoo.modules import module as odoo_module
from odoo.service import server as service
from odoo.sql_db import connection_info_for
from odoo.tests import HttpCase
from odoo.tests.loader import make_suite
from odoo.tests.result import OdooTestResult
from odoo.tests.suite import OdooSuite
from odoo.tools import config

# dead rows of a table, from which on it is cleared
MANY = 500
# seconds, for a class that has not run before: of a test, and of setting up the class
GUESS, GUESS_SET_UP = 0.5, 1.5
GUESS_BROWSER, GUESS_BROWSER_SET_UP = 4.0, 5.0
# thousands of modules that are never asked for the time; each stopping of the clocks would look through all of them
TIMELESS = ["joblib", "numpy", "pandas", "reportlab", "scipy", "sklearn"]


def work(env, module, tags, folder, explore=False):
    """Run the tests of `module` that `tags` select, until no class is left.

    `folder` is where the processes share what they have taken. It holds, or gets:
    `durations.json`, the seconds that classes took before; `planned.json`, the names of
    all selected tests; an empty file for each class taken; and `took-PID.jsonl`, for each
    class done a line with the seconds of its tests and of setting it up. With `explore`,
    Hypothesis tries examples it has not tried before.

    Ends the process, with 1 if a test failed.
    """
    folder = Path(folder)
    if not explore:
        runpy.run_path(str(Path(__file__).with_name("same_examples.py")))
    env.cr.rollback()  # a transaction left open would keep locks that the tests wait for
    config["test_tags"], config["test_enable"] = tags, True
    freezegun.configure(extend_ignore_list=TIMELESS)
    keep_still(env.cr.dbname)
    if not service.server.httpd:
        service.server.http_spawn()
    classes = collect(module)
    durations = json.loads((folder / "durations.json").read_text())
    planned = [f"{module}:{test_name(test)}" for tests in classes for test in tests]
    write_whole(folder / "planned.json", json.dumps(planned))
    successful = True
    for tests in sorted(classes, key=lambda tests: -expected(tests, durations)):
        if take(folder / class_name(tests[0])):
            took, result = run_class(tests)
            tidy(env.cr.dbname)
            successful = successful and result.wasSuccessful()
            with (folder / f"took-{os.getpid()}.jsonl").open("a") as file:
                file.write(json.dumps(took) + "\n")
    # the threads of the server would keep the shell waiting
    os._exit(0 if successful else 1)


def collect(module):
    """The selected tests, as lists of those of one class.

    Raises ValueError for tests that want to run amid the installation: here it is over.
    """
    if misplaced := {class_name(test) for test in make_suite([module], "at_install")}:
        raise ValueError(f'Not tagged ("post_install", "-at_install"): {", ".join(sorted(misplaced))}')
    tests = sorted(make_suite([module], "post_install"), key=class_name)
    return [list(group) for _name, group in groupby(tests, key=class_name)]


def class_name(test):
    return f"{type(test).__module__}.{type(test).__qualname__}"


def test_name(test):
    return f"{type(test).__qualname__}.{test._testMethodName}"


def expected(tests, durations):
    """The seconds that the tests of a class may take."""
    if known := durations.get(type(tests[0]).__qualname__):
        return known
    if isinstance(tests[0], HttpCase):
        return GUESS_BROWSER_SET_UP + GUESS_BROWSER * len(tests)
    return GUESS_SET_UP + GUESS * len(tests)


def take(path):
    """Whether this process is the first to want the file `path`, which then exists."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


class TimedResult(OdooTestResult):
    """A result that knows how many seconds each test took, where a test stops the clocks, too."""

    def __init__(self):
        super().__init__()
        self.took = {}
        self._began = None

    def startTest(self, test):
        super().startTest(test)
        self._began = now()

    def stopTest(self, test):
        self.took[test._testMethodName] = now() - self._began
        super().stopTest(test)


def now():
    """Seconds, from a clock that freezegun does not stop."""
    return clock_gettime(CLOCK_MONOTONIC)


def run_class(tests):
    """Run the tests of a class; returns what it took, in total and by test, and the result."""
    result, began = TimedResult(), now()
    odoo_module.current_test = True
    OdooSuite(tests)(result)
    odoo_module.current_test = False
    seconds = now() - began
    took = {"setUpClass": seconds - sum(result.took.values())} | result.took
    return {"class": type(tests[0]).__qualname__, "seconds": seconds, "tests": took}, result


def keep_still(database):
    """Leave the tables alone while tests run, but for `tidy`.

    Tests roll back what they do. A server that looks at their tables by itself in the meantime finds them empty, and
    plans accordingly: queries over some hundred rows have then taken minutes.
    """
    with connection(database) as cr:
        cr.execute(
            """
            DO $$
            DECLARE tables regclass;
            BEGIN
                FOR tables IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
                LOOP
                    EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', tables);
                END LOOP;
            END $$
            """
        )


def tidy(database):
    """Clear away what a class rolled back: the server would read over a hundred thousand dead rows for each query."""
    with connection(database) as cr:
        cr.execute("SELECT relid::regclass::text FROM pg_stat_user_tables WHERE n_dead_tup > %s", [MANY])
        if tables := [name for (name,) in cr.fetchall()]:
            cr.execute(f"VACUUM (ANALYZE) {', '.join(tables)}")


@contextmanager
def connection(database):
    """A cursor whose statements are transactions of their own."""
    _name, parameters = connection_info_for(database)
    with closing(psycopg2.connect(**parameters)) as opened:
        opened.autocommit = True
        yield opened.cursor()


def write_whole(path, text):
    """Write a file that others may be reading."""
    part = path.with_name(f"{path.name}-{os.getpid()}")
    part.write_text(text)
    part.replace(path)

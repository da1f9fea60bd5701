#!/usr/bin/env python3
"""Everything behind `make`; run `make help` for the commands.

Needs Python 3.11 and its standard library; it installs the rest by itself.
"""

import argparse
import signal
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - what is imported next does not load there
    sys.exit("Python 3.11 or 3.12 is needed: try `make ... PYTHON=python3.11`.")

from launcher.bench import bench
from launcher.checks import format_code, i18n, lint
from launcher.clean import clean
from launcher.console import LaunchError, say
from launcher.demo import demo
from launcher.hosts import test_hosts
from launcher.odoo import session
from launcher.replica import test_replica
from launcher.testing import test, unit
from launcher.upgrade import test_upgrade
from launcher.wheel import wheel
from launcher.workers import test_workers


def odoo(arguments):
    with session() as environment:
        return environment.foreground(environment.command(*arguments))


def python(arguments):
    with session() as environment:
        return environment.foreground([environment.python, *arguments])


def psql(arguments):
    with session() as environment:
        return environment.foreground([environment.server.psql, *arguments])


def setup(arguments):
    with session():
        say("Everything is set up.")
    return 0


COMMANDS = {
    "bench": bench,
    "clean": clean,
    "demo": demo,
    "format": format_code,
    "i18n": i18n,
    "lint": lint,
    "odoo": odoo,
    "psql": psql,
    "python": python,
    "setup": setup,
    "test": test,
    "test-hosts": test_hosts,
    "test-replica": test_replica,
    "test-upgrade": test_upgrade,
    "test-workers": test_workers,
    "unit": unit,
    "wheel": wheel,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    # whoever stops it, databases are dropped and servers stopped on the way out
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    try:
        return COMMANDS[options.command](options.arguments)
    except LaunchError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

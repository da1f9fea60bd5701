"""Runs Odoo's tests in throw-away databases copied from a template."""

import ast
import itertools
import os
import signal
import subprocess
import threading
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .console import LaunchError, locked, say, step
from .odoolog import read_tests
from .paths import digest


def manifest(checkout):
    """The addon's manifest. Raises LaunchError when there is none to read."""
    try:
        return ast.literal_eval((checkout / "__manifest__.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError) as error:
        raise LaunchError(f"The addon's manifest cannot be read: {error}") from error


def modules(checkout):
    """The modules to install before the addon: what it depends on, the optional ones that its tests want
    (`tool.customer_value.test-modules` in pyproject.toml), and those named in the variable `WITH`."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project.get("tool", {}).get("customer_value", {}).get("test-modules", [])
    further = os.environ.get("WITH", "").replace(",", " ").split()
    return sorted({*manifest(checkout)["depends"], *optional, *further} - {"base"})


def template(odoo, names, kind="template"):
    """The name of a database with the modules `names` installed, made unless it is there.

    It is made anew when the modules change, or anything they are made of.
    """
    log = odoo.paths.logs / f"{kind}.log"

    def make(database):
        log.unlink(missing_ok=True)
        with step("Installing what the addon builds on into a template database"):
            odoo.run_logged(
                ["-d", database, "-i", ",".join(names), "--stop-after-init", "--no-http"],
                log,
                hint=f"The whole log is {log}.",
            )

    return kept(odoo, kind, digest(",".join(names), odoo.installer.versions()), make)


def kept(odoo, kind, key, make):
    """The name of a database that `make(name)` fills, which is done unless it is there.

    Its name holds `key`, a hash of what it is made of; of each kind the latest is kept.
    """
    database = odoo.database(f"{kind}_{key}")
    with locked(odoo.paths.own / "template.lock", "making a template database"):
        existing = odoo.databases()
        if database not in existing:
            for old in existing:
                if old.startswith(odoo.database(f"{kind}_")):
                    odoo.drop(old)
            building = odoo.database(f"{kind}_building_{key}")
            make(building)
            odoo.rename(building, database)
    return database


def database_name(odoo, kind):
    """A name for a throw-away database of some kind that no other run has."""
    return odoo.database(f"{kind}_{time.strftime('%m%d%H%M%S')}_{os.getpid()}")


def new_database(odoo, kind, source):
    """Copy `source` under a name that no other run has."""
    database = database_name(odoo, kind)
    odoo.copy(source, database)
    return database


@dataclass
class Job:
    """Arguments of Odoo, what is fed to its standard input, and the file its output goes to."""

    arguments: list
    log: Path
    script: str = ""


def run(odoo, title, arguments, log, script=""):
    """Run Odoo's tests, showing progress; returns the `TestLog` and the exit code."""
    return run_beside(odoo, title, [Job(arguments, log, script)])[0]


def run_beside(odoo, title, jobs):
    """Run jobs at the same time, each in an Odoo of its own, showing the progress of all.

    Returns the `TestLog` and the exit code of each.
    """
    processes, readers, count = [], [], itertools.count(1)
    with step(title) as note:

        def follow(process, log):
            with log.open("w", encoding="utf-8") as file:
                for line in process.stdout:
                    file.write(line)
                    if ": Starting " in line and line.rstrip().endswith("..."):
                        note(f"({next(count)} tests, {line.split(': Starting ')[1].split()[0]})")

        try:
            for job in jobs:
                job.log.parent.mkdir(parents=True, exist_ok=True)
                process = subprocess.Popen(
                    odoo.command(*job.arguments), env=odoo.environ(), text=True, errors="replace",
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    # Ctrl-C is for the launcher, which then ends this process and drops the database
                    start_new_session=True,
                )  # fmt: skip
                processes.append(process)
                readers.append(threading.Thread(target=follow, args=[process, job.log], daemon=True))
                readers[-1].start()
                process.stdin.write(job.script)
                process.stdin.close()
            codes = [process.wait() for process in processes]
        finally:
            for process in processes:
                if process.poll() is None:
                    # its whole session: a browser that it started would keep the output open, and the reader waiting
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            for reader in readers:
                reader.join()
    logs = []
    for job in jobs:
        with job.log.open(encoding="utf-8", errors="replace") as file:
            logs.append(read_tests(file))
    return list(zip(logs, codes, strict=True))


def show(names, title):
    """List tests, or whatever, under a title; nothing for none."""
    if names:
        say(f"\n{title}:")
        for name in names:
            say(f"  {name}")

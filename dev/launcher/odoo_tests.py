"""Runs Odoo's tests in throw-away databases copied from a template."""

import ast
import os
import subprocess
import time
import tomllib

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
    """The modules to install before the addon: what it depends on, and the optional
    ones that its tests want (`tool.customer_value.test-modules` in pyproject.toml)."""
    project = tomllib.loads((checkout / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project.get("tool", {}).get("customer_value", {}).get("test-modules", [])
    return sorted({*manifest(checkout)["depends"], *optional} - {"base"})


def template(odoo, names, kind="template"):
    """The name of a database with the modules `names` installed, made unless it is there.

    Its name holds a hash of the modules and of everything they are made of; of each kind
    the latest is kept.
    """
    key = digest(",".join(names), odoo.installer.versions())
    database = odoo.database(f"{kind}_{key}")
    with locked(odoo.paths.own / "template.lock", "making a template database"):
        _make_template(odoo, names, database)
    return database


def _make_template(odoo, names, database):
    existing = odoo.databases()
    kind, _, key = database.rpartition("_")
    building = f"{kind}_building_{key}"
    if database in existing:
        return
    for old in existing:
        if old.startswith(f"{kind}_"):
            odoo.drop(old)
    log = odoo.paths.logs / "template.log"
    log.unlink(missing_ok=True)
    with step("Installing what the addon builds on into a template database"):
        odoo.run_logged(
            ["-d", building, "-i", ",".join(names), "--stop-after-init", "--no-http"],
            log,
            hint=f"The whole log is {log}.",
        )
        odoo.psql(f'ALTER DATABASE "{building}" RENAME TO "{database}"')
        store = odoo.paths.data / "filestore"
        if (store / building).is_dir():
            (store / building).rename(store / database)


def database_name(odoo, kind):
    """A name for a throw-away database of some kind that no other run has."""
    return odoo.database(f"{kind}_{time.strftime('%m%d%H%M%S')}_{os.getpid()}")


def new_database(odoo, kind, source):
    """Copy `source` under a name that no other run has."""
    database = database_name(odoo, kind)
    odoo.copy(source, database)
    return database


def run(odoo, title, arguments, log, script=None):
    """Run Odoo's tests, showing progress; returns the `TestLog` and the exit code.

    `script` is fed to its standard input.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with step(title) as note, log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(
            odoo.command(*arguments), env=odoo.environ(), text=True, errors="replace",
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            # Ctrl-C is for the launcher, which then ends this process and drops the database
            start_new_session=True,
        )  # fmt: skip
        try:
            process.stdin.write(script or "")
            process.stdin.close()
            for line in process.stdout:
                file.write(line)
                if ": Starting " in line and line.rstrip().endswith("..."):
                    count += 1
                    note(f"({count} tests, {line.split(': Starting ')[1].split()[0]})")
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    with log.open(encoding="utf-8", errors="replace") as file:
        return read_tests(file), code


def show(names, title):
    """List tests, or whatever, under a title; nothing for none."""
    if names:
        say(f"\n{title}:")
        for name in names:
            say(f"  {name}")

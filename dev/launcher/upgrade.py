"""`make test-upgrade`: databases of the versions that were released, updated to this one."""

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .console import LaunchError, locked, run_logged, say, step
from .odoo import session
from .odoo_tests import kept, modules, new_database, template
from .odoolog import ALLOWED, records
from .odoolog import allowed as is_allowed
from .paths import ADDON, digest
from .ready import ready
from .testing import Verdict


@dataclass(frozen=True)
class Release:
    """A version that databases exist of, and the last commit that has it."""

    version: str
    commit: str

    @property
    def kind(self):
        return f"release_{self.version.replace('.', '_')}"


RELEASES = [
    Release("19.0.1.1.0", "b776331f774b"),
    Release("19.0.2.0.1", "6149c6df260c"),
    Release("19.0.3.0.0", "06b6a6256ef5"),
    Release("19.0.4.0.0", "667a25c56a30"),
    Release("19.0.5.0.0", "2471f7249487"),
    Release("19.0.6.0.0", "6590e74268bf"),
    Release("19.0.7.0.0", "cb80a3a30d7e"),
    Release("19.0.8.0.0", "246939567201"),
    Release("19.0.9.0.0", "d56392c2ca30"),
]
# What the update has to say of the databases that dev/upgrade_fill.py has filled, each once.
TOLD = [
    (r"\.migrations$", r"record rule customer_value\.rule_customer_value_policy_company was changed by hand"),
    (r"\.migrations$", r"own view of base\.view_partner_tree\) .* does not fit this version and was archived"),
]
# What uninstalling has to say of them: a view that somebody has built on ours has lost its ground.
TOLD_AT_THE_END = [(r"\.loading$", r"invalid custom view\(s\) for model res\.partner")]
_CALL = """\
import sys
sys.path.insert(0, {folder!r})
import {module}
{module}.{function}({arguments})
env.cr.commit()
"""


def test_upgrade(arguments):
    """Make a database of each release, update it, and look for what is lost, changed, or does not work."""
    with session() as odoo:
        verdict = Verdict()
        fresh = ready(odoo).database
        below = template(odoo, modules(odoo.paths.checkout))
        for release in RELEASES:
            verdict += upgraded(odoo, release, filled(odoo, release, below), fresh)
    return verdict.conclude()


def upgraded(odoo, release, old, fresh):
    """The verdict on the update of a copy of `old`; `fresh` is a database with the present version."""
    database = new_database(odoo, "upgrade", old)
    log = odoo.paths.logs / f"upgrade_{release.version}.log"
    log.unlink(missing_ok=True)
    try:
        with step(f"Updating from {release.version}"):
            odoo.run_logged(["-d", database, "-u", ADDON, "--stop-after-init", "--no-http"], log)
        with log.open(encoding="utf-8", errors="replace") as file:
            findings = [["log of the update", complaints(file)]]
        with step("Comparing with before, and with a new database"):
            findings += compared(odoo, log, old, database, fresh)
            findings += same_pages(odoo, database, fresh)
        with step("Looking at views, runs and jobs"):
            findings += looked_at(odoo, log, database)
        with step("Uninstalling the addon"):
            findings += uninstalled(odoo, log, database)
    except LaunchError as error:
        say(f"\n{error}")
        return Verdict(0, [f"{release.version}: the update ended before its end"])
    finally:
        odoo.drop(database)
    return judge(release, findings)


def judge(release, findings):
    """The verdict on what was found of a release, see `judge_findings`."""
    verdict = judge_findings(release.version, findings)
    say(f"\nFrom {release.version}: {verdict.passed} of {len(findings)} checks hold.")
    return verdict


def judge_findings(subject, findings):
    """One check for each thing that was looked at, its complaints printed."""
    failures = []
    for title, found in findings:
        if found:
            failures.append(f"{subject}: {title}")
            say(f"\n---- {failures[-1]}")
            for complaint in found[:20]:
                say(f"  {complaint}")
            if len(found) > 20:
                say(f"  ... and {len(found) - 20} more")
    return Verdict(len(findings) - len(failures), failures)


def complaints(lines, told=TOLD):
    """Warnings and errors in a log, and what it had to tell and did not tell once."""
    found = [record for record in records(lines) if record.level in ("WARNING", "ERROR", "CRITICAL")]
    counts = [sum(is_allowed(record, [pattern]) for record in found) for pattern in told]
    unexpected = [
        f"{record.level} from {record.logger}: {record.message}"
        for record in found
        if not is_allowed(record, [*ALLOWED, *told])
    ]
    missing = [f"told {count} times: {message}" for (_, message), count in zip(told, counts, strict=True) if count != 1]
    return unexpected + missing


# -- databases of releases ---------------------------------------------------------------------------------------------


def filled(odoo, release, below):
    """The name of a database of a release with something of everything in it; made once, from the template `below`.

    Raises LaunchError where the history of this checkout does not hold the release.
    """
    script = odoo.paths.dev / "upgrade_fill.py"
    folder = source(odoo, release)
    log = odoo.paths.logs / f"{release.kind}.log"

    def make(database):
        log.unlink(missing_ok=True)
        addons = ["--addons-path", ",".join(map(str, [folder, *odoo.installer.addons_path[1:]]))]
        odoo.copy(below, database)
        with step(f"Installing {release.version}"):
            odoo.run_logged([*addons, "-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log)
        with step(f"Filling a database of {release.version}"):
            odoo.run_logged(
                ["shell", *addons, "-d", database, "--no-http"], log, script=call(odoo, "upgrade_fill", "fill", "env")
            )

    return kept(odoo, release.kind, digest(release.commit, below, script), make)


def source(odoo, release):
    """A folder with the addon of a release in it, out of the history of the checkout.

    Raises LaunchError where that does not reach back so far.
    """
    folder = odoo.paths.own / "releases" / release.commit
    with locked(odoo.paths.own / "releases.lock", "unpacking a release"):
        if not folder.exists():
            unpack(odoo.paths.checkout, release, folder)
    return folder


def unpack(checkout, release, folder):
    git = ["git", "-C", str(checkout)]
    known = subprocess.run([*git, "cat-file", "-e", f"{release.commit}^{{commit}}"], capture_output=True, check=False)
    if known.returncode:
        raise LaunchError(
            f"The update is tested with the version {release.version} out of the history of this checkout, which does"
            f" not hold its commit {release.commit}. Fetch the whole history (`git fetch --unshallow`), or clone the"
            " repository anew."
        )
    part = folder.with_suffix(".part")
    archive = part.with_suffix(".tar")
    (part / ADDON).mkdir(parents=True, exist_ok=True)
    run_logged([*git, "archive", "-o", archive, release.commit], part.with_suffix(".log"))
    run_logged(["tar", "-x", "-f", archive, "-C", part / ADDON], part.with_suffix(".log"))
    archive.unlink()
    part.rename(folder)


# -- looking -----------------------------------------------------------------------------------------------------------


def call(odoo, module, function, arguments):
    """What has Odoo's shell call a function of a module in dev/."""
    return _CALL.format(folder=str(odoo.paths.dev), module=module, function=function, arguments=arguments)


@functools.cache
def pages(odoo, database):
    return in_shell(odoo, odoo.paths.logs / "upgrade_pages.log", database, "pages")


def in_shell(odoo, log, database, function):
    """What a function of dev/upgrade_look.py has found."""
    file = odoo.paths.own / f"{database}.{function}.json"
    try:
        odoo.run_logged(
            ["shell", "-d", database, "--no-http"],
            log,
            script=call(odoo, "upgrade_look", function, f"env, {str(file)!r}"),
        )
        return json.loads(file.read_text())
    finally:
        file.unlink(missing_ok=True)


def looked_at(odoo, log, database):
    """What it is like to work with the database; the log of that is a finding, too."""
    before = log.stat().st_size
    findings = in_shell(odoo, log, database, "look")
    return [*findings, ["log of working with it", complaints_since(log, before)]]


def uninstalled(odoo, log, database):
    """What uninstalling the addon leaves behind, and what it says of it in the log."""
    before = log.stat().st_size
    odoo.run_logged(
        ["shell", "-d", database, "--no-http"],
        log,
        script=f"env['ir.module.module'].search([('name', '=', '{ADDON}')]).button_immediate_uninstall()\n",
    )
    left = odoo.psql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND (table_name ~ '^customer_(value|retention|complaint)_' OR column_name ~ '^(value|complaint)_')"
        " AND NOT EXISTS (SELECT FROM ir_model_fields"
        " WHERE replace(model, '.', '_') = table_name AND name = column_name)",
        database,
    )
    return [["left after uninstalling", left], ["log of uninstalling", complaints_since(log, before, TOLD_AT_THE_END)]]


def complaints_since(log, position, told=()):
    """Warnings and errors that a log has after a position in the file, see `complaints`."""
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(position)
        return complaints(file, told)


def same_pages(odoo, database, fresh):
    """Whether each view comes to the same as in a new database, with all that extend it."""
    updated, installed = (pages(odoo, name) for name in (database, fresh))
    names = [name for name in sorted({*updated, *installed}) if updated.get(name) != installed.get(name)]
    return [["views with all that extend them", names]]


def compared(odoo, log, *databases):
    """What dev/upgrade_compare.py has found. Raises LaunchError when it fails."""
    command = [odoo.python, str(odoo.paths.dev / "upgrade_compare.py"), *databases]
    result = subprocess.run(command, env=odoo.environ(), capture_output=True, text=True, check=False)
    if result.returncode:
        raise LaunchError(f"{Path(command[1]).name} failed:\n\n{result.stderr}")
    return json.loads(result.stdout)

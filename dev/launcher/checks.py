"""`make lint`, `make format` and `make i18n`: what can be judged without running the addon."""

import subprocess

from .console import LaunchError, say, step
from .install import Installer
from .odoo import Odoo, session
from .odoo_tests import modules, new_database, template
from .paths import ADDON, Paths
from .postgres import NamedServer

_PO = "po_files.py"


def _tools():
    """An Odoo without a database server: enough for tools that only read files."""
    paths = Paths.default()
    installer = Installer(paths)
    installer.run()
    installer.lint_tools()
    return Odoo(paths, installer, NamedServer(paths, {}))


def lint(arguments):
    """Run every static check and say which of them complained."""
    odoo = _tools()
    checkout = odoo.paths.checkout
    addon = odoo.paths.addons / ADDON
    bin_folder = odoo.paths.venv / "bin"
    template_file = checkout / "i18n" / f"{ADDON}.pot"
    checks = {
        "ruff check": [bin_folder / "ruff", "check", "."],
        "ruff format (mended by `make format`)": [bin_folder / "ruff", "format", "--check", "--quiet", "."],
        "pylint-odoo": [odoo.python, "-m", "pylint", f"--rcfile={checkout / '.pylintrc'}", addon],
    }
    for translation in sorted((checkout / "i18n").glob("*.po")):
        script = odoo.paths.dev / "launcher" / _PO
        checks[f"translation {translation.name}"] = [odoo.python, script, "check", template_file, translation]
    failed = []
    for title, command in checks.items():
        say(f"== {title}")
        if subprocess.run(list(map(str, command)), cwd=checkout, env=odoo.environ(), check=False).returncode:
            failed.append(title)
    say(f"\nComplaints: {', '.join(failed)}" if failed else "\nNo complaints.")
    return 1 if failed else 0


def format_code(arguments):
    """Mend what ruff can mend."""
    odoo = _tools()
    ruff = str(odoo.paths.venv / "bin" / "ruff")
    checkout = odoo.paths.checkout
    subprocess.run([ruff, "check", "--fix", "--quiet", "."], cwd=checkout, check=False)
    return subprocess.run([ruff, "format", "."], cwd=checkout, check=False).returncode


def i18n(arguments):
    """Export the terms of the addon and merge them into the translations."""
    with session() as odoo:
        folder = odoo.paths.checkout / "i18n"
        folder.mkdir(exist_ok=True)
        pot = folder / f"{ADDON}.pot"
        database = new_database(odoo, "i18n", template(odoo, modules(odoo.paths.checkout)))
        log = odoo.paths.logs / "i18n.log"
        log.unlink(missing_ok=True)
        try:
            with step("Installing the addon"):
                odoo.run_logged(["-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log)
            with step("Exporting its terms"):
                export(odoo, database, pot, log)
        finally:
            odoo.drop(database)
        translations = sorted(folder.glob("*.po")) or [folder / "zh_CN.po"]
        for translation in translations:
            if code := po_files(odoo, "merge", pot, translation):
                return code
    return 0


def export(odoo, database, pot, log):
    """Write the addon's terms into a file. Raises LaunchError when Odoo fails or writes none."""
    odoo.run_logged(["i18n", "export", "-d", database, "-l", "pot", "-o", pot, ADDON], log)
    if not pot.exists():
        raise LaunchError(f"Odoo wrote no terms; its log is {log}.")


def same_terms(odoo, database):
    """Whether the committed template has the terms the addon has now; True where there is none yet."""
    pot = odoo.paths.checkout / "i18n" / f"{ADDON}.pot"
    if not pot.exists():
        return True
    fresh = odoo.paths.own / "fresh.pot"
    fresh.unlink(missing_ok=True)
    export(odoo, database, fresh, odoo.paths.logs / "i18n.log")
    return po_files(odoo, "compare", pot, fresh) == 0


def po_files(odoo, *arguments):
    """Run the script on translation files, which needs a library of the virtual environment."""
    command = [odoo.python, str(odoo.paths.dev / "launcher" / _PO), *map(str, arguments)]
    return subprocess.run(
        command,
        env=odoo.environ(),
        check=False,
    ).returncode

"""`make lint`, `make format` and `make i18n`: what can be judged without running the addon."""

import shutil
import subprocess

from .console import say
from .install import Installer
from .odoo import Odoo, session
from .paths import ADDON, Paths
from .postgres import NamedServer
from .ready import ready

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
    pylint = [odoo.python, "-m", "pylint", f"--rcfile={checkout / '.pylintrc'}"]
    checks = {
        "ruff check": [bin_folder / "ruff", "check", "."],
        "ruff format (mended by `make format`)": [bin_folder / "ruff", "format", "--check", "--quiet", "."],
        "pylint-odoo": [*pylint, addon],
        # it does not ask for translations in files of tests, but knows these only right below tests/
        "pylint-odoo, tests": [*pylint, "--ignore-paths=^$", "--disable=translation-required", addon / "tests"],
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
        shutil.copy(ready(odoo, shared=False).terms, pot)
        translations = sorted(folder.glob("*.po")) or [folder / "zh_CN.po"]
        for translation in translations:
            if code := po_files(odoo, "merge", pot, translation):
                return code
    return 0


def same_terms(odoo, terms):
    """Whether the committed template has the terms in a file just exported; True where there is none yet."""
    pot = odoo.paths.checkout / "i18n" / f"{ADDON}.pot"
    return not pot.exists() or po_files(odoo, "compare", pot, terms) == 0


def po_files(odoo, *arguments):
    """Run the script on translation files, which needs a library of the virtual environment."""
    command = [odoo.python, str(odoo.paths.dev / "launcher" / _PO), *map(str, arguments)]
    return subprocess.run(
        command,
        env=odoo.environ(),
        check=False,
    ).returncode

"""`make wheel`: the addon as a Python wheel."""

import re
import shutil
import tempfile
import zipfile
from pathlib import Path

from .console import LaunchError, run_logged, say, step
from .install import NO_NETWORK, Installer
from .paths import ADDON, Paths


def wheel(arguments):
    """Build the wheel into dist/. Raises LaunchError when it holds something it should not."""
    paths = Paths.default()
    installer = Installer(paths)
    installer.run()
    target = paths.checkout / "dist"
    with tempfile.TemporaryDirectory() as folder, step("Building the wheel"):
        command = [paths.venv_python, "-m", "pip", "wheel", "--no-deps", "-w", folder, paths.checkout]
        run_logged(command, installer.log, hint=NO_NETWORK)
        built = next(Path(folder).glob("*.whl"))
        wrong = strangers(zipfile.ZipFile(built).namelist())
        if wrong:
            raise LaunchError("The wheel holds what does not belong there: " + ", ".join(wrong))
        target.mkdir(exist_ok=True)
        shutil.copy(built, target)
    say(f"dist/{built.name}")
    return 0


def strangers(names):
    """The files of a wheel that are not the addon's, or that only its developers need."""
    home = f"odoo/addons/{ADDON}/"
    unwanted = re.compile(rf"{home}(dev/|docs/|analytics/[^/]+/tests/|dist/|CONTRIBUTING\.md|\.)")
    return [name for name in names if ".dist-info/" not in name and (not name.startswith(home) or unwanted.match(name))]

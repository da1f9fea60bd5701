"""`make clean`: removes what this checkout left outside of itself."""

import os
import shutil

from .console import say
from .install import Installer
from .odoo import Odoo
from .paths import Paths
from .postgres import NamedServer, OwnServer, server


def clean(arguments):
    """Drop this checkout's databases and files; with ALL=1 all that was downloaded, too.

    Raises LaunchError while another command of this checkout is running.
    """
    paths = Paths.default()
    if paths.own.exists():
        installer = Installer(paths)
        named = server(paths, installer.site_packages)
        if isinstance(named, NamedServer) and paths.venv_python.exists():
            odoo = Odoo(paths, installer, named)
            for database in odoo.databases():
                if named.is_ours(database):
                    odoo.drop(database)
        # there may be one of our own from before a server was named
        OwnServer(paths, installer.site_packages).clean()
        shutil.rmtree(paths.own)
        say(f"Removed {paths.own} and this checkout's databases.")
    for folder in ("dist", "build", ".ruff_cache", ".pytest_cache"):
        shutil.rmtree(paths.checkout / folder, ignore_errors=True)
    if os.environ.get("ALL"):
        others = [path for path in (paths.cache / "checkouts").glob("*") if path.is_dir()]
        if others:
            say("Other checkouts use the downloaded files; run `make clean` in them first:")
            for path in others:
                link = next((path / "addons").glob("*"), None)
                say(f"  {link.resolve() if link else path}")
            return 1
        shutil.rmtree(paths.cache, ignore_errors=True)
        say(f"Removed {paths.cache}.")
    return 0

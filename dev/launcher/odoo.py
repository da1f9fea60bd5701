"""Odoo with this project's configuration: its environment, its command lines, its databases."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path

from .console import LaunchError, run_logged
from .install import Installer
from .paths import ADDON, Paths, digest
from .postgres import OwnServer, server


class Odoo:
    """Odoo of one checkout; to be used inside `session()`, which sets up what it needs."""

    def __init__(self, paths, installer, database_server):
        self.paths = paths
        self.installer = installer
        self.server = database_server
        self.config = paths.own / "odoo.conf"

    def database(self, name):
        """The name on this server of the database that is called `name` here."""
        return self.server.database(name)

    def environ(self):
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        environ |= self.server.variables
        environ["PYTHONPATH"] = os.pathsep.join(
            [str(self.installer.odoo_path), *filter(None, [os.environ.get("PYTHONPATH")])]
        )
        # keeps compiled files out of the checkout, which is the addon
        environ["PYTHONPYCACHEPREFIX"] = str(self.paths.own / "pycache")
        environ["PYTHONUTF8"] = "1"  # whatever the machine's locale is
        environ["ODOO_RC"] = str(self.config)
        environ["CUSTOMER_VALUE_CDNOW"] = str(self.paths.cdnow)
        environ["CUSTOMER_VALUE_JOURNEY"] = str(self.paths.journey)
        environ["PATH"] = f"{self.paths.venv / 'bin'}{os.pathsep}{environ.get('PATH', os.defpath)}"
        return environ

    def write_config(self):
        """Write the configuration file that every command of this checkout runs with."""
        variables = self.server.variables
        options = {
            "addons_path": ",".join(map(str, self.installer.addons_path)),
            "data_dir": self.paths.data,
            "db_host": variables.get("PGHOST"),
            "db_port": variables.get("PGPORT"),
            "db_user": variables.get("PGUSER"),
            "db_password": variables.get("PGPASSWORD"),
            "http_interface": os.environ.get("HOST") or "127.0.0.1",
            "max_cron_threads": 1,
            "limit_time_real": 3600,
            "limit_time_cpu": 3600,
        }
        lines = [f"{name} = {value}\n" for name, value in options.items() if value]
        text = "[options]\n" + "".join(lines)
        self.config.write_text(text)
        self.config.chmod(0o600)

    @property
    def python(self):
        return str(self.paths.venv_python)

    def command(self, *arguments):
        """The command line that runs `odoo ARGUMENTS`."""
        return [self.python, str(self.paths.dev / "launcher" / "odoo_main.py"), *map(str, arguments)]

    def run_logged(self, arguments, log, hint="", script="", **environ):
        """Run Odoo with its output in a log file, and `script` as its input. Raises LaunchError when it fails."""
        run_logged(self.command(*arguments), log, hint=hint, script=script, env={**self.environ(), **environ})

    def foreground(self, command):
        """Run a command on the terminal, pass signals on to it, and return its exit code."""
        process = subprocess.Popen(command, env=self.environ())
        return wait(process)

    # databases

    def psql(self, sql, database="postgres"):
        """Run SQL and return the lines of its answer. Raises LaunchError when it fails."""
        script = (
            "import sys, psycopg2\n"
            "connection = psycopg2.connect(dbname=sys.argv[1])\n"
            "connection.autocommit = True\n"
            "cursor = connection.cursor()\n"
            "cursor.execute(sys.argv[2])\n"
            "for row in cursor.fetchall() if cursor.description else []:\n"
            "    print(*row, sep='\\t')\n"
        )
        result = subprocess.run(
            [self.python, "-c", script, database, sql],
            env=self.environ(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if result.returncode:
            raise LaunchError(f"The database server says: {result.stderr.strip().splitlines()[-1]}")
        return result.stdout.splitlines()

    def databases(self):
        return self.psql("SELECT datname FROM pg_database WHERE NOT datistemplate")

    def drop(self, database):
        """Drop a database and its file store, if there."""
        self.psql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        shutil.rmtree(self.paths.data / "filestore" / database, ignore_errors=True)

    def copy(self, source, target):
        """Make `target` a copy of a database and of its file store."""
        self.psql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy')
        stores = self.paths.data / "filestore"
        if (stores / source).is_dir():
            shutil.copytree(stores / source, stores / target)

    def rename(self, source, target):
        """Give a database that nobody is connected to another name."""
        self.psql(f'ALTER DATABASE "{source}" RENAME TO "{target}"')
        stores = self.paths.data / "filestore"
        if (stores / source).is_dir():
            (stores / source).rename(stores / target)


@contextlib.contextmanager
def session(paths=None):
    """Set up everything, have the database server running, and yield an `Odoo`."""
    paths = paths or Paths.default()
    installer = Installer(paths)
    installer.run()
    prune(paths)
    with server(paths, installer.site_packages) as database_server:
        odoo = Odoo(paths, installer, database_server)
        odoo.write_config()
        yield odoo


def prune(paths):
    """Remove what checkouts that are no longer there have left in the cache."""
    for link in paths.own.parent.glob(f"*/addons/{ADDON}"):
        if not link.exists():
            gone = Paths(paths.cache, Path(os.readlink(link)))
            try:
                OwnServer(gone, Installer(gone).site_packages).clean()
            except LaunchError:
                continue  # a command that was started in it is still running
            shutil.rmtree(gone.own, ignore_errors=True)


def wait(process, own_session=False):
    """Wait for a process; Ctrl-C and SIGTERM reach it, and its orderly end is awaited.

    A terminal sends Ctrl-C to the whole process group: it is passed on only to a process
    in a session of its own, or where there is no terminal.
    """

    def on_interrupt(number, frame):
        if own_session or not os.isatty(0):
            process.send_signal(signal.SIGINT)

    def on_terminate(number, frame):
        process.send_signal(signal.SIGTERM)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, on_interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, on_terminate),
    }
    try:
        return process.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def addon_files(checkout):
    """The files that make up the installed addon, for telling whether it has changed."""
    skip = {"dev", "docs", "dist", "build", "tests", "__pycache__"}
    for path in sorted(Path(checkout).rglob("*")):
        parts = path.relative_to(checkout).parts
        # at the top, only Python files are the addon's
        at_top = len(parts) == 1 and path.suffix != ".py"
        # below static/, what tests want in the browser is in a bundle of the installed addon
        skipped = skip.intersection(parts[:1] if parts[0] == "static" else parts)
        if path.is_file() and not at_top and not skipped and parts[0][0] != ".":
            yield path


def addon_digest(checkout):
    """A short hash of the installed addon: other files, or files at other places, give another."""
    checkout = Path(checkout)
    return digest(*(part for path in addon_files(checkout) for part in (str(path.relative_to(checkout)), path)))

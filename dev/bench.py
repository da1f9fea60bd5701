"""`make bench`: what scoring a large shop costs, as multiples of the plain SQL that it cannot do without.

Usage: bench.py -c FILE -d DATABASE --hosts DATABASE [--size large|small], with FILE Odoo's configuration, the
database to work in, which is made anew, whatever it held before, and one to copy, with what the addon builds on.
The generated data are kept beside it for the next time.

BENCH_CUSTOMERS (default 200000) sets the size; there are ten orders and ten invoices per customer.
BENCH_GROWTH (default 50000) names further sizes for full runs, by commas; with 1000000 it takes an hour and 60 GB.
BENCH_PARTS names what else is measured, of PARTS; all of them if it is not set, and nothing if it is empty.
BENCH_TICKETS (default 160000) is the number of complaints among which complaints are handled.
BENCH_MEMBERS (default 100000) is the number of customers for whom a campaign is started, at most all of them.
BENCH_FORECASTS (default 1000000) is the number of customers, in a company of their own, who are forecast.
BENCH_DUPLICATES (default 200000) is the number of customers, in a company of their own, who are compared.
BENCH_MESSAGES (default 2000000) is the number of messages among which a customer page is read, and BENCH_CONTACTS
(default 200000) that of the contacts of one of the customers whose page it is; 200000 customers have 2000000 orders.

It ends with a table of aims. Each is a ratio within this run, so sizes and machines can be compared; the exit code says
only whether everything could be measured. The small size shows no more than that: its aims are not judged.
"""

import argparse
import contextlib
import datetime
import hashlib
import json
import math
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

import psycopg2
from bench_aims import Aim, aim, aims_table, exponent

DEV = Path(__file__).resolve().parent
ADDON = "customer_value"
# by size: what there is unless the environment says otherwise
SIZES = {
    "large": {
        "BENCH_CUSTOMERS": "200000", "BENCH_GROWTH": "50000", "BENCH_TICKETS": "160000", "BENCH_MEMBERS": "100000",
        "BENCH_FORECASTS": "1000000", "BENCH_DUPLICATES": "200000", "BENCH_MESSAGES": "2000000",
        "BENCH_CONTACTS": "200000",
    },
    "small": {
        "BENCH_CUSTOMERS": "2000", "BENCH_GROWTH": "", "BENCH_TICKETS": "1000", "BENCH_MEMBERS": "500",
        "BENCH_FORECASTS": "2000", "BENCH_DUPLICATES": "2000", "BENCH_MESSAGES": "20000", "BENCH_CONTACTS": "2000",
    },
}  # fmt: skip
GENERATORS = ("bench_data.py", "bench_documents.py", "bench_accounting.py", "../tests/core/bulk_rows.py")
MAX_AGE = datetime.timedelta(days=31)  # a run looks back from today
# Measured one after the other, each in a copy of the scored database: what it says while it runs, by the name of its
# module `bench_<name>.py`. Its `measure(env)` gives a dict of `lines` to print and `aims`, see bench_aims.
PARTS = {
    "complaints": "complaints", "lifetime": "lifetime values", "retention": "a campaign",
    "reports": "what if, risks and the profit center", "hosts": "orders and invoices with the addon and without",
    "page": "a customer page", "duplicates": "a look for duplicates", "diagnosis": "a diagnosis",
    "fact": "monthly figures", "acquisition": "where customers came from",
}  # fmt: skip
FLOOR_COLUMNS = """
    partner_id integer, company_id integer, first_order date, last_order date, order_count bigint,
    ordered numeric, margin numeric, revenue numeric, refunded numeric, overdue numeric,
    open_pipeline numeric, ticket_count bigint
"""
# as a production server has them
DURABLE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}
FULL = 1.5  # times the floor, the first run and one a day later
LATER = 1.0
SHARE = 0.06  # times the floor for a hundredth of the customers
ONE = 0.030  # seconds
HOSTS = 1.05  # times what confirming an order and posting an invoice cost without the addon
HOST_DOCUMENTS = 200  # of each kind, with the addon and without
HOST_WARM = 20
PYTHON = 0.5  # of the time of one customer
MEMORY = 300e6  # bytes
MOVERS = (10_000, 50_000)  # customers who change tier in one run
MOVERS_MEMORY = 50e6  # bytes that five times as many movers may take more
GROWTH = math.log(5.5) / math.log(5)  # 5 times the data, at most 5.5 times the time
RUNS = (10, 500, 1000)  # customers in a run for some

START = time.monotonic()


def say(text):
    print(f"[{time.monotonic() - START:5.0f}s] {text}", flush=True)


class Bench:
    """One size of the data, in a database of its own.

    :param dict sizes: of ``SIZES``, as text; ``BENCH_CUSTOMERS`` is that of this database
    """

    def __init__(self, config, database, hosts, sizes):
        self.config = config
        self.database = database
        self.hosts = hosts
        self.sizes = sizes
        self.customers = int(sizes["BENCH_CUSTOMERS"])
        self.template = self._template_name()

    def other_size(self, customers):
        sizes = {**self.sizes, "BENCH_CUSTOMERS": str(customers)}
        return Bench(self.config, f"{self.database}_{customers}", self.hosts, sizes)

    def _template_name(self, key=None):
        """:param str key: instead of that of what the data are made by"""
        if key is None:
            sources = b"".join((DEV / name).read_bytes() for name in GENERATORS)
            key = hashlib.sha256(sources + self.hosts.encode()).hexdigest()[:8]
        # the launcher numbers its databases; the rest of the name says whose they are
        name = re.sub(rf"bench_\d+_\d+(_{self.customers})?$", "bench", self.database)
        data = f"bench_{self.customers}_{key}"
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
        process = subprocess.Popen(
            self._measuring(what, database or self.database),
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **self.sizes, **environ},
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

    def _measuring(self, what, database):
        return [sys.executable, str(DEV / "bench_measure.py"), "-c", str(self.config), "-d", database, what]

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
        pattern = self._template_name("%").replace("_", r"\_")
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

    @contextlib.contextmanager
    def durable(self):
        """Have the server write as one in production does meanwhile; gives whether it could be told to."""
        try:
            before = {name: self.sql(f"SHOW {name}")[0][0] for name in DURABLE}
            self._set(DURABLE)
        except psycopg2.errors.InsufficientPrivilege:
            yield all(before[name] == value for name, value in DURABLE.items())
            return
        try:
            yield True
        finally:
            self._set(before)

    def _set(self, settings):
        for name, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql("SELECT pg_reload_conf()")
        while any(self.sql(f"SHOW {name}")[0][0] != value for name, value in settings.items()):
            time.sleep(0.1)

    def settle(self):
        """Have written what earlier measurements left to be written, where the server lets us."""
        with contextlib.suppress(psycopg2.errors.InsufficientPrivilege):
            self.sql("CHECKPOINT")

    def floor(self, times):
        """Seconds of the plain SQL, each of so many times."""
        statement = (DEV / "bench_floor.sql").read_text()
        taken = []
        with self.connect(self.database) as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS bench_floor; CREATE TABLE bench_floor ({FLOOR_COLUMNS})")
            for _attempt in range(times):
                cursor.execute("TRUNCATE bench_floor")
                began = time.perf_counter()
                cursor.execute("BEGIN")
                cursor.execute(statement)
                cursor.execute("COMMIT")
                taken.append(time.perf_counter() - began)
            cursor.execute("DROP TABLE bench_floor")
        return taken

    def full_runs(self):
        """The first full run and one a day later, with the floor between them: what it costs changes with the hour.

        :return: dict of ``floor`` (seconds), and the answers ``full`` and ``later``
        """
        answers = {}
        floors = self.floor(2)
        for what in ("full", "later"):
            self.settle()
            answers[what] = self.measure(what)
            floors += self.floor(2)
        return {"floor": statistics.median(floors), **answers}

    @contextlib.contextmanager
    def copied(self, name):
        """The name of a copy of the database, dropped afterwards."""
        database = f"{self.database}_{name}"
        self.drop(database)
        self.copy(self.database, database)
        try:
            yield database
        finally:
            self.drop(database)

    @contextlib.contextmanager
    def working_in(self, database):
        """Have everything measured in another database meanwhile."""
        own, self.database = self.database, database
        try:
            yield self
        finally:
            self.database = own

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
            with self.copied("move") as database:
                answers[count] = self.measure("move", database, BENCH_MOVERS=str(count))
        return answers

    def part(self, name):
        """The answer of one of PARTS, in a copy of the database."""
        with self.copied(name) as database:
            return self.hosts_with_and_without(database) if name == "hosts" else self.measure(name, database)

    def hosts_with_and_without(self, database):
        """What the documents of hosts cost with the addon and in the same data without it: one of each, in turn.

        A machine is faster now and slower then. So every document is compared with the one made right before or after
        it, and the addon is charged with the median of the differences.
        """
        bare = f"{self.database}_bare"
        self.drop(bare)
        self.copy(self.template, bare)
        titles = {"order": "confirming an order", "invoice": "posting an invoice"}
        lines, found = [f"{'':30}{'without':>11}{'with':>13}"], []
        try:
            with self.asking("hosts", bare) as without, self.asking("hosts", database) as with_addon:
                for ask in (without, with_addon):
                    ask(HOST_DOCUMENTS + HOST_WARM)
                for what, title in titles.items():
                    pairs = [
                        self._in_turn(number, what, without, with_addon) for number in range(HOST_DOCUMENTS + HOST_WARM)
                    ]
                    alone = statistics.median(bare for bare, _both in pairs[HOST_WARM:])
                    more = statistics.median(both - bare for bare, both in pairs[HOST_WARM:])
                    lines.append(f"{title:30}{seconds(alone):>11}{seconds(alone + more):>13}")
                    found.append(aim(f"{title}, with the addon over without", alone + more, HOSTS, alone))
        finally:
            self.drop(bare)
        return {"lines": lines, "aims": found}

    @staticmethod
    def _in_turn(number, what, without, with_addon):
        """:return: tuple of the seconds without and with the addon; every other time the addon comes first"""
        if number % 2:
            both = with_addon(what)
            return without(what)[0], both[0]
        bare = without(what)
        return bare[0], with_addon(what)[0]

    @contextlib.contextmanager
    def asking(self, what, database):
        """A measurement that is asked time and again: a function that sends it a line, and gives its answer."""
        process = subprocess.Popen(
            self._measuring(what, database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

        def ask(text):
            process.stdin.write(f"{text}\n")
            process.stdin.flush()
            for line in process.stdout:
                if line.startswith("["):
                    return json.loads(line)
            raise subprocess.CalledProcessError(process.wait(), what)

        try:
            yield ask
        finally:
            process.stdin.close()
            process.wait()

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


def table(bench, answers):
    """Print what was measured of scoring."""
    customers, orders, invoices, refunds, payments, leads, tickets, size = bench.counts()
    print(
        f"\n{customers:,} customers, {orders:,} orders, {invoices:,} invoices, {refunds:,} credit notes,"
        f" {payments:,} reconciliations, {leads:,} leads, {tickets:,} tickets; {size}\n"
    )
    fast, floor = answers["fast"], answers["floor"]
    rows = [
        ("floor: each table read once by plain SQL", floor, None, fast["floor"]),
        ("full run, the first", answers["full"]["seconds"], answers["full"], fast["full"]["seconds"]),
        ("full run, a day later", answers["later"]["seconds"], answers["later"], fast["later"]["seconds"]),
    ]
    for count, answer in answers["some"]["runs"].items():
        rows.append((f"run for {int(count):,} customers (median of 3)", answer["seconds"], answers["some"], None))
    rows.append(("run for one customer (median of 20)", answers["one"]["seconds"], answers["one"], None))
    print(f"{'':44}{'time':>11}{'x floor':>10}{'peak memory':>14}{'not durable':>14}{'x floor':>10}")
    for title, value, answer, other in rows:
        memory = f"{answer['peak'] / 1e6:10.0f} MB" if answer else ""
        without = f"{seconds(other):>14}{other / fast['floor']:10.3f}" if other else ""
        print(f"{title:44}{seconds(value)}{value / floor:10.3f}{memory:>14}{without}".rstrip())
    if not answers["durable"]:
        print(f"{'':4}This server cannot be told to write as one in production: both columns are as it is.")
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


def growth_table(sizes):
    """Print how full runs grow with the data.

    :param dict sizes: answers of ``Bench.full_runs`` by number of customers
    """
    print(f"{'full runs by size':44}{'floor':>11}{'first':>13}{'x floor':>10}{'later':>13}{'x floor':>10}")
    for customers, answer in sizes.items():
        row = f"{f'{customers:,} customers':44}{seconds(answer['floor'])}"
        for what in ("full", "later"):
            row += f"{seconds(answer[what]['seconds']):>13}{answer[what]['seconds'] / answer['floor']:10.3f}"
        print(row)
    if len(sizes) > 1:
        found = {what: exponent(times(sizes, what)) for what in ("full", "later")}
        print(f"{'':4}the time grows with the data to the power of {found['full']:.3f}, later {found['later']:.3f}")
    print()


def times(sizes, what):
    return {customers: answer[what]["seconds"] for customers, answer in sizes.items()}


def aims(answers, sizes):
    """The aims of scoring, as ``Aim``.

    :param dict answers: of the main size, as in ``table``
    :param dict sizes: as in ``growth_table``
    """
    floor, one = answers["floor"], answers["one"]
    for customers, answer in sizes.items():
        of = f"{customers:,} customers"
        yield Aim(f"first full run, {of}", answer["full"]["seconds"], FULL, answer["floor"])
        yield Aim(f"full run a day later, {of}", answer["later"]["seconds"], LATER, answer["floor"])
        peak = max(answer[what]["peak"] for what in ("full", "later"))
        yield Aim(f"memory of a full run, {of}", peak, MEMORY, unit="bytes")
    if len(sizes) > 1:
        yield Aim("power by which full runs grow", exponent(times(sizes, "full")), GROWTH, unit="")
    customers = max(answers["customers"], 1)
    for count, answer in answers["some"]["runs"].items():
        if int(count) == customers // 100:
            yield Aim(f"run for 1% ({int(count):,})", answer["seconds"], SHARE, floor)
        else:
            # what a run costs at all, and the same for each customer as in one for a hundredth of them
            share = ONE + SHARE * floor * int(count) / (customers / 100)
            yield Aim(f"run for {int(count):,}, in proportion", answer["seconds"], 1, share)
    yield Aim("run for one customer", one["seconds"], ONE)
    yield Aim("of which outside of PostgreSQL", one["python"], PYTHON, one["seconds"])
    moved = answers["move"]
    if len(moved) > 1:
        few, many = min(moved), max(moved)
        more = moved[many]["peak"] - moved[few]["peak"]
        yield Aim(f"memory of {many:,} movers over that of {few:,}", more, MOVERS_MEMORY, unit="bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("--hosts", required=True)
    parser.add_argument("--size", choices=sorted(SIZES), default="large")
    options = parser.parse_args()
    # an empty BENCH_GROWTH asks for no other size
    sizes = {name: os.environ.get(name, value) for name, value in SIZES[options.size].items()}
    bench = Bench(options.config, options.database, options.hosts, sizes)
    named = os.environ.get("BENCH_PARTS")
    parts = list(PARTS) if named is None else list(filter(None, named.split(",")))
    if unknown := set(parts) - set(PARTS):
        parser.error(f"BENCH_PARTS: there is no {', '.join(sorted(unknown))}, only {', '.join(PARTS)}")
    others = [int(customers) for customers in sizes["BENCH_GROWTH"].split(",") if customers]
    bench.prepare()
    answers = scoring(bench)
    by_size = {bench.customers: answers} | {customers: grown(bench, customers) for customers in others}
    by_size = dict(sorted(by_size.items()))
    measured = {}
    for part in parts:
        say(f"Measuring: {PARTS[part]}")
        measured[part] = bench.part(part)
    table(bench, answers)
    growth_table(by_size)
    found = list(aims(answers, by_size))
    for answer in measured.values():
        print(*answer["lines"], "", sep="\n")
        found += [Aim(**one) for one in answer["aims"]]
    print(*aims_table(found, judged=options.size == "large"), sep="\n")


def scoring(bench):
    """Answers of everything that is measured of scoring, with ``fast`` for a server that does not write durably."""
    say("Measuring full runs, not durable")
    with bench.copied("fast") as database, bench.working_in(database):
        fast = bench.full_runs()
    with bench.durable() as durable:
        say("Measuring full runs")
        answers = bench.full_runs()
        counts = sorted({min(count, bench.customers) for count in (*RUNS, max(bench.customers // 100, 1))})
        say("Measuring: runs for some")
        answers["some"] = bench.measure("some", BENCH_RUNS=",".join(map(str, counts)))
        say("Measuring: one customer")
        answers["one"] = bench.measure("one")
    say("Measuring: the ORM")
    answers["orm"] = bench.measure("orm")
    say("Measuring: changes of tier")
    answers["move"] = bench.movers()
    say("Loading CDNOW in full")
    answers["cdnow"] = bench.cdnow()
    return answers | {"fast": fast, "durable": durable, "customers": bench.customers}


def grown(bench, customers):
    """Full runs of another size."""
    other = bench.other_size(customers)
    try:
        other.prepare()
        with other.durable():
            say(f"Measuring full runs of {customers:,} customers")
            return other.full_runs()
    finally:
        other.drop(other.database)


if __name__ == "__main__":
    sys.exit(main())

"""What monthly figures of very many customers cost: rebuilding a month, and the pivot of two years."""

import os
import resource
import statistics
import time

from bench_aims import aim
from dateutil.relativedelta import relativedelta
from odoo.tools import SQL

# of so many customers
CUSTOMERS = 200_000
MONTHS = 24
# reads as much as a run and stores it
REBUILD = 60  # seconds
PIVOT = 1.0  # seconds
# what no total tells has to read all figures
WHOLE = 10  # seconds
REPEAT = 5
MEASURES = ["__count", "revenue:sum", "margin:sum", "order_count:sum", "currency_id:array_agg_distinct"]
PIVOTS = {
    "by month": [["month:month"], []],
    "by month and tier": [["month:month", "tier_id"], ["month:month"], ["tier_id"], []],
    "by month and segment": [["month:month", "segment_id"], ["month:month"], ["segment_id"], []],
    "by month, tier and lifecycle": [["month:month", "tier_id", "lifecycle"], ["month:month"], []],
}
OTHER = {"by month and account manager": [["month:month", "user_id"], ["month:month"], []]}


def measure(env):
    """Rebuild last month, repeat it for the months before, and ask for pivots as a manager. Commits.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    share = int(os.environ["BENCH_CUSTOMERS"]) / CUSTOMERS
    env = env(user=env.ref("base.user_admin").id)
    company, Fact = env.company, env["customer.value.fact"].sudo()
    last = company._get_value_today().replace(day=1) - relativedelta(months=1)
    before = _peak()
    rebuild, counts = _timed(env, lambda: Fact._rebuild(company, last))
    again, _counts = _timed(env, lambda: Fact._rebuild(company, last))
    growth = _peak() - before
    repeat_month(env, last)
    manager = env["customer.value.fact"].with_user(env.user)
    taken = {name: _ask(env, manager, sets) for name, sets in {**PIVOTS, **OTHER}.items()}
    env.cr.execute(
        "SELECT count(*), pg_size_pretty(pg_total_relation_size('customer_value_fact')) FROM customer_value_fact"
    )
    rows, size = env.cr.fetchone()
    return {
        "lines": [
            f"monthly figures: {rows:,} in {MONTHS} months, {size}",
            f"    a month rebuilt, {counts['added']:,} rows {rebuild:12.2f} s",
            f"    once more, nothing changed {again:16.2f} s",
            f"    peak memory {growth / 1e6:.0f} MB more than before",
            *(f"    pivot {name:38}{1000 * seconds:8.0f} ms" for name, seconds in taken.items()),
        ],
        "aims": [
            aim("a month of figures rebuilt", rebuild, REBUILD * share),
            *(aim(f"pivot of two years {name}", taken[name], PIVOT) for name in PIVOTS),
            *(aim(f"pivot of two years {name}", taken[name], WHOLE * share) for name in OTHER),
        ],
    }


def _timed(env, function):
    began = time.perf_counter()
    found = function()
    env.cr.commit()
    return time.perf_counter() - began, found


def _ask(env, facts, grouping_sets):
    """Seconds of the pivot, the median of several."""
    taken = []
    for _attempt in range(REPEAT):
        env.invalidate_all()
        began = time.perf_counter()
        facts.formatted_read_grouping_sets([], grouping_sets, MEASURES)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def repeat_month(env, month):
    """Write the figures of a month for the months before it as well, with other amounts, month by month."""
    env.cr.execute(
        """SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
            WHERE table_name = 'customer_value_fact' AND column_name NOT IN ('id', 'month', 'revenue')"""
    )
    columns = SQL(env.cr.fetchone()[0])
    for number in range(1, MONTHS):
        env.cr.execute(
            SQL(
                """INSERT INTO customer_value_fact (month, revenue, %(columns)s)
                   SELECT %(to)s, revenue + (partner_id + %(number)s) %% 100, %(columns)s
                     FROM customer_value_fact WHERE month = %(month)s AND company_id = %(company)s
                    ORDER BY partner_id""",
                columns=columns,
                to=month - relativedelta(months=number),
                number=number,
                month=month,
                company=env.company.id,
            )
        )
    env.cr.commit()
    env.cr.execute("ANALYZE customer_value_fact")
    env.cr.commit()


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

"""What monthly figures of very many customers cost: rebuilding a month, and the pivot of two years."""

import os
import resource
import statistics
import time

from bench_aims import aim
from dateutil.relativedelta import relativedelta
from odoo.addons.customer_value.analytics.fact import totals
from odoo.tools import SQL

# of so many customers
CUSTOMERS = 200_000
MONTHS = 24
# reads as much as a run and stores it
REBUILD = 60  # seconds
PIVOT = 1.0  # seconds
REPEAT = 5
MEASURES = ["__count", "revenue:sum", "margin:sum", "order_count:sum", "currency_id:array_agg_distinct"]
PIVOTS = {
    "by month": [["month:month"], []],
    "by month and tier": [["month:month", "tier_id"], ["month:month"], ["tier_id"], []],
    "by month and segment": [["month:month", "segment_id"], ["month:month"], ["segment_id"], []],
    "by month, tier and lifecycle": [["month:month", "tier_id", "lifecycle"], ["month:month"], []],
    "by month and account manager": [["month:month", "user_id"], ["month:month"], ["user_id"], []],
}
# so many customers of each change hands
HANDED = 1_000
MANAGERS = 50


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
    _give_managers(env)
    taken = {name: _ask(env, manager, sets) for name, sets in PIVOTS.items()}
    handed = _hand_over(env)
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
            f"    {HANDED:,} customers handed over, by SQL {handed:10.2f} s",
        ],
        "aims": [
            aim("a month of figures rebuilt", rebuild, REBUILD * share),
            *(aim(f"pivot of two years {name}", taken[name], PIVOT) for name in PIVOTS),
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


def _give_managers(env):
    """Spread the customers over MANAGERS users."""
    env.cr.execute(
        """WITH made AS (
               INSERT INTO res_users (login, partner_id, company_id, active, share, notification_type)
               SELECT 'bench_manager_' || n, %s, %s, true, false, 'email' FROM generate_series(1, %s) n RETURNING id
           ), numbered AS (SELECT row_number() OVER () - 1 AS n, id FROM made)
           UPDATE res_partner rp SET user_id = numbered.id FROM numbered
            WHERE rp.id = rp.commercial_partner_id AND rp.id %% %s = numbered.n""",
        (env.user.partner_id.id, env.company.id, MANAGERS, MANAGERS),
    )
    env.cr.commit()
    for ledger in totals.LEDGERS:
        env.cr.execute(ledger.compact_sql(env.company.id))
    env.cr.commit()


def _hand_over(env):
    """Seconds until HANDED customers have another account manager, and the figures follow."""
    began = time.perf_counter()
    env.cr.execute(
        "UPDATE res_partner SET user_id = %s WHERE id IN (SELECT partner_id FROM customer_value_fact"
        " GROUP BY partner_id ORDER BY partner_id LIMIT %s)",
        (env.user.id, HANDED),
    )
    env.cr.commit()
    return time.perf_counter() - began


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
    env.cr.execute("ANALYZE customer_value_fact, customer_value_fact_total, customer_value_fact_total_user")
    env.cr.commit()


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

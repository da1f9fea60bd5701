"""What forecasting the lifetime value of very many customers costs, from the orders to the stored result."""

import os
import resource
import statistics
import time
from datetime import timedelta

import cdnow  # noqa: F401  (makes customer_value_data importable)
from bench_aims import aim
from customer_value_data.core.bulk_rows import QUIET, insert_like, read_rows, reserve_ids, unchecked, undone
from odoo.tools import SQL

SINGLE = 20
YEARS = 2
# seconds for each million customers
MILLION = 10
ONE = 0.050  # seconds
MEMORY = 300e6  # bytes
DONE = {
    "calibrate": "learn, judge, and forecast of all for the first time",
    "store": "forecast of all a day later",
    "unchanged": "the same once more",
    "one": "forecast of one customer",
}


def measure(env):
    """Forecast for BENCH_FORECASTS customers. Commits.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    count = int(os.environ["BENCH_FORECASTS"])
    times, growth = forecasts(env, count)
    lines = [
        f"lifetime values of {count:,} customers",
        *(f"{title:60}{1000 * times[name]:11.1f} ms" for name, title in DONE.items()),
        f"    peak memory {growth / 1e6:.0f} MB more than before",
    ]
    whole = MILLION * count / 1e6
    aims = [
        aim("lifetime values: learn, judge, forecast and store of all", times["calibrate"], whole),
        aim("lifetime values: forecast and store of all a day later", times["store"], whole),
        aim("lifetime value of one customer", times["one"], ONE),
        aim("memory of lifetime values", growth, MEMORY, unit="bytes"),
    ]
    return {"lines": lines, "aims": aims}


def forecasts(env, count):
    """Forecasts for ``count`` customers of a company of their own, with three orders each on average.

    :return: tuple of a dict of seconds, and by how many bytes the peak of memory grew. The seconds are of ``calibrate``
        (two fits of both models, the backtest, and the result for all customers stored), ``store`` (the result of all
        stored again a day later, with the parameters there are), ``unchanged`` (the same on the same day), and ``one``
        customer (the median of twenty)
    """
    company = env["res.company"].create({"name": "Lifetime benchmark"})
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    company = company.with_env(env)
    partners = _make_partners(env, count)
    env.cr.commit()
    env.cr.execute("ANALYZE res_partner")
    today = company._get_value_today()
    Calibration = env["customer.lifetime.calibration"].sudo()
    Value = env["customer.lifetime.value"].sudo()

    def timed(step):
        env.invalidate_all()
        began = time.perf_counter()
        result = step()
        env.cr.commit()
        return result, time.perf_counter() - began

    _make_orders(env, partners, count, today)
    env.cr.commit()
    before = _peak()

    def past():
        return Value._read_past(SQL("SELECT * FROM bench_purchase"), SQL("SELECT * FROM bench_change"))

    calibration, calibrate = timed(lambda: Calibration._calibrate_from(company, today, past()))
    tomorrow = today + timedelta(days=1)
    _counts, store = timed(lambda: Value._store(company, tomorrow, calibration, past()))
    _counts, unchanged = timed(lambda: Value._store(company, tomorrow, calibration, past()))
    # as the server does by itself a minute later
    env.cr.execute("ANALYZE customer_lifetime_value")
    env.cr.commit()
    singles = []
    for number in range(SINGLE + 1):
        partner = env["res.partner"].browse(partners + 1 + number * (count // (SINGLE + 1)))
        singles.append(timed(lambda partner=partner: Value._refresh(company, partner))[1])
    times = {"calibrate": calibrate, "store": store, "unchanged": unchanged, "one": statistics.median(singles[1:])}
    return times, _peak() - before


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _make_partners(env, count):
    """:return: the id before the first of ``count`` partners"""
    cr = env.cr
    row = undone(
        env(context={**env.context, **QUIET}),
        lambda env: read_rows(env, {"partner": env["res.partner"].create({"name": "Example"})})["partner"],
    )
    base = reserve_ids(cr, "res_partner", count)
    number = SQL("generate_series(1, %s) number", count)
    with unchecked(cr):
        insert_like(
            cr,
            "res_partner",
            row,
            number,
            {
                "id": SQL("%s + number", base),
                "commercial_partner_id": SQL("%s + number", base),
                "name": SQL("'Customer ' || number"),
                "complete_name": SQL("'Customer ' || number"),
            },
        )
    return base


def _make_orders(env, base, count, today):
    """Orders such as sources find them: each customer begins some day, and orders some times after it.

    What makes orders of documents is measured with runs, which read them in the same way.
    """
    cr = env.cr
    cr.execute("SELECT setseed(0.42)")
    cr.execute(
        SQL(
            """
            CREATE UNLOGGED TABLE bench_purchase AS
            SELECT partner_id, day, round(amount::numeric, 2) AS amount, round((amount * 0.35)::numeric, 2) AS margin,
                   TRUE AS is_order
              FROM (SELECT %(base)s + customer.number AS partner_id,
                           %(today)s::date - (customer.age * (1 - random() * (purchase.number > 1)::int))::int AS day,
                           20 + 200 * random() * random() AS amount
                      FROM (SELECT number, floor(random() * %(span)s)::int AS age,
                                   1 + floor(-2 * ln(1 - random()))::int AS purchases
                              FROM generate_series(1, %(count)s) number) customer
                     CROSS JOIN LATERAL generate_series(1, customer.purchases) purchase(number)) bought
             ORDER BY day
            """,
            base=base,
            today=today,
            span=YEARS * 365,
            count=count,
        )
    )
    cr.execute(
        SQL(
            "CREATE UNLOGGED TABLE bench_change AS"
            " SELECT %s + number AS partner_id, 0.0 AS changed_margin FROM generate_series(1, %s) number",
            base,
            count,
        )
    )
    cr.execute("ANALYZE bench_purchase, bench_change")

"""What reading all customers costs beside a run, as multiples of the plain SQL of the floor: what if, customers at
risk, lost customers, and the profit center of a year.

The documents are the same that a run reads. The floor is measured between the others, so that both meet the same hour.
"""

import datetime
import statistics
import time
from pathlib import Path

from bench import FLOOR_COLUMNS
from bench_aims import aim

FLOOR = Path(__file__).with_name("bench_floor.sql")
REPEAT = 3
YEAR = 365
FEW = 500


def measure(env):
    """Refresh findings of all customers and ask for a year's figures, as a manager. Commits.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    env = env(user=env.ref("base.user_admin").id)
    done = _done(env)
    taken = {what: [] for what in ("floor", *done)}
    _make_floor(env)
    # once to begin with: plans, caches, and the rows that later refreshes leave as they are
    first = {what: _time(env, function) for what, function in done.items()}
    for _attempt in range(REPEAT):
        taken["floor"].append(_time(env, lambda: _floor(env)))
        for what, function in done.items():
            taken[what].append(_time(env, function))
    env.cr.execute("DROP TABLE bench_floor")
    env.cr.commit()
    seconds = {what: statistics.median(times) for what, times in taken.items()}
    return {"lines": list(_lines(first, seconds)), "aims": list(_aims(first, seconds))}


def _done(env):
    company, today = env.company, datetime.date.today()
    Profit, Risk, Loss = (
        env[name].sudo() for name in ("customer.retention.profit", "customer.retention.risk", "customer.retention.loss")
    )
    first = str(today - datetime.timedelta(days=YEAR - 1))
    some = _sample(env, FEW)

    def what_if():
        wizard = env["customer.value.what.if"].create({})
        wizard.weight_ids[0].weight += 10
        wizard.action_show_effect()

    return {
        "what if": what_if,
        "customers at risk, learned anew": lambda: Risk._refresh(company, learn=True),
        "customers at risk": lambda: Risk._refresh(company),
        "customers at risk, of 500": lambda: Risk._refresh(company, partners=some),
        "lost customers, learned anew": lambda: Loss._refresh(company, learn=True),
        "lost customers": lambda: Loss._refresh(company),
        "profit center of a year": lambda: Profit.get_profit_center(first, str(today)),
        "its years": lambda: Profit.get_years(first, str(today)),
        "a page of profit per customer": lambda: env["customer.profit"].web_search_read(
            [], {"partner_id": {}, "margin": {}, "profit": {}, "currency_id": {}}, limit=80
        ),
    }


def _sample(env, count):
    env.cr.execute(
        """SELECT p.id FROM res_partner p
            WHERE p.commercial_partner_id = p.id
              AND EXISTS (SELECT FROM sale_order o WHERE o.value_customer_id = p.id)
            ORDER BY hashint4(p.id) LIMIT %s""",
        (count,),
    )
    return env["res.partner"].browse(row[0] for row in env.cr.fetchall())


def _make_floor(env):
    env.cr.execute(f"DROP TABLE IF EXISTS bench_floor; CREATE TABLE bench_floor ({FLOOR_COLUMNS})")
    env.cr.commit()


def _floor(env):
    env.cr.execute("TRUNCATE bench_floor")
    env.cr.execute(FLOOR.read_text())


def _time(env, function):
    env.invalidate_all()
    began = time.perf_counter()
    function()
    env.flush_all()
    env.cr.commit()
    return time.perf_counter() - began


def _lines(first, seconds):
    yield f"{'':42}{'first':>12}{'again':>12}{'x floor':>10}"
    yield f"{'floor':42}{'':12}{1000 * seconds['floor']:9.0f} ms"
    for what, again in first.items():
        yield f"{what:42}{1000 * again:9.0f} ms{1000 * seconds[what]:9.0f} ms{seconds[what] / seconds['floor']:10.2f}"


def _aims(first, seconds):
    floor = seconds["floor"]
    yield aim("what if, all customers", seconds["what if"], 2)
    yield aim("refresh of all customers at risk, over the floor", seconds["customers at risk"], 0.5, floor)
    yield aim("refresh of all lost customers, over the floor", seconds["lost customers"], 1, floor)
    yield aim("profit center of a year, over the floor", seconds["profit center of a year"], 1, floor)

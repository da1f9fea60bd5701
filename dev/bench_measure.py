"""One measurement of the benchmark in a process of its own, so that its peak memory is its own.

Usage: bench_measure.py -c FILE -d DATABASE WHAT, with WHAT one of the functions below, or a part: the module
``bench_WHAT``, with a function ``measure(env)``. Prints one line of JSON; times are in seconds and include the commit.
"""

import argparse
import datetime
import importlib
import json
import os
import resource
import statistics
import sys
import threading
import time

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

SINGLE_RUNS = 20
SOME_RUNS = 3
ORM_CUSTOMERS = 1000


def data(env):
    """Fill the database with BENCH_CUSTOMERS customers and their documents."""
    import bench_data

    bench_data.generate(env, int(os.environ["BENCH_CUSTOMERS"]), say=lambda text: print(text, flush=True))
    return {}


def cdnow(env):
    """Load CDNOW in full, and score its customers."""
    from cdnow import load_full

    began = time.perf_counter()
    load_full(env)
    env.cr.commit()
    loaded = time.perf_counter() - began
    env.cr.execute("ANALYZE")
    env.cr.commit()
    return {"load": loaded, **full(env)}


def full(env):
    """The first full run."""
    return timed(env, lambda policy: policy._run())


def later(env):
    """A full run a day after the first: every recency has changed."""
    tomorrow = datetime.date.today() + datetime.timedelta(days=1)
    return timed(env, lambda policy: policy._run(as_of=tomorrow))


def some(env):
    """Runs for so many customers each as BENCH_RUNS says, by commas: the median of three for different ones.

    They are as of today, after a full run for tomorrow: what has changed by itself overnight changes back.
    """
    policy = active_policy(env)
    counts = [int(count) for count in os.environ["BENCH_RUNS"].split(",")]
    partners = sample(env, 1 + SOME_RUNS * max(counts))
    policy._run(partners=partners[:1])
    env.cr.commit()
    runs = {}
    for count in counts:
        times = []
        for number in range(SOME_RUNS):
            some = partners[1:][number * count : (number + 1) * count] or partners[:count]
            env.invalidate_all()
            began = time.perf_counter()
            policy._run(partners=some)
            env.cr.commit()
            times.append(time.perf_counter() - began)
        runs[count] = {"seconds": statistics.median(times), "slowest": max(times)}
    return {"runs": runs}


def one(env):
    """Runs for one customer: the median of twenty different ones, after one to warm up.

    ``python`` is what the median one took outside of the database, and ``queries`` their number.
    """
    policy = active_policy(env)
    thread = threading.current_thread()
    taken = []
    for partner in sample(env, SINGLE_RUNS + 1):
        env.invalidate_all()
        # counted by the cursor
        thread.query_count, thread.query_time = 0, 0.0
        began = time.perf_counter()
        policy._run(partners=partner)
        in_database = thread.query_time
        committing = time.perf_counter()
        env.cr.commit()
        ended = time.perf_counter()
        taken.append((ended - began, committing - began - in_database, thread.query_count))
    del thread.query_count, thread.query_time
    times, python, queries = zip(*taken[1:], strict=True)
    return {
        "seconds": statistics.median(times),
        "slowest": max(times),
        "python": statistics.median(python),
        "queries": statistics.median(queries),
    }


def orm(env):
    """The customary loop over customers, per customer."""
    from bench_orm import score

    partners = sample(env, ORM_CUSTOMERS)
    began = time.perf_counter()
    for partner in partners:
        score(partner)
    return {"seconds": (time.perf_counter() - began) / len(partners), "customers": len(partners)}


def move(env):
    """BENCH_MOVERS customers go from a tier that gives everything to another, in one run's way of following.

    Their first tier is given before the clock starts, so that what is measured takes back, gives anew, remembers and
    tells in the chatter, for each of them. ``growth`` is what the peak memory grew by meanwhile, in bytes.
    """
    count = int(os.environ["BENCH_MOVERS"])
    before, after = tiers_that_give(env)
    run = env["customer.value.run"].search([("company_id", "=", env.company.id)], limit=1)
    partners = sample(env, count)
    run._follow_tiers(entries(env, run, partners, env["customer.value.tier"], before))
    env.cr.commit()
    env.cr.execute("ANALYZE customer_value_grant")
    changes = entries(env, run, partners, before, after)
    env.cr.commit()
    memory, began = peak(), time.perf_counter()
    run._follow_tiers(changes)
    env.cr.commit()
    taken = time.perf_counter() - began
    return {"seconds": taken, "customers": len(partners), "growth": peak() - memory}


def tiers_that_give(env):
    """Two tiers of the active policy, each with a pricelist, payment terms and an account manager of its own."""
    policy = active_policy(env)
    env.company.value_pricelist_source = "tier"
    tiers = policy.tier_ids.sorted("entry_score", reverse=True)[:2]
    for tier in tiers:
        named = {"name": f"{tier.name}, benchmark", "company_id": env.company.id}
        user = {"name": tier.name, "login": f"bench{tier.id}", "company_ids": env.company.ids}
        tier.write(
            {
                "pricelist_id": env["product.pricelist"].create(named).id,
                "payment_term_id": env["account.payment.term"].create(named).id,
                "user_id": env["res.users"].create(user | {"company_id": env.company.id}).id,
            }
        )
    return tiers


def entries(env, run, partners, before, after):
    """One entry of the history for each customer, as a run writes them."""
    env.flush_all()
    env.cr.execute(
        """
        INSERT INTO customer_value_history (partner_id, company_id, run_id, date, event, cause, score, tier_id,
                                            previous_tier_id)
        SELECT unnest(%s), %s, %s, CURRENT_DATE, 'changed', 'run', 50, %s, %s
        RETURNING id
        """,
        (partners.ids, env.company.id, run.id, after.id or None, before.id or None),
    )
    return env["customer.value.history"].browse(row[0] for row in env.cr.fetchall())


def timed(env, run):
    policy = active_policy(env)
    began = time.perf_counter()
    run(policy)
    env.cr.commit()
    return {"seconds": time.perf_counter() - began}


def active_policy(env):
    return env["customer.value.policy"].search([("state", "=", "active"), ("company_id", "=", env.company.id)], limit=1)


def sample(env, count):
    """So many customers with orders, large and small alike."""
    env.cr.execute(
        """
        SELECT id
          FROM res_partner p
         WHERE commercial_partner_id = id
           AND EXISTS (SELECT FROM res_partner c JOIN sale_order o ON o.partner_id = c.id
                        WHERE c.commercial_partner_id = p.id)
         ORDER BY hashint4(id)
         LIMIT %s
        """,
        (count,),
    )
    return env["res.partner"].browse(row[0] for row in env.cr.fetchall())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-c", "--config", required=True)
    parser.add_argument("-d", "--database", required=True)
    parser.add_argument("what")
    options = parser.parse_args()
    config.parse_config(["-c", options.config, "-d", options.database, "--log-level=warn"], setup_logging=True)
    registry = Registry(options.database)
    measurements = {function.__name__: function for function in (data, cdnow, full, later, some, one, move, orm)}
    # parts import the addon, which is there to import once the registry is
    measurement = measurements.get(options.what) or importlib.import_module(f"bench_{options.what}").measure
    before = peak()
    with registry.cursor() as cr:
        answer = measurement(api.Environment(cr, SUPERUSER_ID, {}))
    print(json.dumps({**answer, "peak": peak(), "idle": before}))


def peak():
    """The most memory this process has had so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    sys.exit(main())

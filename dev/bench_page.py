"""What the page of a customer costs the server where there is very much: its first screen, and what comes after it."""

import os
import statistics
import time

import bench_page_data
from bench_aims import aim

REPEAT = 9
FIRST_SCREEN = 0.150  # seconds
QUERIES = 10


def measure(env):
    """The page of a customer with 10,000 documents, and of one with BENCH_CONTACTS contacts.

    Both are read among BENCH_MESSAGES messages.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    customers = bench_page_data.make(env, int(os.environ["BENCH_CONTACTS"]), int(os.environ["BENCH_MESSAGES"]))
    # as clients ask
    env = env(user=env.ref("base.user_admin").id, context={"allowed_company_ids": env.company.ids})
    lines, aims = [], []
    for title, customer in customers.items():
        looks = _look_at(env, customer)
        lines += [
            f"{f'Customer page, {title}':40}{part:40}{1000 * seconds:6.0f} ms in {queries} queries"
            for part, (seconds, queries) in looks.items()
        ]
        seconds, queries = looks["first screen"]
        aims += [
            aim(f"customer page, {title}: first screen", seconds, FIRST_SCREEN),
            aim(f"customer page, {title}: queries", queries, QUERIES, unit="queries"),
        ]
    return {"lines": lines, "aims": aims}


def _look_at(env, customer):
    """:return: ``{part of the page: (seconds, queries)}``"""
    Page = env["customer.page"]
    page = Page.get_page(customer, with_products=False)
    parts = {
        "first screen": lambda: Page.get_page(customer, with_products=False),
        "products and suggestions beside it": lambda: Page.get_products(customer),
        "earlier rows of its timeline": lambda: Page.get_timeline(customer, before=page["timeline"]["next"] or None),
    }
    found = {}
    for part, function in parts.items():
        looks = [_look(env, function) for _attempt in range(REPEAT)]
        found[part] = statistics.median(seconds for seconds, _queries in looks), looks[-1][1]
    return found


def _look(env, function):
    """:return: seconds and queries, with nothing of it known before"""
    env.invalidate_all()
    before, began = env.cr.sql_log_count, time.monotonic()
    function()
    return time.monotonic() - began, env.cr.sql_log_count - before

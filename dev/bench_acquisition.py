"""What looking at where customers came from costs: the report by channel and month, the map of cohorts, the customers.

They show what the job of the night has worked out from the orders and invoices of all years. The floor is the same
plain SQL that runs are compared with.
"""

import statistics
import time
from pathlib import Path

from bench import FLOOR_COLUMNS
from bench_aims import aim

FLOOR = Path(__file__).with_name("bench_floor.sql")
REPEAT = 2
# times the floor
PAGE = 0.5
# reads everything once and writes it, the first time
JOB = 15
RATES = ["cost:sum", "customers:sum", "margin:sum", "return_12:avg", "payback:avg", "cost_per_customer:avg"]
# as their lists ask for them
ROWS = ("currency_id", "company_id", "channel_id", "cohort", "customers", "margin", "margin_12", "payback")
CUSTOMERS = ("currency_id", "company_id", "partner_id", "channel_id", "cohort", "margin", "margin_12", "lifetime_value")


def measure(env):
    """Work everything out as the job does, then open the pages as a manager. Commits.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    env = env(user=env.ref("base.user_admin").id)
    company = env.company
    Report, Cohort = env["customer.acquisition.report"], env["customer.acquisition.cohort"]
    customers = env["customer.acquisition.customer"]._open_customers(company, [], "Customers")
    pages = {
        "report, list": lambda: Report.web_search_read([], {name: {} for name in ROWS}, limit=80),
        "report, pivot": lambda: Report.formatted_read_grouping_sets(
            [], [["cohort:year", "channel_id"], ["cohort:year"], []], RATES
        ),
        "map of cohorts": Cohort.get_page,
        "list of customers": lambda: env[customers["res_model"]].web_search_read(
            customers["domain"], {name: {} for name in CUSTOMERS}, limit=80
        ),
    }
    jobs = {}
    for name in ("job, the first", "job, once more"):
        jobs[name] = _time(env, lambda: env["customer.acquisition.lesson"].sudo()._refresh(company))
        env.cr.commit()
    env.cr.execute("ANALYZE customer_acquisition_origin, customer_acquisition_cell")
    env.cr.commit()
    env.cr.execute(f"CREATE TEMPORARY TABLE bench_floor ({FLOOR_COLUMNS})")
    taken = {page: [] for page in ("floor", *pages)}
    for _attempt in range(REPEAT):
        taken["floor"].append(_time(env, lambda: env.cr.execute(FLOOR.read_text())))
        # what the floor has set and made ends with it
        env.cr.commit()
        for page, show in pages.items():
            taken[page].append(_time(env, show))
    env.cr.rollback()
    seconds = jobs | {page: statistics.median(times) for page, times in taken.items()}
    return {
        "lines": [
            "where customers came from" + f"{'x floor':>43}",
            *(
                f"    {page:40}{1000 * value:10.0f} ms{value / seconds['floor']:10.2f}"
                for page, value in seconds.items()
            ),
        ],
        "aims": [
            *(aim(f"{page}, over the floor", seconds[page], PAGE, seconds["floor"]) for page in pages),
            *(
                aim(f"where customers came from, {job}, over the floor", seconds[job], JOB, seconds["floor"])
                for job in jobs
            ),
        ],
    }


def _time(env, function):
    env.invalidate_all()
    began = time.perf_counter()
    function()
    return time.perf_counter() - began

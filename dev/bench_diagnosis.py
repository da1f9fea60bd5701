"""What a diagnosis of all customers costs, and which of its steps takes how much of it."""

import contextlib
import os
import resource
import time
from unittest.mock import patch

import cdnow  # noqa: F401  (makes customer_value_data importable)
from bench_aims import aim
from customer_value_data.core.bulk_rows import QUIET, insert_like, read_rows, reserve_ids, unchecked, undone
from odoo.tools import SQL

# of so many customers
CUSTOMERS = 200_000
WHOLE = 60  # seconds
MEMORY = 100e6  # bytes
# one order in so many is a quotation, and one in so many has a message
ORDERS_PER_QUOTATION, ORDERS_PER_MESSAGE = 100, 4
# steps that take less of the whole are not listed
LISTED = 0.01


def measure(env):
    """Diagnose the company twice, after what its checks look at was entered. Commits nothing.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    count = int(os.environ["BENCH_CUSTOMERS"])
    enter(env)
    before = _peak()
    seconds, steps, found = _diagnose(env)
    again, _steps, _found = _diagnose(env)
    growth = _peak() - before
    [told] = found.read(["customer_count", "finding_count"])
    env.cr.rollback()
    return {
        "lines": [
            f"diagnosis of {told['customer_count']:,} customers, {told['finding_count']} findings",
            f"    first      {seconds:10.1f} s",
            f"    once more  {again:10.1f} s",
            f"    peak memory {growth / 1e6:.0f} MB more than before; shares of the first:",
            *(
                f"    {step:40}{taken:10.2f} s{100 * taken / seconds:8.0f}%"
                for step, taken in sorted(steps.items(), key=lambda item: -item[1])
                if taken >= LISTED * seconds
            ),
        ],
        "aims": [
            aim("diagnosis of all customers", max(seconds, again), WHOLE * count / CUSTOMERS),
            aim("memory of a diagnosis", growth, MEMORY, unit="bytes"),
        ],
    }


def _diagnose(env):
    """:return: seconds, ``{step: seconds}``, and the ``customer.diagnosis``"""
    env.invalidate_all()
    Diagnosis = env["customer.diagnosis"]
    start = time.monotonic()
    with _steps_timed(env) as steps:
        found = Diagnosis._diagnose(env.company)
        env.flush_all()
    return time.monotonic() - start, steps, found


@contextlib.contextmanager
def _steps_timed(env):
    """Gives ``{step: seconds}``: each step begins when its method is called, and ends when the next one does."""
    steps, running = {}, ["before", time.monotonic()]

    def begin(step):
        name, began = running
        now = time.monotonic()
        steps[name] = steps.get(name, 0.0) + now - began
        running[:] = step, now

    Diagnosis, Check = (type(env[name]) for name in ("customer.diagnosis", "customer.diagnosis.check"))

    def watch(model, method, name):
        original = getattr(model, method)

        def watched(self, *arguments):
            begin(name(*arguments))
            return original(self, *arguments)

        return patch.object(model, method, watched)

    with contextlib.ExitStack() as stack:
        for method, name in {
            "_collect_customers": "customers and their revenue",
            "_find_invalid": "phone numbers and tax IDs",
            "_get_findings": "findings there are",
            "_write_findings": "writing findings",
            "_grade": "writing the diagnosis",
        }.items():
            stack.enter_context(watch(Diagnosis, method, lambda *_arguments, name=name: name))
        for method in ("_population_sql", "_get_ready"):
            stack.enter_context(watch(Check, method, lambda code, _scope: code))
        stack.enter_context(watch(Check, "_measure", lambda _scope: "figures of plans"))
        yield steps
        begin("after")


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


# -- what is looked at -------------------------------------------------------------------------------------------------


def enter(env):
    """Enter what the customers of the benchmark lack: how they are reached, who looks after them, quotations, messages.

    Everything follows from the id of the row; of each field some are empty, and some wrong.
    """
    users = env["res.users"].create(
        [
            {"name": f"Benchmark {number}", "login": f"bench-diagnosis-{number}", "active": number % 5 > 0}
            for number in range(10)
        ]
    )
    industry = env["res.partner.industry"].search([], limit=1)
    country = env.ref("base.de")
    env.flush_all()
    env.cr.execute(
        SQL(
            """
            UPDATE res_partner
               SET email = CASE id %% 7 WHEN 0 THEN NULL WHEN 1 THEN 'mail' || id
                                        ELSE 'info@firm' || id || '.example' END,
                   phone = CASE id %% 5 WHEN 0 THEN NULL WHEN 1 THEN '12' || id
                                        ELSE '030 ' || 2000000 + id %% 7000000 END,
                   phone_sanitized = CASE WHEN id %% 5 > 1 THEN '+4930' || 2000000 + id %% 7000000 END,
                   vat = CASE id %% 4 WHEN 0 THEN NULL WHEN 1 THEN 'DE' || 100000000 + id ELSE '/' END,
                   street = CASE WHEN id %% 6 > 0 THEN 'Station Road ' || id %% 200 END,
                   city = 'Town', country_id = %(country)s,
                   industry_id = CASE WHEN id %% 3 > 0 THEN %(industry)s::int END,
                   user_id = CASE WHEN id %% 9 > 0 THEN (%(users)s::int[])[1 + id %% 10] END
             WHERE commercial_partner_id = id
               AND id IN (SELECT value_customer_id FROM sale_order)
            """,
            country=country.id,
            industry=industry.id,
            users=users.ids,
        )
    )
    env.cr.execute("UPDATE sale_order SET state = 'sent' WHERE state = 'sale' AND id %% %s = 0", [ORDERS_PER_QUOTATION])
    _write_messages(env)
    env.cr.execute("ANALYZE res_partner, sale_order, mail_message")
    env.invalidate_all(flush=False)


def _write_messages(env):
    """Messages on orders, on tickets and on customers."""
    row = undone(
        env(context={**env.context, **QUIET}),
        lambda env: read_rows(
            env,
            {
                "message": env["mail.message"].create(
                    {"model": "res.partner", "res_id": env.company.partner_id.id, "message_type": "comment"}
                )
            },
        )["message"],
    )
    documents = SQL(
        """(SELECT row_number() OVER () AS n, document.*
              FROM (SELECT 'sale.order' AS model, id, date_order + interval '2 days' AS moment FROM sale_order
                     WHERE id %% %(share)s = 0
                    UNION ALL
                    SELECT 'helpdesk.ticket', id, create_date FROM helpdesk_ticket WHERE id %% 2 = 0
                    UNION ALL
                    SELECT 'res.partner', value_customer_id, max(date_order) FROM sale_order
                     WHERE value_customer_id %% 2 = 0 GROUP BY value_customer_id) document) written""",
        share=ORDERS_PER_MESSAGE,
    )
    env.cr.execute(SQL("SELECT count(*) FROM %s", documents))
    [count] = env.cr.fetchone()
    base = reserve_ids(env.cr, "mail_message", count)
    with unchecked(env.cr):
        insert_like(
            env.cr,
            "mail_message",
            row,
            documents,
            {
                "id": SQL("%s + written.n", base),
                "model": SQL("written.model"),
                "res_id": SQL("written.id"),
                "date": SQL("written.moment"),
                "author_id": SQL("%s", env.ref("base.user_admin").partner_id.id),
            },
        )

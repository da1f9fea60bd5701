"""What looking for duplicates among very many customers costs, from reading them to the stored pairs."""

import os
import resource
import time

import cdnow  # noqa: F401  (makes customer_value_data importable)
from bench_aims import aim
from customer_value_data.core.bulk_rows import QUIET, insert_like, read_rows, reserve_ids, unchecked, undone
from odoo.tools import SQL

# of so many customers
CUSTOMERS = 200_000
WHOLE = 60  # seconds
MEMORY = 500e6  # bytes
# one in so many is there twice
SINGLES = 20

FIRST = (
    "north alpen rhine hansa atlas delta omega falcon eagle sun star wind wood steel timber glass copper silver blue"
)
SECOND = "tech build print works trade logistics pumps systems media metal optics colours furniture energy software"
FAMILIES = "becker kruger schafer hofmann vogel wagner lorenz albrecht winter haas sommer graf dietrich ziegler brandt"
STREETS = "station garden linden industry school ring market mill hill church rose forest lake park harbour meadow"


def measure(env):
    """Look for duplicates among BENCH_DUPLICATES customers. Commits nothing.

    :return: dict of ``lines`` and ``aims``, see bench_aims
    """
    count = int(os.environ["BENCH_DUPLICATES"])
    company = env["res.company"].create({"name": "Duplicates benchmark"})
    env = env(context={**env.context, "allowed_company_ids": company.ids})
    make_customers(env, company, count)
    before, start = _peak(), time.monotonic()
    found = env["customer.duplicate"]._refresh(company.with_env(env))
    seconds, growth = time.monotonic() - start, _peak() - before
    again = time.monotonic()
    env["customer.duplicate"]._refresh(company.with_env(env))
    again = time.monotonic() - again
    look = env["customer.duplicate.look"].search([("company_id", "=", company.id)])
    [counts] = look.read(["customer_count", "candidate_count", "oversized_count"])
    env.cr.rollback()
    share = count / CUSTOMERS
    return {
        "lines": [
            f"duplicates among {counts['customer_count']:,} customers",
            f"    {counts['candidate_count']:,} pairs compared, {found['added']:,} found",
            f"    {counts['oversized_count']:,} blocks not compared in full",
            f"    looked for first {seconds:10.1f} s",
            f"    and once more    {again:10.1f} s",
            f"    peak memory {growth / 1e6:.0f} MB more than before",
        ],
        "aims": [
            aim("duplicates among all customers", seconds, WHOLE * share),
            aim("memory of looking for duplicates", growth, MEMORY, unit="bytes"),
        ],
    }


def _peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def make_customers(env, company, count):
    """``count`` customers of ``company``, of whom one in ``SINGLES`` is another one's duplicate.

    Everything follows from the number of the row, by a hash for each field.
    """
    cr = env.cr
    row = undone(
        env(context={**env.context, **QUIET}),
        lambda env: read_rows(env, {"partner": env["res.partner"].create({"name": "Example"})})["partner"],
    )
    base = reserve_ids(cr, "res_partner", count)
    # a duplicate is written like the customer before it
    number = SQL("(SELECT n, n - (n %% %s = 0)::int AS who FROM generate_series(1, %s) n) number", SINGLES, count)

    def draw(field, most):
        return SQL("(abs(hashint8extended(number.who, %s)) %% %s)::int", field, most)

    def word(field, words):
        words = words.split()
        return SQL("(%s::text[])[1 + %s]", words, draw(field, len(words)))

    twice = SQL("number.n <> number.who")
    town = draw(4, 900)
    values = {
        "id": SQL("%s + number.n", base),
        "commercial_partner_id": SQL("%s + number.n", base),
        "company_id": SQL("%s", company.id),
        "name": SQL(
            "initcap(%s || %s || ' ' || %s) || ' ' || CASE WHEN %s THEN 'Ltd' ELSE 'GmbH' END",
            word(1, FIRST),
            word(2, SECOND),
            word(3, FAMILIES),
            twice,
        ),
        "street": SQL(
            "%s || CASE WHEN %s THEN ' str. ' ELSE ' street ' END || %s", word(5, STREETS), twice, draw(6, 150)
        ),
        "city": SQL("'Town ' || chr(65 + %s %% 26) || %s", town, town),
        "zip": SQL("(10000 + 7 * %s)::text", town),
        "vat": SQL(
            "CASE WHEN number.n %% 3 > 0 THEN 'XX' || (100000000 + 37 * number.who) END",
        ),
        "phone": SQL("CASE WHEN number.n %% 4 > 0 THEN '+49' || (3000000000 + 91 * number.who) END"),
        "phone_sanitized": SQL("CASE WHEN number.n %% 4 > 0 THEN '+49' || (3000000000 + 91 * number.who) END"),
        "email_normalized": SQL("CASE WHEN number.n %% 5 > 0 THEN 'info@firm' || number.who || '.example' END"),
    }
    values["complete_name"] = values["name"]
    values["email"] = values["email_normalized"]
    # the company sees the customers of all companies as well
    cr.execute("UPDATE res_partner SET active = FALSE WHERE id <= %s AND company_id IS NULL", [base])
    with unchecked(cr):
        insert_like(cr, "res_partner", row, number, values)
    cr.execute("ANALYZE res_partner")

"""Households of The Complete Journey as partners with confirmed orders, by set-based SQL."""

import io

from odoo import Command
from odoo.tools import SQL

from ..core.bulk_rows import QUIET, insert_like, read_rows, reserve_ids, unchecked, undone
from .journey import basket_lines, first_households

# The data says nothing of costs: of each dollar so many cents are taken as cost, rounded half up by line.
COST_PERCENT = 70


def load_journey(env, company=None, households=500, shift_days=0, by="product_category"):
    """Load the purchases of some households into `company` (default: the current one).

    Per household one partner (`ref` ``HOUSEHOLD 0001``), per basket one confirmed order at its moment, per kind of
    product in it one line of quantity 1 at what was paid, with a cost of 70%. Lines of nothing are left out, and so are
    orders of nothing. There are no invoices. Days are moved forward by `shift_days`.

    :param int households: how many, those with the lowest numbers; or a list of their numbers
    :param str by: what makes a product: ``product_category`` or ``product_type``
    :return: two dicts, ``{household: partner id}`` and ``{kind: product.product id}``
    :raise JourneyError: a file is missing or damaged; nothing is committed
    """
    company = company or env.company
    numbers = first_households(households) if isinstance(households, int) else sorted(households)
    lines = basket_lines(numbers, by)
    products = _make_products(env, company, sorted(lines["product"].unique()))
    example = env["product.product"].browse(next(iter(products.values())))
    rows = undone(
        env(context={**env.context, **QUIET, "allowed_company_ids": company.ids}),
        lambda env: _example(env, company, example.with_env(env)),
    )
    cr = env.cr
    env.flush_all()
    _copy_lines(cr, lines, products, shift_days)
    with unchecked(cr):
        partners = _insert_partners(cr, rows["partner"], numbers)
        _insert_orders(cr, rows)
    cr.execute("DROP TABLE journey_line, journey_household, journey_order")
    # loaded at one go: the planner does not know yet how much there is, and takes plans that never end
    cr.execute("ANALYZE res_partner, sale_order, sale_order_line, product_product, product_template")
    env.invalidate_all()
    return partners, products


def _make_products(env, company, kinds):
    products = (
        env["product.product"]
        .with_context(**QUIET)
        .with_company(company)
        .create(
            [
                {
                    "name": kind.capitalize(),
                    "default_code": kind,
                    "type": "consu",
                    "invoice_policy": "order",
                    "company_id": company.id,
                    "taxes_id": [Command.clear()],
                }
                for kind in kinds
            ]
        )
    )
    return dict(zip(kinds, products.ids, strict=True))


def _example(env, company, product):
    """A confirmed order of one line as the ORM writes it."""
    partner = env["res.partner"].create({"name": "Example"})
    order = env["sale.order"].create(
        {
            "partner_id": partner.id,
            "company_id": company.id,
            "user_id": False,
            "order_line": [
                Command.create(
                    {"product_id": product.id, "product_uom_qty": 1, "price_unit": 10.0, "purchase_price": 7.0}
                )
            ],
        }
    )
    order.action_confirm()
    return read_rows(env, {"partner": partner, "order": order, "order_line": order.order_line})


def _copy_lines(cr, lines, products, shift_days):
    cr.execute(
        """
        CREATE TEMPORARY TABLE journey_line (
            household integer, basket bigint, moment timestamp, product_id integer, kind varchar, amount numeric,
            cost numeric, order_id integer, partner_id integer
        )
        """
    )
    text = io.StringIO(
        "".join(
            f"{row.household}\t{row.basket}\t{row.moment}\t{products[row.product]}\t{row.product}\t{row.cents}\n"
            for row in lines.itertuples()
        )
    )
    cr.copy_from(text, "journey_line", columns=("household", "basket", "moment", "product_id", "kind", "amount"))
    cr.execute(
        "UPDATE journey_line SET amount = amount / 100, cost = round(amount * %s / 100) / 100,"
        " moment = moment + %s * interval '1 day'",
        (COST_PERCENT, shift_days),
    )


def _insert_partners(cr, example, numbers):
    base = reserve_ids(cr, "res_partner", len(numbers))
    cr.execute(
        """
        CREATE TEMPORARY TABLE journey_household AS
        SELECT number AS household, (%s + place)::integer AS partner_id
          FROM unnest(%s::integer[]) WITH ORDINALITY AS given(number, place)
        """,
        (base, numbers),
    )
    name = SQL("'Household ' || lpad(household::text, 4, '0')")
    insert_like(
        cr,
        "res_partner",
        example,
        SQL("journey_household"),
        {
            "id": SQL("partner_id"),
            "commercial_partner_id": SQL("partner_id"),
            "name": name,
            "complete_name": name,
            "ref": SQL("upper(%s)", name),
        },
    )
    cr.execute("SELECT household, partner_id FROM journey_household")
    return dict(cr.fetchall())


def _insert_orders(cr, rows):
    cr.execute(
        """
        CREATE TEMPORARY TABLE journey_order AS
        SELECT row_number() OVER (ORDER BY moment, basket) AS number, basket, moment, partner_id, amount, cost,
               NULL::integer AS order_id
          FROM (SELECT basket, moment, household, sum(amount) AS amount, sum(cost) AS cost
                  FROM journey_line GROUP BY basket, moment, household) baskets
          JOIN journey_household USING (household)
        """
    )
    cr.execute("UPDATE journey_order SET order_id = %s + number", (reserve_ids(cr, "sale_order", cr.rowcount),))
    cr.execute(
        "UPDATE journey_line l SET order_id = o.order_id, partner_id = o.partner_id"
        "  FROM journey_order o WHERE o.basket = l.basket"
    )
    amounts = {
        name: SQL("amount") for name in ("amount_untaxed", "amount_total", "amount_to_invoice", "amount_undiscounted")
    }
    moments = {name: SQL("moment") for name in ("date_order", "create_date", "write_date")}
    insert_like(
        cr,
        "sale_order",
        rows["order"],
        SQL("journey_order"),
        {
            **amounts,
            **moments,
            "id": SQL("order_id"),
            "name": SQL("'BASKET' || basket"),
            "partner_id": SQL("partner_id"),
            "partner_invoice_id": SQL("partner_id"),
            "value_customer_id": SQL("partner_id"),
            "value_payer_id": SQL("partner_id"),
            "partner_shipping_id": SQL("partner_id"),
            "validity_date": SQL("moment::date + 30"),
            "margin": SQL("amount - cost"),
            "margin_percent": SQL("(amount - cost) / amount"),
        },
    )
    cr.execute("SELECT count(*) FROM journey_line")
    base = reserve_ids(cr, "sale_order_line", cr.fetchone()[0])
    amounts = {
        name: SQL("amount")
        for name in (
            "price_unit",
            "technical_price_unit",
            "price_reduce_taxexcl",
            "price_reduce_taxinc",
            "price_subtotal",
            "price_total",
            "untaxed_amount_to_invoice",
            "amount_to_invoice",
        )
    }
    insert_like(
        cr,
        "sale_order_line",
        rows["order_line"],
        SQL("journey_line"),
        {
            **amounts,
            "id": SQL("%s + row_number() OVER (ORDER BY order_id, product_id)", base),
            "order_id": SQL("order_id"),
            "order_partner_id": SQL("partner_id"),
            "product_id": SQL("product_id"),
            "name": SQL("kind"),
            "purchase_price": SQL("cost"),
            "margin": SQL("amount - cost"),
            "margin_percent": SQL("(amount - cost) / amount"),
            "create_date": SQL("moment"),
            "write_date": SQL("moment"),
        },
    )

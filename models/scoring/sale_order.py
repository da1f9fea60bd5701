from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import column_exists, create_column
from odoo.tools.translate import LazyTranslate

from ...analytics.scoring.purchases import READ, is_purchase_sql
from ..core.differing import write_differing
from ..core.statistics import keep_statistics

_lt = LazyTranslate(__name__)

AS_CONFIRMED = _lt("The app records by itself whose order it is. Change the customer or the invoice address instead.")


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "customer.value.workflow.record"]

    # Their commercial entities as of the confirmation. Contacts move on to other companies, what they ordered does not.
    value_customer_id = fields.Many2one(
        "res.partner",
        string="Customer at Confirmation",
        compute="_compute_value_customer_id",
        store=True,
        precompute=True,
        index=True,
        ondelete="restrict",
        help="The company whose order this is, whatever becomes of the contact who placed it.",
        workflow=AS_CONFIRMED,
    )
    value_payer_id = fields.Many2one(
        "res.partner",
        string="Payer at Confirmation",
        compute="_compute_value_customer_id",
        store=True,
        precompute=True,
        ondelete="restrict",
        help="The company that was to be invoiced when the order was confirmed. If that was the customer, and an "
        "invoice goes to another company, it is that one.",
        workflow=AS_CONFIRMED,
    )

    # not stored: it would be worked out anew with each line that is entered
    value_is_purchase = fields.Boolean(
        string="Counts as Order",
        compute="_compute_value_is_purchase",
        search="_search_value_is_purchase",
        help="Something on the order has a price. Goods sent again free of charge, samples and warranty orders cost "
        "margin, and do not count as orders.",
    )

    # Once noted, it stays: of such orders, lines are asked for their credit notes. Others need not be. What comes about
    # in another way than by posting is noted by the job of the night.
    value_is_credited = fields.Boolean(string="Has Credit Notes", copy=False, groups=fields.NO_ACCESS)

    # what runs read of orders, without opening their wide rows
    _value_confirmed_idx = models.Index(
        "(value_customer_id, date_order) INCLUDE (company_id, amount_untaxed, margin, currency_rate, id)"
        " WHERE state = 'sale'"
    )
    _value_payer_idx = models.Index("(company_id) WHERE NULLIF(value_customer_id, value_payer_id) IS NOT NULL")
    _value_credited_idx = models.Index("(value_customer_id) INCLUDE (company_id, id) WHERE value_is_credited")

    def _auto_init(self):
        """Orders that there are get all of them in a statement, not one by one.

        Where customers invoiced themselves, their first invoice still knows whom it was for; of other orders nobody
        knows any more what their contacts belonged to.
        """
        if not column_exists(self.env.cr, "sale_order", "value_customer_id"):
            create_column(self.env.cr, "sale_order", "value_customer_id", "int4")
            create_column(self.env.cr, "sale_order", "value_payer_id", "int4")
            self.env.cr.execute(
                """
                UPDATE sale_order so
                   SET value_customer_id = CASE WHEN so.partner_invoice_id = so.partner_id AND billed.id IS NOT NULL
                                                THEN billed.id ELSE buyer.commercial_partner_id END,
                       value_payer_id = COALESCE(billed.id, payer.commercial_partner_id, buyer.commercial_partner_id)
                  FROM sale_order known
                  JOIN res_partner buyer ON buyer.id = known.partner_id
                  LEFT JOIN res_partner payer ON payer.id = known.partner_invoice_id
                  LEFT JOIN (
                        SELECT DISTINCT ON (sol.order_id) sol.order_id, am.commercial_partner_id AS id
                          FROM sale_order_line sol
                          JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = sol.id
                          JOIN account_move_line aml ON aml.id = rel.invoice_line_id
                          JOIN account_move am ON am.id = aml.move_id
                         WHERE am.state = 'posted' AND am.move_type = 'out_invoice'
                         ORDER BY sol.order_id, am.id
                       ) billed ON billed.order_id = known.id
                 WHERE known.id = so.id
                """
            )
        if not column_exists(self.env.cr, "sale_order", "value_is_credited"):
            create_column(self.env.cr, "sale_order", "value_is_credited", "bool")
            self._note_credited()
        result = super()._auto_init()
        keep_statistics(self.env.cr, "sale_order", "payer", "NULLIF(value_customer_id, value_payer_id)")
        return result

    @api.model
    def _note_credited(self, notes=None):
        """Mark all orders of which goods are on a posted credit note, however it came about.

        :param notes: flushed; only these credit notes are looked at
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE sale_order SET value_is_credited = TRUE
                 WHERE value_is_credited IS NOT TRUE
                   AND id IN (SELECT sol.order_id
                                FROM account_move am
                                JOIN account_move_line aml ON aml.move_id = am.id
                                JOIN sale_order_line_invoice_rel rel ON rel.invoice_line_id = aml.id
                                JOIN sale_order_line sol ON sol.id = rel.order_line_id
                               WHERE am.move_type = 'out_refund' AND am.state = 'posted' AND %s)
                """,
                SQL("TRUE") if notes is None else SQL("am.id = ANY(%s)", notes.ids),
            )
        )

    @api.depends("partner_id", "partner_invoice_id", "company_id")
    def _compute_value_customer_id(self):
        """Depends on values of the order alone: nothing that happens to partners comes back to it."""
        for order in self:
            if order.state == "cancel" and order.value_customer_id:
                order.value_customer_id, order.value_payer_id = order.value_customer_id, order.value_payer_id
            else:
                order.update(order._get_value_customers())

    def _compute_value_is_purchase(self):
        purchases = self.search([("id", "in", self.ids), ("value_is_purchase", "=", True)])
        for order in self:
            order.value_is_purchase = order._origin in purchases

    @api.model
    def _search_value_is_purchase(self, operator, value):
        if operator != "in":
            return NotImplemented
        self._flush_purchases()
        return Domain.custom(to_sql=lambda model, alias, query: is_purchase_sql(alias))

    @api.model
    def _flush_purchases(self):
        """Have the database know what ``is_purchase_sql`` reads."""
        for model, names in READ.items():
            self.env[model].flush_model(names)

    def _get_value_customers(self):
        """:return: dict of the commercial entities of this moment"""
        buyer = self.partner_id.commercial_partner_id
        payer = self.partner_invoice_id.commercial_partner_id or buyer
        counts = payer if self.company_id.value_order_customer == "payer" else buyer
        return {"value_customer_id": counts.id, "value_payer_id": payer.id}

    def write(self, vals):
        """Customers are those of the confirmation: with the state they are looked at, and written if they differ.

        A dependency on the state would compute them with each order, and look for all that depends on them.
        """
        result = super().write(vals)
        if "state" in vals:
            # sudo: as computed fields are stored
            orders = self.sudo().filtered(lambda order: order.state != "cancel")
            # of who is invoiced, nothing else need be known to confirm an order
            (orders.partner_id | orders.partner_invoice_id).fetch(["commercial_partner_id"])
            for order in orders:
                write_differing(order, order._get_value_customers())
        return result

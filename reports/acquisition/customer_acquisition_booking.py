from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CustomerAcquisitionBooking(models.Model):
    """Every amount that is the cost of a channel, once: entered, on a vendor bill, or on an analytic account.

    A bill line that names a channel counts as that, and what it books on analytic accounts does not. An analytic line
    counts once, however many plans it is booked on. What was entered for a period is there once for each month of it.
    """

    _name = "customer.acquisition.booking"
    _inherit = ["customer.value.calculated"]
    _description = "Cost of an Acquisition Channel"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "name"

    name = fields.Char(string="Description", readonly=True)
    channel_id = fields.Many2one("customer.acquisition.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    amount = fields.Monetary(string="Cost", readonly=True, help="Credit notes of vendors are below zero.")
    origin = fields.Selection(
        [("entered", "Entered"), ("bill", "Vendor bill"), ("analytic", "Analytic account")],
        string="Taken From",
        readonly=True,
    )
    document_id = fields.Integer(string="Document Number", readonly=True, aggregator=None)

    _depends = {
        "customer.acquisition.cost": ["channel_id", "company_id", "amount", "date_from", "date_to", "note"],
        "customer.acquisition.channel": ["account_ids"],
        "account.move.line": [
            "acquisition_channel_id", "company_id", "balance", "date", "display_type", "parent_state", "move_type",
            "name",
        ],
        "account.move": ["move_type"],
        "account.analytic.line": ["amount", "date", "company_id", "move_line_id", "name"],
    }  # fmt: skip

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT row_number() OVER (ORDER BY part.origin, part.document_id, part.date) AS id, part.*,
                   company.currency_id
              FROM (%(entered)s UNION ALL %(billed)s UNION ALL %(analytic)s) part
              JOIN res_company company ON company.id = part.company_id
            """,
            entered=self._entered_sql(),
            billed=self._billed_sql(),
            analytic=self._analytic_sql(),
        )

    def _entered_sql(self):
        """Months are differences of rounded running sums, so that they add up to what was entered."""
        return SQL(
            """
            SELECT 'entered' AS origin, cost.id AS document_id, cost.channel_id, cost.company_id,
                   GREATEST(month.first, cost.date_from) AS date, cost.note AS name,
                   round(cost.amount * (LEAST(month.last, cost.date_to) - cost.date_from + 1)
                         / (cost.date_to - cost.date_from + 1), currency.decimal_places)
                   - round(cost.amount * (GREATEST(month.first, cost.date_from) - cost.date_from)
                           / (cost.date_to - cost.date_from + 1), currency.decimal_places) AS amount
              FROM customer_acquisition_cost cost
              JOIN res_company own ON own.id = cost.company_id
              JOIN res_currency currency ON currency.id = own.currency_id
             CROSS JOIN LATERAL (
                    SELECT first::date, (first + interval '1 month - 1 day')::date AS last
                      FROM generate_series(date_trunc('month', cost.date_from), cost.date_to, interval '1 month') first
                   ) month
            """
        )

    def _billed_sql(self):
        return SQL(
            """
            SELECT 'bill', aml.id, aml.acquisition_channel_id, aml.company_id, aml.date, aml.name, aml.balance
              FROM account_move_line aml
              JOIN account_move am ON am.id = aml.move_id
             WHERE aml.acquisition_channel_id IS NOT NULL AND aml.parent_state = 'posted'
               AND aml.display_type = 'product' AND am.move_type IN ('in_invoice', 'in_refund', 'in_receipt')
            """
        )

    def _analytic_sql(self):
        # sudo: the plans name columns, whoever may read them
        project, others = self.env["account.analytic.plan"].sudo()._get_all_plans()
        columns = [SQL.identifier("aal", plan._column_name()) for plan in project | others]
        return SQL(
            """
            SELECT 'analytic', aal.id, held.channel_id, aal.company_id, aal.date, aal.name, -aal.amount
              FROM account_analytic_line aal
             CROSS JOIN LATERAL (
                    SELECT rel.channel_id FROM customer_acquisition_channel_account_rel rel
                     WHERE rel.account_id IN (%s) ORDER BY rel.channel_id LIMIT 1
                   ) held
              LEFT JOIN account_move_line aml ON aml.id = aal.move_line_id
             WHERE aml.acquisition_channel_id IS NULL
                OR NOT EXISTS (SELECT FROM account_move am WHERE am.id = aml.move_id
                                  AND am.move_type IN ('in_invoice', 'in_refund', 'in_receipt'))
            """,
            SQL(", ").join(columns),
        )

    def action_open_document(self):
        """What was entered, the bill, or the analytic line behind an amount.

        :raise UserError: the document is gone
        """
        self.ensure_one()
        model = {
            "entered": "customer.acquisition.cost",
            "bill": "account.move.line",
            "analytic": "account.analytic.line",
        }[self.origin]
        record = self.env[model].browse(self.document_id).exists()
        if not record:
            raise UserError(self.env._("This document has been deleted. Reload the list."))
        record.check_access("read")
        return (record.move_id if self.origin == "bill" else record)._get_records_action()

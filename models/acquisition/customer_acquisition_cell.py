from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...analytics.core import storing
from ..core.fields_bulk import BulkMany2one


class CustomerAcquisitionCell(models.Model):
    """What the customers of a channel and of a month brought in one of their months, as of the last refresh.

    Nobody opens these: reports and the map of cohorts are made of them. Written in SQL by ``_refresh``. Margins are in
    company currency, not rounded.
    """

    _name = "customer.acquisition.cell"
    _description = "Margin of a Cohort in a Month"
    _log_access = False

    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(string="Last Change", readonly=True)
    channel_id = BulkMany2one("customer.acquisition.channel", required=True, readonly=True)
    cohort = fields.Date(required=True, readonly=True)
    month = fields.Integer(required=True, readonly=True)
    margin = fields.Monetary(readonly=True)

    _of_cohort = models.Index("(company_id, cohort, channel_id, month)")

    @api.model
    def _store(self, company, as_of, customers):
        """Write what is different.

        :param SQL customers: common table expressions, see ``customer.acquisition._customers_cte``
        """
        found = SQL("WITH %s %s", customers, cohorts.cells_sql())
        keys = ["channel_id", "cohort", "month"]
        self.env.cr.execute(storing.store_sql(self._table, keys, ["margin"], company.id, as_of, found))
        self.env["customer.acquisition.cell"].invalidate_model(flush=False)

    @api.model
    def _kept_sql(self, company):
        """``channel_id``, ``cohort``, ``month`` and ``margin`` of a company."""
        return SQL("SELECT * FROM customer_acquisition_cell WHERE company_id = %s", company.id)

    @api.model
    def _leave_channels(self, channels, other):
        """What came by ``channels``, which are about to be deleted, came by ``other``, until the next refresh."""
        self.env.cr.execute(
            """
            WITH gone AS (DELETE FROM customer_acquisition_cell WHERE channel_id = ANY(%s) RETURNING *)
            INSERT INTO customer_acquisition_cell (company_id, as_of, channel_id, cohort, month, margin)
            SELECT company_id, max(as_of), %s, cohort, month, sum(margin) FROM gone GROUP BY company_id, cohort, month
            """,
            [[*channels.ids, other.id], other.id],
        )

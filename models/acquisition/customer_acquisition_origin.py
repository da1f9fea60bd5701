from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...analytics.core import storing
from ..core.fields_bulk import BulkMany2one

MARGINS = ("margin", *(f"margin_{months}" for months in cohorts.HORIZONS))
TOLD = ("first_order", "origin", "channel_id", "source_id", "medium_id", "lead_id", "order_id")
STORED = (*TOLD, *MARGINS, "order_months")


class CustomerAcquisitionOrigin(models.Model):
    """Where a customer of a company came from and what they brought since, as of the last refresh.

    Reports read it instead of the orders and invoices of all years. Nobody opens it: ``customer.acquisition.customer``
    shows it. Written in SQL by ``_refresh``, and when customers become others. Margins are in company currency, not
    rounded, also those of months that are not over.
    """

    _name = "customer.acquisition.origin"
    _description = "Origin of a Customer"
    _inherit = ["customer.succession.participant"]
    _log_access = False
    _succession_layer = 97

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, ondelete="cascade")
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    as_of = fields.Date(string="Last Change", readonly=True)
    first_order = fields.Date(readonly=True)
    origin = fields.Char(readonly=True)
    # no keys: what is deleted is left out when it is read, and channels take care of it themselves
    channel_id = BulkMany2one("customer.acquisition.channel", readonly=True)
    source_id = BulkMany2one("utm.source", readonly=True)
    medium_id = BulkMany2one("utm.medium", string="Marketing Medium", readonly=True)
    lead_id = BulkMany2one("crm.lead", readonly=True)
    order_id = BulkMany2one("sale.order", readonly=True)
    margin = fields.Monetary(readonly=True)
    margin_3 = fields.Monetary(string="Margin at 3 Months", readonly=True)
    margin_12 = fields.Monetary(string="Margin at 12 Months", readonly=True)
    margin_24 = fields.Monetary(string="Margin at 24 Months", readonly=True)

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have come to a company only once."
    )
    _first_order = models.Index("(company_id, first_order)")

    def _auto_init(self):
        result = super()._auto_init()
        # bits, of which the ORM knows no type
        self.env.cr.execute(
            SQL("ALTER TABLE %s ADD COLUMN IF NOT EXISTS order_months bigint", SQL.identifier(self._table))
        )
        return result

    @api.model
    def _store(self, company, as_of, customers, partners=None):
        """Write what is different.

        :param SQL customers: common table expressions, see ``customer.acquisition._customers_cte``
        :param partners: customers whom these are about; all if not given
        """
        found = SQL(
            """
            WITH %(customers)s
            SELECT customer.partner_id, %(told)s, %(earned_names)s
              FROM customer JOIN (%(earned)s) earned ON earned.partner_id = customer.partner_id
            """,
            customers=customers,
            told=SQL(", ").join(SQL.identifier("customer", name) for name in TOLD),
            earned_names=SQL(", ").join(SQL.identifier("earned", name) for name in (*MARGINS, "order_months")),
            earned=cohorts.earned_sql(),
        )
        among = None if partners is None else SQL("kept.partner_id = ANY(%s)", partners.ids)
        self.env.cr.execute(storing.store_sql(self._table, ["partner_id"], STORED, company.id, as_of, found, among))
        self.env["customer.acquisition.origin"].invalidate_model(flush=False)

    @api.model
    def _kept_sql(self, company):
        """Customers of a company: ``partner_id``, ``cohort`` and what is stored of each."""
        return SQL(
            "SELECT kept.*, date_trunc('month', kept.first_order)::date AS cohort"
            " FROM customer_acquisition_origin kept WHERE kept.company_id = %s",
            company.id,
        )

    @api.model
    def _leave_channels(self, channels, other):
        """Who came by ``channels``, which are about to be deleted, came by ``other``, until the next refresh."""
        self.env.cr.execute(
            "UPDATE customer_acquisition_origin SET channel_id = %s WHERE channel_id = ANY(%s)",
            [other.id, channels.ids],
        )

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _refresh_customers(self, partners):
        """Read anew, as of the last refresh, where customers came from in the companies that know them."""
        self.env.flush_all()
        self.env.cr.execute(
            "DELETE FROM customer_acquisition_origin kept USING res_partner rp WHERE rp.id = kept.partner_id"
            " AND rp.id = ANY(%s) AND rp.commercial_partner_id <> rp.id",
            [partners.ids],
        )
        customers = partners.commercial_partner_id
        for lesson in self.env["customer.acquisition.lesson"].search([("as_of", "!=", False)]):
            company, as_of = lesson.company_id, lesson.as_of
            expressions = self.env["customer.acquisition"]._customers_cte(company, as_of, customers)
            self._store(company, as_of, expressions, customers)

    @api.model
    def _before_merge(self, partners):
        """Leave one row of each company, which Odoo moves: a second one would be in its way."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            DELETE FROM customer_acquisition_origin later
             USING customer_acquisition_origin first
             WHERE later.partner_id = ANY(%(ids)s) AND first.partner_id = ANY(%(ids)s)
               AND later.company_id = first.company_id AND (later.first_order, later.id) > (first.first_order, first.id)
            """,
            {"ids": partners.ids},
        )

    @api.model
    def _after_merge(self, partner):
        self._refresh_customers(partner)

    @api.model
    def _before_move(self, partners):
        return partners.sudo().commercial_partner_id

    @api.model
    def _after_move(self, partners, state):
        """Whose orders are those of another customer now; an ordinary contact takes none along."""
        partners = partners.sudo()
        is_known = self.search_count([("partner_id", "in", partners.ids)], limit=1)
        if is_known or partners & partners.commercial_partner_id:
            self._refresh_customers(state.sudo() | partners)

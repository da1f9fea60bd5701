from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...models.acquisition.customer_acquisition_origin import MARGINS, STORED, TOLD

# Beyond the ids of companies: customer and company make one id
COMPANIES = 65536

ORIGINS = [
    ("first_lead", "Lead of the first order"),
    ("won_lead", "First lead won"),
    ("order", "First order"),
    ("unknown", "Not known"),
]


class CustomerAcquisitionCustomer(models.Model):
    """The customers of each company with the day and the channel on which they came, and what they brought since.

    As of the last refresh, see ``customer.acquisition.origin``. Margins are net margins in company currency; one that
    is not known yet, because not so much time has passed, is null in SQL, and ``months`` says how many months have.
    """

    _name = "customer.acquisition.customer"
    _inherit = ["customer.value.calculated"]
    _description = "Customer by Acquisition"
    _auto = False
    _order = "first_order desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    channel_id = fields.Many2one("customer.acquisition.channel", readonly=True)
    origin = fields.Selection(ORIGINS, string="Channel Known From", readonly=True)
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    lead_id = fields.Many2one("crm.lead", readonly=True)
    order_id = fields.Many2one("sale.order", readonly=True, string="First Sales Order")
    first_order = fields.Date(readonly=True)
    cohort = fields.Date(readonly=True, help="Month of the first order.")
    months = fields.Integer(string="Full Months", readonly=True, aggregator=None, help="Since the first order.")
    margin = fields.Monetary(string="Margin to Date", readonly=True)
    margin_3 = fields.Monetary(string="Margin at 3 Months", readonly=True, help="Empty until 3 months have passed.")
    margin_12 = fields.Monetary(string="Margin at 12 Months", readonly=True, help="Empty until 12 months have passed.")
    margin_24 = fields.Monetary(string="Margin at 24 Months", readonly=True, help="Empty until 24 months have passed.")
    lifetime_value = fields.Monetary(readonly=True)
    as_of = fields.Date(readonly=True, help="Orders and margins up to this day. Worked out every night.")

    ordered_month = fields.Integer(
        string="Ordered in Month",
        store=False,
        search="_search_ordered_month",
        exportable=False,
        help="Counted from the first order, as the map of cohorts does.",
    )

    _depends = {
        "customer.acquisition.origin": ["partner_id", "company_id", *TOLD, *MARGINS],
        "customer.acquisition.lesson": ["company_id", "as_of"],
        "customer.lifetime.value": ["lifetime_value"],
        "res.partner": ["user_id"],
    }

    @property
    def _table_query(self):
        companies = self.env.companies._without_counted()
        return SQL(" UNION ALL ").join(SQL("(%s)", self._company_query(company)) for company in companies)

    @api.model
    def _company_query(self, company):
        digits = company.currency_id.decimal_places
        passed = cohorts.months_sql(SQL("kept.first_order"), SQL("refreshed.as_of"))
        return SQL(
            """
            SELECT kept.partner_id::int8 * %(companies)s + %(company)s AS id, kept.partner_id,
                   %(company)s AS company_id, %(currency)s AS currency_id, rp.user_id, kept.channel_id, kept.origin,
                   source.id AS source_id, medium.id AS medium_id, lead.id AS lead_id, so.id AS order_id,
                   kept.first_order, kept.cohort, kept.months, kept.as_of, kept.order_months,
                   round(kept.margin, %(digits)s) AS margin, %(margins)s, lifetime.lifetime_value
              FROM (SELECT kept.*, refreshed.as_of, GREATEST(%(passed)s, 0) AS months
                      FROM (SELECT partner_id, cohort, %(stored)s FROM (%(kept)s) kept) kept
                     CROSS JOIN (SELECT %(as_of)s::date AS as_of) refreshed) kept
              JOIN res_partner rp ON rp.id = kept.partner_id
              -- not those that are gone
              LEFT JOIN utm_source source ON source.id = kept.source_id
              LEFT JOIN utm_medium medium ON medium.id = kept.medium_id
              LEFT JOIN crm_lead lead ON lead.id = kept.lead_id
              LEFT JOIN sale_order so ON so.id = kept.order_id
              LEFT JOIN customer_lifetime_value lifetime
                     ON lifetime.partner_id = kept.partner_id AND lifetime.company_id = %(company)s
            """,
            companies=COMPANIES,
            company=company.id,
            currency=company.currency_id.id,
            digits=digits,
            passed=passed,
            stored=SQL(", ").join(map(SQL.identifier, STORED)),
            kept=self.env["customer.acquisition.origin"]._kept_sql(company),
            as_of=self.env["customer.acquisition"]._as_of_sql(company),
            margins=SQL(", ").join(
                SQL(
                    "CASE WHEN kept.months >= %s THEN round(COALESCE(%s, 0), %s) END AS %s",
                    months,
                    SQL.identifier("kept", f"margin_{months}"),
                    digits,
                    SQL.identifier(f"margin_{months}"),
                )
                for months in cohorts.HORIZONS
            ),
        )

    @api.model
    def _search_ordered_month(self, operator, value):
        if operator != "in":
            return NotImplemented

        def to_sql(model, alias, query):
            ordered = (cohorts.ordered_sql(SQL.identifier(alias, "order_months"), month) for month in sorted(value))
            return SQL("(%s)", SQL(" OR ").join(ordered))

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _open_customers(self, company, domain, name):
        """Window action of customers of a company.

        :param list domain: on this model
        """
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_acquisition_customer")
        return action | {
            "name": name,
            "domain": [("company_id", "=", company.id), *domain],
            "context": {"allowed_company_ids": self.env.companies.ids, "create": False},
        }

    def action_open_partner(self):
        self.ensure_one()
        return self.partner_id._get_records_action()

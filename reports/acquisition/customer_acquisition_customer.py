from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...models.acquisition.customer_acquisition import READ

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

    Margins are net margins in company currency; one that is not known yet, because not so much time has passed, is
    null in SQL, and ``months`` says how many months have.
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

    _depends = READ | {"customer.lifetime.value": ["lifetime_value"]}

    @property
    def _table_query(self):
        return SQL(" UNION ALL ").join(SQL("(%s)", self._company_query(company)) for company in self.env.companies)

    @api.model
    def _company_query(self, company):
        digits = company.currency_id.decimal_places
        today = company._get_value_today()
        passed = cohorts.months_sql(SQL("customer.first_order"), SQL("%s::date", today))
        return SQL(
            """
            WITH %(customers)s
            SELECT customer.partner_id::int8 * %(companies)s + %(company)s AS id, customer.partner_id,
                   %(company)s AS company_id, %(currency)s AS currency_id, rp.user_id, customer.channel_id,
                   customer.origin, customer.source_id, customer.medium_id, customer.lead_id, customer.order_id,
                   customer.first_order, customer.cohort, customer.months, round(earned.margin, %(digits)s) AS margin,
                   %(margins)s, lifetime.lifetime_value
              FROM (SELECT customer.*, GREATEST(%(passed)s, 0) AS months FROM customer) customer
              JOIN res_partner rp ON rp.id = customer.partner_id
              JOIN (%(earned)s) earned ON earned.partner_id = customer.partner_id
              LEFT JOIN customer_lifetime_value lifetime
                     ON lifetime.partner_id = customer.partner_id AND lifetime.company_id = %(company)s
            """,
            customers=self.env["customer.acquisition"]._customers_cte(company),
            companies=COMPANIES,
            company=company.id,
            currency=company.currency_id.id,
            digits=digits,
            passed=passed,
            margins=SQL(", ").join(
                SQL(
                    "CASE WHEN customer.months >= %s THEN round(COALESCE(%s, 0), %s) END AS %s",
                    months,
                    SQL.identifier("earned", f"margin_{months}"),
                    digits,
                    SQL.identifier(f"margin_{months}"),
                )
                for months in cohorts.HORIZONS
            ),
            earned=cohorts.earned_sql(),
        )

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

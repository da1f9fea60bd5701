from odoo import fields, models
from odoo.tools import SQL

from ...analytics.network.referral import credited_sql
from ..profit.customer_profit import COMPANIES


class CustomerReferralReport(models.Model):
    """Each referred customer in each company that knows them, and what is credited to the one who referred them.

    Amounts are in company currency, as of the last forecast of lifetime values.
    """

    _name = "customer.referral.report"
    _inherit = ["customer.value.calculated"]
    _description = "Referral"
    _auto = False
    _order = "credited desc, id"
    _rec_name = "partner_id"
    _depends = {
        "res.partner": ["referrer_id", "referral_anyway", "user_id", "country_id"],
        "res.company": ["referral_saved_cost", "value_tz"],
        "customer.value.score": ["partner_id", "company_id", "lifecycle", "tier_id"],
        "customer.lifetime.value": ["partner_id", "company_id", "lifetime_value", "purchases"],
    }

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    referrer_id = fields.Many2one("res.partner", string="Referred By", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", readonly=True)
    customer_since = fields.Date(readonly=True, help="Day on which the customer was entered.")
    anyway = fields.Boolean(string="Would Have Come Anyway", readonly=True)
    has_bought = fields.Boolean(readonly=True)
    own = fields.Monetary(string="Lifetime Value", readonly=True)
    credited = fields.Monetary(
        readonly=True,
        help="What the referral is worth: the lifetime value of a customer who came only because of it; the usual cost "
        "of winning a customer for one who would have come anyway and has bought.",
    )

    @property
    def _table_query(self):
        companies = self.env.companies
        return SQL(
            """
            SELECT credit.partner_id * %(companies)s::bigint + company.id AS id, credit.partner_id,
                   credit.referrer_id, company.id AS company_id, rp.user_id, rp.country_id,
                   (SELECT score.tier_id FROM customer_value_score score
                     WHERE score.partner_id = credit.partner_id AND score.company_id = company.id) AS tier_id,
                   (rp.create_date AT TIME ZONE 'UTC' AT TIME ZONE zone.name)::date AS customer_since,
                   credit.anyway, credit.has_bought, credit.own, credit.credited
              FROM unnest(%(company_ids)s::int[], %(zones)s::text[]) zone (company_id, name)
              JOIN res_company company ON company.id = zone.company_id
             CROSS JOIN LATERAL (%(credited)s) credit
              JOIN res_partner rp ON rp.id = credit.partner_id
            """,
            companies=COMPANIES,
            company_ids=companies.ids,
            zones=[company._get_value_zone() for company in companies],
            credited=credited_sql(SQL.identifier("company", "id"), SQL.identifier("company", "referral_saved_cost")),
        )

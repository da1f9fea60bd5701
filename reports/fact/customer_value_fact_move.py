from odoo import fields, models
from odoo.tools import SQL

from ...models.scoring.customer_value_score import LIFECYCLES


class CustomerValueFactMove(models.Model):
    """Each customer of a month beside the month before: from which tier to which, from which stage to which.

    Customers who were not there the month before come from no tier and no stage. Those who are no customers any more
    are in no later month. The first month of a company has none before it, and is left out.
    """

    _name = "customer.value.fact.move"
    _inherit = ["customer.value.calculated"]
    _description = "From Month to Month"
    _auto = False
    _order = "month desc, revenue desc, id"
    _rec_name = "partner_id"
    _depends = {
        "customer.value.fact": [
            "month",
            "partner_id",
            "company_id",
            "tier_id",
            "lifecycle",
            "revenue",
            "margin",
            "score",
        ],
        "res.partner": ["user_id"],
    }

    month = fields.Date(readonly=True, help="First day of the month at whose end the customer was there.")
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    previous_tier_id = fields.Many2one("customer.value.tier", string="From Tier", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", string="To Tier", readonly=True)
    previous_lifecycle = fields.Selection(LIFECYCLES, string="From Stage", readonly=True)
    lifecycle = fields.Selection(LIFECYCLES, string="To Stage", readonly=True)
    is_new = fields.Boolean(string="New in the Month", readonly=True)
    tier_changed = fields.Boolean(readonly=True)
    stage_changed = fields.Boolean(readonly=True)
    revenue = fields.Monetary(readonly=True)
    margin = fields.Monetary(string="Net Margin", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT fact.id, fact.month, fact.partner_id, fact.company_id, fact.tier_id, fact.lifecycle,
                   before.tier_id AS previous_tier_id, before.lifecycle AS previous_lifecycle,
                   before.id IS NULL AS is_new,
                   before.id IS NOT NULL AND before.tier_id IS DISTINCT FROM fact.tier_id AS tier_changed,
                   before.id IS NOT NULL AND before.lifecycle IS DISTINCT FROM fact.lifecycle AS stage_changed,
                   fact.revenue, fact.margin
              FROM customer_value_fact fact
              JOIN (SELECT id, (SELECT min(month) FROM customer_value_fact WHERE company_id = res_company.id) AS month
                      FROM res_company) beginning
                ON beginning.id = fact.company_id AND beginning.month < fact.month
              LEFT JOIN customer_value_fact before
                ON before.partner_id = fact.partner_id AND before.company_id = fact.company_id
               AND before.month = (fact.month - interval '1 month')::date AND before.score IS NOT NULL
             WHERE fact.score IS NOT NULL AND fact.company_id <> ALL(%s)
            """,
            self.env.companies._get_counted().ids,
        )

from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.core import storing
from ...analytics.network import referral
from ...analytics.scoring.customers import is_customer_sql
from ..core.fields_bulk import BulkMany2one
from ..core.locking import LOCK_REFERRALS, lock_company

QUADRANTS = [
    ("champion", "Champions"),
    ("affluent", "Affluents"),
    ("advocate", "Advocates"),
    ("miser", "Misers"),
]

STORED = (
    "own_value",
    "came_value",
    "saved_value",
    "referral_value",
    "customer_count",
    "anyway_count",
    "quadrant",
    "own_border",
    "referral_border",
)


class CustomerReferralValue(models.Model):
    """A customer's own value beside that of those they referred, in one company. Written in SQL by ``_refresh``.

    Amounts are in company currency. How they are worked out, and where the four groups come from: see
    ``analytics/network/referral.py``. Also looks after referrals when customers become others.
    """

    _name = "customer.referral.value"
    _description = "Referral Value"
    _inherit = ["customer.retention.finding", "customer.value.customer.row", "customer.succession.participant"]
    _order = "referral_value desc, own_value desc, id"
    _rec_name = "partner_id"
    # It is recomputed by the system, not by a user.
    _log_access = False
    _succession_layer = 95

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    as_of = fields.Date(string="Last Change", readonly=True, help="Day since which these values have been valid.")
    own_value = fields.Monetary(readonly=True, help="Lifetime value of the customer.")
    came_value = fields.Monetary(
        string="Came Because of Them",
        readonly=True,
        help="Lifetime value of the customers who came only because of the referral.",
    )
    saved_value = fields.Monetary(
        string="Saved Cost",
        readonly=True,
        help="For each customer who would have come anyway and has bought: the usual cost of winning a customer.",
    )
    referral_value = fields.Monetary(
        readonly=True,
        help="Value of the customers who came because of this one, and the saved cost of winning those who would have "
        "come anyway. Each amount counts once, for the one who referred the customer.",
    )
    customer_count = fields.Integer(string="Customers Referred", readonly=True)
    anyway_count = fields.Integer(string="Would Have Come Anyway", readonly=True)
    quadrant = fields.Selection(
        QUADRANTS,
        string="Group",
        readonly=True,
        help="Champions: both values are high. Affluents: only their own. Advocates: only their referral value. "
        "Misers: neither.",
    )
    own_border = fields.Monetary(string="High Own Value Above", readonly=True, aggregator=None)
    referral_border = fields.Monetary(string="High Referral Value Above", readonly=True, aggregator=None)

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have only one referral value per company."
    )
    _grid = models.Index("(company_id, quadrant)")

    @api.model
    def _refresh(self, company, as_of=None):
        """Work out all referral values of ``company`` anew, and write what is different.

        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_REFERRALS)
        self.env.flush_all()
        borders = (None, None)
        if company.referral_borders == "amount":
            borders = (company.referral_own_border, company.referral_value_border)
        found = SQL(
            "SELECT partner_id, %s FROM (%s) valued",
            SQL(", ").join(map(SQL.identifier, STORED)),
            referral.valued_sql(
                company.id,
                company.referral_saved_cost,
                borders,
                company.currency_id.decimal_places,
                is_customer_sql("rp"),
            ),
        )
        day = as_of or company._get_value_today()
        self.env.cr.execute(storing.store_sql(self._table, ["partner_id"], STORED, company.id, day, found))
        [counts] = self.env.cr.dictfetchall()
        self.env["customer.referral.value"].invalidate_model(flush=False)
        return counts

    # -- what is opened ------------------------------------------------------------------------------------------------

    def action_view_referrals(self):
        """The customers behind the referral value."""
        self.ensure_one()
        return self.partner_id.with_company(self.company_id)._open_referrals(self.company_id)

    def action_start_campaign(self):
        """Open the campaign wizard with the selected customers.

        :raise UserError: they are of several companies
        """
        return self._open_campaign_wizard_of_list("retention")

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """Cut referrals that would lead from the one customer back to themselves; one of the others is kept.

        It is the one that Odoo would keep: that of the customer who stays, else of the last one merged into them. Of
        the values one is left for each company, which the job works out anew: a second one would be in its way.
        """
        partners = partners.sudo()
        self.search([("partner_id", "in", partners[:-1].ids)]).unlink()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH RECURSIVE chain(start, id) AS (
                    SELECT rp.id, rp.referrer_id FROM res_partner rp
                     WHERE rp.id = ANY(%(ids)s) AND rp.referrer_id IS NOT NULL
                     UNION
                    SELECT chain.start, rp.referrer_id
                      FROM chain JOIN res_partner rp ON rp.id = chain.id
                     WHERE rp.referrer_id IS NOT NULL AND chain.id <> ALL(%(ids)s)
                )
                SELECT DISTINCT start FROM chain WHERE id = ANY(%(ids)s)
                """,
                ids=partners.ids,
            )
        )
        circling = {partner_id for (partner_id,) in rows}
        for partner in partners.filtered(lambda partner: partner.id in circling):
            partner._cut_referral(
                self.env._("customers were merged, and the merged customer would have referred themselves")
            )
        kept = partners.filtered("referrer_id")[-1:]
        if kept:
            # whoever merges may not see the field, and Odoo takes over only what they see
            partners.filtered(lambda partner: partner == partner.commercial_partner_id).write(
                {"referrer_id": kept.referrer_id.id, "referral_anyway": kept.referral_anyway}
            )
        self.env.flush_all()

    @api.model
    def _after_merge(self, partner):
        partner.sudo()._settle_referrals()
        # sudo: jobs are none of a user's business
        self.env.ref("customer_value.cron_customer_referral").sudo()._trigger()

    @api.model
    def _after_move(self, partners, state):
        partners.sudo()._settle_referrals()

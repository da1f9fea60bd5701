from odoo import api, fields, models

from ..core.groups import VALUE_USER

POSITIONS = [
    ("much_cheaper", "Much cheaper than we are"),
    ("cheaper", "Cheaper than we are"),
    ("similar", "As expensive as we are"),
    ("dearer", "More expensive than we are"),
    ("much_dearer", "Much more expensive than we are"),
]


class ResPartner(models.Model):
    """A contact can be a competitor, with what helps to win against them; a customer has a wallet."""

    _inherit = "res.partner"

    is_competitor = fields.Boolean(
        string="Competitor", groups=VALUE_USER, copy=False, help="Sells to our customers what we sell."
    )
    competitor_price = fields.Selection(POSITIONS, string="Price Position", groups=VALUE_USER, copy=False)
    competitor_strengths = fields.Text(string="Strengths", groups=VALUE_USER, copy=False)
    competitor_weaknesses = fields.Text(string="Weaknesses", groups=VALUE_USER, copy=False)
    competitor_how_to_win = fields.Text(
        string="How to Win",
        groups=VALUE_USER,
        copy=False,
        help="Shown on quotations where salespeople meet them.",
    )
    wallet_id = fields.Many2one(
        "customer.wallet",
        compute="_compute_beside",
        search="_search_wallet_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    # no related field: Odoo would search it with the rights of the system, for users who may not read it
    wallet_share = fields.Float(
        string="Share of Wallet (%)",
        digits=(5, 2),
        compute="_compute_beside",
        search="_search_wallet_share",
        compute_sudo=True,
        groups=VALUE_USER,
    )

    def _get_beside(self):
        return super()._get_beside() | {
            "wallet_id": self._kept_beside("customer.wallet"),
            "wallet_share": self._kept_beside("customer.wallet", "share"),
        }

    @api.model
    def _search_wallet_id(self, operator, value):
        return self._search_by_kept("wallet_id", "customer.wallet", "id", operator, value)

    @api.model
    def _search_wallet_share(self, operator, value):
        return self._search_by_kept("wallet_share", "customer.wallet", "share", operator, value)

    def action_view_wallet(self):
        """Open the wallet of the customer in the current company, to read it or to enter what is known of it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_wallet_open")
        return action | {
            "res_id": self.wallet_id.id,
            "context": {"default_partner_id": self.commercial_partner_id.id, "default_company_id": self.env.company.id},
        }

    def action_view_win_rates(self):
        """Open the decided deals in which the competitor was met."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_competition_report")
        return action | {"context": {"search_default_competitor_id": self.id}}

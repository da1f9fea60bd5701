from odoo import api, fields, models

from ..core.groups import VALUE_USER, check_value_company


class SaleOrder(models.Model):
    _inherit = "sale.order"

    competition_line_ids = fields.One2many(
        "customer.competition.line",
        "order_id",
        string="Competitors",
        groups=VALUE_USER,
        help="Without an opportunity. With one, competitors are kept there.",
    )
    opportunity_competition_line_ids = fields.One2many(
        related="opportunity_id.competition_line_ids",
        string="Competitors of the Opportunity",
        readonly=False,
        groups=VALUE_USER,
    )

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["customer.competition.line"]._follow_orders(self)
        return result

    @api.model
    def get_battle_cards(self, partner_id, company_id=False, competitor_ids=()):
        """What to know of competitors while writing a quotation, saved or not.

        :param int partner_id: customer or contact
        :param int company_id: company of the order; the current one if not given
        :param competitor_ids: those in the running; those met earlier at the customer if empty
        :return: as of ``customer.competition.line._get_battle_cards``
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = check_value_company(self.env, company_id)
        partner = self.env["res.partner"].browse(partner_id)
        competitors = partner.browse(competitor_ids)
        (partner + competitors).check_access("read")
        return self.env["customer.competition.line"]._get_battle_cards(
            partner, company, competitors.filtered("is_competitor")
        )

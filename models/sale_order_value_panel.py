from odoo import api, models
from odoo.exceptions import AccessError

from .res_partner import VALUE_USER


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model
    def get_value_panel(self, partner_id, company_id=False):
        """What a salesperson should know of the customer while writing a quotation, saved or not.

        Open tickets and the overdue amount are numbers that everybody with the panel sees; they can be opened by
        those who may read tickets or invoices.

        :param int partner_id: customer or contact
        :param int company_id: company of the order; the current one if not given
        :return: dict with ``partner_id``, ``customer``, ``is_contact``, ``company_id``, ``currency_id``, ``can_run``,
            ``score_id`` (False: no score yet), ``complaints`` and ``overdue`` (count, and amount in company currency),
            ``can_open_complaints``, ``can_open_overdue`` and, with a score, ``score``, ``previous_score``, ``tier``,
            ``tier_color``, ``trend`` and ``next_step`` (``code`` and ``sentence``)
        :raise AccessError: the user may not see customer values, the customer or the company
        """
        company = self.env["res.company"].browse(company_id) if company_id else self.env.company
        if not self.env.user.has_group(VALUE_USER) or company not in self.env.companies:
            raise AccessError(self.env._("You may not see the value of customers of this company."))
        partner = self.env["res.partner"].browse(partner_id).with_company(company)
        partner.check_access("read")
        customer = partner.commercial_partner_id
        score = self.env["customer.value.score"].search(
            [("partner_id", "=", customer.id), ("company_id", "=", company.id)]
        )
        complaints = partner._get_open_complaint_count(company)
        amount, days = partner._get_overdue(company)
        values = {
            "partner_id": partner.id,
            "customer": customer.sudo().display_name,
            "is_contact": customer != partner,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "can_run": self.env["customer.value.run"].has_access("create"),
            "score_id": score.id,
            "complaints": complaints,
            "can_open_complaints": self.env["helpdesk.ticket"].has_access("read"),
            "overdue": amount,
            "overdue_days": days,
            "can_open_overdue": self.env["account.move"].has_access("read"),
        }
        if not score:
            return values
        code, sentence = score._get_next_step((amount, days), complaints)
        return values | {
            "score": score.score,
            "previous_score": score.previous_score,
            "tier": score.tier_id.sudo().name or "",
            "tier_color": score.tier_id.sudo().color,
            "trend": score._get_trend(),
            "next_step": {"code": code, "sentence": sentence},
        }

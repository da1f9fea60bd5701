from odoo import api, fields, models

from .res_partner import VALUE_USER


class SaleOrder(models.Model):
    _inherit = "sale.order"

    value_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Customer Tier",
        compute="_compute_value",
        search="_search_value_tier_id",
        compute_sudo=True,
        groups=VALUE_USER,
    )
    value_score = fields.Float(
        string="Customer Score", digits=(5, 2), compute="_compute_value", compute_sudo=True, groups=VALUE_USER
    )
    confirmed_tier_id = fields.Many2one(
        "customer.value.tier",
        string="Tier at Confirmation",
        readonly=True,
        copy=False,
        groups=VALUE_USER,
        help="The customer's tier when the order was confirmed, whatever becomes of him.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_value(self):
        for company, orders in self.grouped("company_id").items():
            # one batch for all partners of a company
            partners = orders.partner_id.with_company(company)
            partners.fetch(["commercial_partner_id"])
            for order in orders:
                partner = order.partner_id.with_company(company).with_prefetch(partners._prefetch_ids)
                order.value_tier_id = partner.value_tier_id
                order.value_score = partner.value_score

    @api.model
    def _search_value_tier_id(self, operator, value):
        if operator not in ("in", "any", "ilike"):
            return NotImplemented
        self._check_field_access(self._fields["value_tier_id"], "read")
        domain = fields.Domain.FALSE
        for company in self.env.companies:
            tiers = self.env["res.partner"].sudo().with_company(company)._search_by_score("tier_id", operator, value)
            partners = self.env["res.partner"].with_context(active_test=False)._search(tiers)
            domain |= fields.Domain("company_id", "=", company.id) & fields.Domain("partner_id", "in", partners)
        return domain

    def _action_confirm(self):
        result = super()._action_confirm()
        for order in self:
            # sudo: a salesperson or the customer himself confirms, and the tier is kept for all
            order.sudo().confirmed_tier_id = order.sudo().value_tier_id
        return result

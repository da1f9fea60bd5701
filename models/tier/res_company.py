from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    # The addon installed first goes on writing: a database with levels keeps them, one with tiers keeps those.
    value_pricelist_source = fields.Selection(
        [("tier", "Tier"), ("level", "Partnership level")],
        string="Customer Pricelist",
        required=True,
        default=lambda self: "level" if self._has_partnership() else "tier",
        help="Tiers and partnership levels can both set a pricelist. Only one of them can set it on the customer.",
    )

    @api.model
    def _has_partnership(self):
        return "res.partner.grade" in self.env

    def _tier_writes_pricelist(self):
        """Whether tiers, rather than partnership levels, write the customer's pricelist in this company."""
        self.ensure_one()
        return not self._has_partnership() or self.value_pricelist_source == "tier"

    def write(self, vals):
        if "value_pricelist_source" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda company: company.value_pricelist_source != vals["value_pricelist_source"])
        result = super().write(vals)
        # sudo: users who may change the settings need not be managers of tiers
        Tier = self.env["customer.value.tier"].sudo()
        in_force = Tier.search([("company_id", "in", changed.ids), ("policy_id.state", "=", "active")])
        in_force.filtered("pricelist_id")._renew_benefits()
        return result

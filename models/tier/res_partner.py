from odoo import api, fields, models

from ..scoring.res_partner import VALUE_USER


class ResPartner(models.Model):
    """The club that a customer is a member of; and the level of the addon ``partnership`` does not write his price list
    where tiers do."""

    _inherit = "res.partner"

    value_membership_id = fields.Many2one(
        "customer.value.membership",
        string="Membership",
        compute="_compute_value_membership_id",
        search="_search_value_membership_id",
        compute_sudo=True,
        groups=VALUE_USER,
        help="The membership of the customer in a club of the current company.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company")
    def _compute_value_membership_id(self):
        members = self._get_membership().grouped("partner_id")
        nobody = self.env["customer.value.membership"]
        for partner in self:
            partner.value_membership_id = members.get(partner.commercial_partner_id, nobody)

    @api.model
    def _search_value_membership_id(self, operator, value):
        # Odoo does not look at the groups of a field with a search method: searching would tell what reading hides
        self._check_field_access(self._fields["value_membership_id"], "read")
        if operator not in ("in", "any"):
            return NotImplemented
        Membership = self.env["customer.value.membership"].sudo()
        active = [("state", "=", "active"), ("company_id", "=", self.env.company.id)]
        if operator == "in" and False in value:
            others = Membership._search([*active, ("id", "not in", [number for number in value if number])])
            return [("commercial_partner_id", "not in", others.subselect("partner_id"))]
        members = Membership._search([*active, ("id", operator, value)])
        return [("commercial_partner_id", "in", members.subselect("partner_id"))]

    def _get_membership(self):
        """Active ``customer.value.membership`` of these customers (of contacts: of their customers).

        At most one for each, in the current company, with the rights of the caller: on the portal, use ``sudo()``.
        """
        return self.env["customer.value.membership"].search_fetch(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
                ("state", "=", "active"),
            ],
            ["name", "partner_id", "tier_id", "date_from", "date_until"],
        )

    def write(self, vals):
        # The one hook on writing a partner: partnership gives the level's price list in its own, and leaves nothing
        # else to take hold of. All other writing passes through untouched.
        if not vals.get("grade_id") or "grade_id" not in self._fields or not self.env.company._tier_writes_pricelist():
            return super().write(vals)
        present = self.grouped("specific_property_product_pricelist")
        result = super().write({"grade_id": vals["grade_id"]})
        for pricelist, partners in present.items():
            if partners.specific_property_product_pricelist != pricelist:
                super(ResPartner, partners).write({"specific_property_product_pricelist": pricelist.id})
        others = {name: value for name, value in vals.items() if name != "grade_id"}
        return super().write(others) if others else result

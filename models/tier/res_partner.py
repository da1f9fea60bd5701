from odoo import models


class ResPartner(models.Model):
    """Keeping the level of the addon ``partnership`` from writing the price list where tiers do."""

    _inherit = "res.partner"

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

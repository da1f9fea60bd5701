from odoo import api, models


class CustomerValueMoneyMixin(models.AbstractModel):
    """What decides on the products that are means of payment: they are looked up anew when it changes."""

    _name = "customer.value.money.mixin"
    _description = "Part of a Loyalty Program"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

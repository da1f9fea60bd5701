from odoo import api, models


class CustomerValueRemembered(models.AbstractModel):
    """Settings that every document asks for: what follows from them is remembered (``ormcache``) until they change.

    Forgotten is afterwards: what is asked while something is written would be remembered as it was before.
    """

    _name = "customer.value.remembered"
    _description = "Remembered Settings"

    # names of the fields that matter; None for all of them
    _remembered = None

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        if self._remembered is None or self._remembered & vals.keys():
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result

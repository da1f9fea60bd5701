from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """Another module was installed: if it is the one with deliveries, complaints are made of them, too."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        self.env["customer.complaint.intake"]._bind_to_deliveries()
        return result

from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """Default policies are not data of the module: translate them, too, when a language is installed."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if "customer_value" in modules:
            Policy = self.env["customer.value.policy"].sudo().with_context(active_test=False)
            # a few versions for each company
            policies = Policy.search([])  # pylint: disable=no-search-all
            policies._translate_defaults(langs)
        return result

from odoo import api, models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    @api.model
    def _load_module_terms(self, modules, langs, overwrite=False):
        """The usual offers of companies are not data of the module: translate them, too, with a new language."""
        result = super()._load_module_terms(modules, langs, overwrite=overwrite)
        if "customer_value" in modules:
            # sudo: whoever installs a language, in all companies; a few offers for each
            offers = self.env["customer.retention.offer"].sudo().with_context(active_test=False).search([])  # pylint: disable=no-search-all
            offers._translate_defaults(langs)
        return result

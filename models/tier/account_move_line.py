from odoo import models

from .sale_order_line import BY_CODE, BY_CODE_KEY


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _sale_create_reinvoice_sale_line(self):
        """What is charged on costs what it has cost, whatever the pricelist says."""
        by_code = self.with_context(**{BY_CODE_KEY: BY_CODE})
        return super(AccountMoveLine, by_code)._sale_create_reinvoice_sale_line()

from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    value_order_customer = fields.Selection(
        [("buyer", "The customer who orders"), ("payer", "The customer who is invoiced")],
        string="Orders Invoiced to Others Count for",
        default="buyer",
        everyday=True,
        required=True,
        help="Whose revenue, margin and orders they are. Applies to orders from now on.",
    )

    def _create_value_defaults(self):
        result = super()._create_value_defaults()
        self._create_default_value_policy()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_customer_values(self):
        """Scores and history refer to the company without a foreign key."""
        for table in ("customer_value_score", "customer_value_history"):
            self.env.cr.execute(SQL("DELETE FROM %s WHERE company_id IN %s", SQL.identifier(table), tuple(self.ids)))

    def _create_default_value_policy(self):
        """Give each company that has no policy the default one, active, so that its first run needs no set-up."""
        # texts are stored in English first, whatever the language of the user who creates the company
        Policy = self.env["customer.value.policy"].sudo().with_context(lang="en_US", mail_create_nolog=True)
        with_policy = Policy.with_context(active_test=False).search([("company_id", "in", self.ids)]).company_id
        policies = Policy.create([Policy._prepare_default_policy(company) for company in self - with_policy])
        policies._translate_defaults([code for code, _name in self.env["res.lang"].get_installed()])

from odoo import api, fields, models
from odoo.tools import SQL


class ResCompany(models.Model):
    _inherit = "res.company"

    # Whoever was there first goes on writing: a database with levels keeps them, one with tiers keeps those.
    value_pricelist_source = fields.Selection(
        [("tier", "Tier"), ("level", "Partnership level")],
        string="Price List of a Customer",
        required=True,
        default=lambda self: "level" if self._has_partnership() else "tier",
        help="Tiers and partnership levels can both bring a price list. Only one of them writes it on the customer.",
    )

    @api.model
    def _has_partnership(self):
        return "res.partner.grade" in self.env

    def _tier_writes_pricelist(self):
        """Whether tiers, rather than partnership levels, write the customer's price list in this company."""
        self.ensure_one()
        return not self._has_partnership() or self.value_pricelist_source == "tier"

    def write(self, vals):
        if "value_pricelist_source" not in vals:
            return super().write(vals)
        changed = self.filtered(lambda company: company.value_pricelist_source != vals["value_pricelist_source"])
        result = super().write(vals)
        # sudo: who may change the settings need not be a manager of tiers
        Tier = self.env["customer.value.tier"].sudo()
        in_force = Tier.search([("company_id", "in", changed.ids), ("policy_id.state", "=", "active")])
        in_force.filtered("pricelist_id")._renew_benefits()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_default_value_policy()
        return companies

    @api.ondelete(at_uninstall=False)
    def _unlink_customer_values(self):
        """Scores and history refer to the company without a foreign key."""
        for table in ("customer_value_score", "customer_value_history"):
            self.env.cr.execute(SQL("DELETE FROM %s WHERE company_id IN %s", SQL.identifier(table), tuple(self.ids)))

    def _create_default_value_policy(self):
        """Give each company that has no policy the default one, active, so that its first run needs no set-up."""
        # texts are stored in English first, whatever the language of who creates the company
        Policy = self.env["customer.value.policy"].sudo().with_context(lang="en_US", mail_create_nolog=True)
        with_policy = Policy.with_context(active_test=False).search([("company_id", "in", self.ids)]).company_id
        policies = Policy.create([Policy._prepare_default_policy(company) for company in self - with_policy])
        policies._translate_defaults([code for code, _name in self.env["res.lang"].get_installed()])

from odoo import api, fields, models


class CustomerValueAssign(models.TransientModel):
    """Assign a tier to one or many customers manually."""

    _name = "customer.value.assign"
    _description = "Assign a Tier"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", required=True, help="Contacts are represented by their company."
    )
    tier_id = fields.Many2one(
        "customer.value.tier",
        required=True,
        domain="[('policy_id.state', '=', 'active'), ('company_id', '=', company_id)]",
    )
    reason = fields.Text(required=True)
    date_until = fields.Date(
        string="Until", help="Last day of validity. Leave empty if it applies until ended manually."
    )
    needs_approval = fields.Boolean(compute="_compute_needs_approval")

    @api.model
    def default_get(self, fields_list):
        """Take the customers from a list of partners or of scores."""
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        if "partner_ids" in fields_list and model in ("res.partner", "customer.value.score"):
            company, partners = self.env["customer.value.run"]._split_selection(
                self.env[model].browse(ids), self.env.company
            )
            values["partner_ids"] = [fields.Command.set(partners.ids)]
            values["company_id"] = company.id
        return values

    @api.depends("tier_id")
    def _compute_needs_approval(self):
        for wizard in self:
            wizard.needs_approval = wizard.tier_id._needs_approval()

    def action_assign(self):
        """Create the overrides and show them."""
        self.ensure_one()
        overrides = self.env["customer.value.override"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company_id.id,
                    "tier_id": self.tier_id.id,
                    "reason": self.reason,
                    "date_until": self.date_until,
                }
                for partner in self.partner_ids.commercial_partner_id
            ]
        )
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_override")
        return action | {"domain": [("id", "in", overrides.ids)], "context": {}}

from odoo import api, fields, models


class CustomerValueHandOverWizardLine(models.TransientModel):
    """The recipients of the customers of a tier."""

    _name = "customer.value.hand.over.wizard.line"
    _description = "Tier to Reassign"

    wizard_id = fields.Many2one("customer.value.hand.over.wizard", required=True, ondelete="cascade")
    # without one: customers without a tier, and leads without a customer
    tier_id = fields.Many2one("customer.value.tier")
    tier_name = fields.Char(compute="_compute_tier_name", string="Tier of the Customers")
    user_ids = fields.Many2many(
        "res.users",
        string="Assigned To",
        help="Several users share the customers evenly. Leave empty to keep them unchanged.",
    )
    names_user = fields.Boolean(help="The leaving user is the account manager of the customers of this tier.")
    tier_user_id = fields.Many2one(
        "res.users",
        string="New Account Manager",
        compute="_compute_tier_user_id",
        store=True,
        readonly=False,
        help="The leaving user is the account manager of this tier. From now on, it is this user.",
    )
    customer_count = fields.Integer(string="Customers")
    quotation_count = fields.Integer(string="Quotations")
    lead_count = fields.Integer(string="Leads")
    ticket_count = fields.Integer(string="Tickets")
    activity_count = fields.Integer(string="Activities")

    @api.depends("tier_id")
    def _compute_tier_name(self):
        for line in self:
            line.tier_name = line.tier_id.name or self.env._("No tier")

    @api.depends("user_ids", "names_user")
    def _compute_tier_user_id(self):
        for line in self:
            if not line.names_user:
                line.tier_user_id = False
            elif not line.tier_user_id:
                line.tier_user_id = line.user_ids[:1]._origin

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...models.care.portfolio import COUNTS


class CustomerValueHandOverWizard(models.TransientModel):
    """Ask which user leaves and which users receive what, show how much it is, and reassign it."""

    _name = "customer.value.hand.over.wizard"
    _description = "Reassign Customers"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    from_user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        required=True,
        context={"active_test": False},
        domain="[('share', '=', False)]",
        help="User whose customers and open work are reassigned. Archived users can be chosen as well.",
    )
    partner_ids = fields.Many2many(
        "res.partner", string="Customers", help="Only these customers. Leave empty for all customers."
    )
    line_ids = fields.One2many(
        "customer.value.hand.over.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )
    is_empty = fields.Boolean(compute="_compute_is_empty")
    names_user = fields.Boolean(compute="_compute_names_user")
    send_letters = fields.Boolean(
        default=True, help="Each recipient receives a list of their new customers, and you receive a summary."
    )
    hand_over_id = fields.Many2one("customer.value.hand.over", string="Reassignment", readonly=True)

    @api.model
    def default_get(self, fields_list):
        """Take the customers from a list of partners or of scores, and their manager if they have the same."""
        values = super().default_get(fields_list)
        model, ids = self.env.context.get("active_model"), self.env.context.get("active_ids") or []
        if model in ("res.partner", "customer.value.score") and ids:
            records = self.env[model].browse(ids)
            partners = (records if model == "res.partner" else records.partner_id).commercial_partner_id
            values["partner_ids"] = [Command.set(partners.ids)]
            if len(partners.user_id) == 1:
                values["from_user_id"] = partners.user_id.id
        return values

    @api.depends("company_id", "from_user_id", "partner_ids")
    def _compute_line_ids(self):
        HandOver = self.env["customer.value.hand.over"]
        for wizard in self:
            lines = [Command.clear()]
            company, user = wizard.company_id, wizard.from_user_id
            if company and user:
                HandOver._check_may_hand_over(company)
                # sudo: as in _hand_over; only numbers are shown
                counts = HandOver.sudo()._collect(company, user._origin, wizard.partner_ids._origin or None).count()
                naming = HandOver._tiers_naming(company, user._origin)
                tiers = self.env["customer.value.tier"].browse(filter(None, counts)) | naming.filtered(
                    lambda tier: tier.policy_id.state == "active"
                )
                for tier in [*tiers.sorted("entry_score", reverse=True), tiers.browse()]:
                    if tier or counts.get(False):
                        found = counts.get(tier.id or False, dict.fromkeys(COUNTS, 0))
                        lines.append(Command.create({"tier_id": tier.id, "names_user": tier in naming, **found}))
            wizard.line_ids = lines

    @api.depends("line_ids", "from_user_id")
    def _compute_is_empty(self):
        for wizard in self:
            wizard.is_empty = bool(wizard.from_user_id and not wizard.line_ids)

    @api.depends("line_ids.names_user")
    def _compute_names_user(self):
        for wizard in self:
            wizard.names_user = any(wizard.line_ids.mapped("names_user"))

    def action_hand_over(self):
        """Hand over, once, and show the record of it.

        :raise UserError: no recipient was chosen, or see ``customer.value.hand.over._hand_over``
        """
        self.ensure_one()
        if not self.hand_over_id:
            if not self.line_ids.user_ids and not self.line_ids.tier_user_id:
                raise UserError(self.env._("Choose a recipient for at least one tier."))
            self.hand_over_id = self.env["customer.value.hand.over"]._hand_over(
                self.company_id,
                self.from_user_id,
                {line.tier_id.id: line.user_ids for line in self.line_ids},
                partners=self.partner_ids or None,
                tier_managers={line.tier_id.id: line.tier_user_id for line in self.line_ids if line.tier_id},
                letters=self.send_letters,
            )
        return self.hand_over_id._get_records_action()

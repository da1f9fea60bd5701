from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

KINDS = [
    ("coupon", "Coupon"),
    ("gift_card", "Gift card"),
    ("discount", "Discount"),
    ("pricelist", "Price list for a time"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("letter", "Letter"),
    ("ticket", "Free service ticket"),
]
CARD_KINDS = ("coupon", "gift_card", "discount")
ACTIVITY_KINDS = ("call", "visit")
# What customers of a campaign under way have been promised; it does not change while some have it already.
TERMS = {
    "kind",
    "discount_mode",
    "amount",
    "discount_percent",
    "maximum_amount",
    "minimum_order",
    "valid_days",
    "program_id",
    "pricelist_id",
    "expected_discount",
    "contact_cost",
    "company_id",
}


class CustomerRetentionOffer(models.Model):
    """What customers of a campaign get, out of Odoo's own means, and what it costs.

    All money is in the company's currency. Which fields count depends on the kind; the others are ignored.
    """

    _name = "customer.retention.offer"
    _description = "Retention Offer"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    kind = fields.Selection(KINDS, required=True, default="call")
    reason_ids = fields.Many2many("customer.retention.reason", string="Against", help="Empty: any reason.")
    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="For Tiers",
        check_company=True,
        domain=[("policy_id.state", "!=", "draft")],
        help="Empty: customers of any tier, or of none.",
    )

    # Codes
    program_id = fields.Many2one(
        "loyalty.program",
        string="Loyalty Program",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="The codes belong to it. Empty: a program is made when the first code is.",
    )
    made_program_id = fields.Many2one("loyalty.program", readonly=True, copy=False, ondelete="set null")
    discount_mode = fields.Selection(
        [("percent", "Percentage"), ("amount", "Amount")], string="Discount In", required=True, default="percent"
    )
    amount = fields.Monetary(
        help="What a code is worth. Of a coupon or gift card, what one order leaves stays for the next; a discount is "
        "given once."
    )
    discount_percent = fields.Float(string="Discount (%)", digits="Discount")
    maximum_amount = fields.Monetary(
        string="At Most", help="The most that the percentage may come to. This is what the budget counts."
    )
    minimum_order = fields.Monetary(help="Taxes included. Smaller orders do not take the code.")
    valid_days = fields.Integer(
        string="Valid (days)", default=30, required=True, help="Counted from the day on which the customer gets it."
    )

    # A price list for a time
    pricelist_id = fields.Many2one("product.pricelist", check_company=True, ondelete="restrict")
    expected_discount = fields.Monetary(
        help="What the price list is expected to take off the orders of a customer in all that time: an estimate, for "
        "the budget."
    )

    # Calls and visits
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', [False, 'res.partner'])]",
        compute="_compute_activity_type_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    daily_capacity = fields.Integer(
        string="A Day and Person",
        default=5,
        required=True,
        help="So many customers each person takes on a working day.",
    )

    # Letters
    template_id = fields.Many2one(
        "mail.template",
        string="Letter",
        domain="[('model', '=', 'customer.retention.member')]",
        compute="_compute_template_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        help="Written in the language of who receives it.",
    )

    # Tickets
    helpdesk_team_id = fields.Many2one("helpdesk.ticket.team", string="Team", check_company=True, ondelete="restrict")
    helpdesk_category_id = fields.Many2one(
        "helpdesk.ticket.category", string="Category", check_company=True, ondelete="restrict"
    )

    note = fields.Text(translate=True, help="For who does it: what to say, what to bring, what to look at.")
    contact_cost = fields.Monetary(
        string="Cost per Customer",
        help="Time, travel, postage or parts: what it costs besides what is promised. Booked for each customer.",
    )
    minimum_margin = fields.Float(
        string="Margin to Keep (%)",
        digits="Discount",
        help="Customers whose average order would keep less than this after the offer do not get it. 0: nobody is "
        "sold to at a loss.",
    )
    unit_cost = fields.Monetary(
        string="Counts in the Budget",
        compute="_compute_unit_cost",
        help="For each customer: cost, and what is promised.",
    )

    _amounts = models.Constraint(
        "CHECK(COALESCE(amount, 0) >= 0 AND COALESCE(maximum_amount, 0) >= 0 AND COALESCE(minimum_order, 0) >= 0"
        " AND COALESCE(expected_discount, 0) >= 0 AND COALESCE(contact_cost, 0) >= 0)",
        "The amounts and costs of an offer cannot be negative.",
    )
    _percentages = models.Constraint(
        "CHECK(COALESCE(discount_percent, 0) BETWEEN 0 AND 100 AND COALESCE(minimum_margin, 0) BETWEEN 0 AND 100)",
        "The discount and the margin to keep lie between 0% and 100%.",
    )
    _counts = models.Constraint(
        "CHECK(valid_days BETWEEN 1 AND 1830 AND daily_capacity BETWEEN 1 AND 1000)",
        "An offer is valid for 1 to 1,830 days, and a person takes 1 to 1,000 customers a day.",
    )

    # -- computed ----------------------------------------------------------------------------------------------------

    @api.depends("kind")
    def _compute_activity_type_id(self):
        ours = {
            "call": self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False),
            "visit": self.env.ref("mail.mail_activity_data_meeting", raise_if_not_found=False),
        }
        for offer in self:
            if offer.kind in ours and (not offer.activity_type_id or offer.activity_type_id in ours.values()):
                offer.activity_type_id = ours[offer.kind] or self.env["mail.activity.type"]
            else:
                offer.activity_type_id = offer.activity_type_id

    @api.model
    def _get_default_templates(self):
        """:return: ``{kind: external id of the letter that comes with the module}``"""
        coupon = "customer_value.mail_template_retention_coupon"
        return dict.fromkeys(CARD_KINDS, coupon) | {"letter": "customer_value.mail_template_retention_win_back"}

    @api.depends("kind")
    def _compute_template_id(self):
        defaults = {
            kind: self.env.ref(xmlid, raise_if_not_found=False) for kind, xmlid in self._get_default_templates().items()
        }
        for offer in self:
            ours = [template for template in defaults.values() if template]
            if not offer.template_id or offer.template_id in ours:
                offer.template_id = defaults.get(offer.kind) or False
            else:
                offer.template_id = offer.template_id

    @api.depends("kind", "discount_mode", "amount", "maximum_amount", "expected_discount", "contact_cost")
    def _compute_unit_cost(self):
        for offer in self:
            offer.unit_cost = sum(offer._get_unit_cost())

    def _get_unit_cost(self):
        """What one customer costs: booked when the offer is made, and bounded together by the budget.

        :return: ``(cost, face value)`` in the company's currency. ``cost`` is spent on the customer; the face value is
            promised to him and lowers the margin of his orders once he uses it. That of a percentage is the most it
            may come to, that of a price list an estimate. No offer costs nothing.
        """
        face_value = 0.0
        if self.kind in CARD_KINDS:
            face_value = self.maximum_amount if self._is_percentage() else self.amount
        elif self.kind == "pricelist":
            face_value = self.expected_discount
        return self.contact_cost or 0.0, face_value or 0.0

    def _is_percentage(self):
        return self.kind == "discount" and self.discount_mode == "percent"

    # -- guards ------------------------------------------------------------------------------------------------------

    @api.constrains(
        "kind",
        "discount_mode",
        "amount",
        "discount_percent",
        "maximum_amount",
        "minimum_order",
        "pricelist_id",
        "expected_discount",
        "activity_type_id",
        "template_id",
        "program_id",
        "tier_ids",
        "company_id",
    )
    def _check_complete(self):
        for offer in self:
            message = offer._get_gap()
            if message:
                raise ValidationError(message)

    def _get_gap(self):
        """:return: what is missing or wrong in words, or None"""
        name = self.name
        if self.kind in CARD_KINDS and not self._is_percentage() and not self.amount:
            return self.env._("Enter the amount that a code of the offer %s is worth.", name)
        if self._is_percentage() and not self.discount_percent:
            return self.env._("Enter the percentage of the offer %s.", name)
        if self._is_percentage() and not self.maximum_amount:
            return self.env._(
                "Enter the most that the percentage of the offer %s may come to: without it no budget could be kept.",
                name,
            )
        if self.kind in ("coupon", "discount") and not self._is_percentage() and 0 < self.minimum_order < self.amount:
            return self.env._("The smallest order that takes a code of the offer %s is below its amount.", name)
        if self.kind == "pricelist" and not self.pricelist_id:
            return self.env._("Choose the price list of the offer %s.", name)
        if self.kind == "pricelist" and not self.expected_discount:
            return self.env._(
                "Estimate what the price list of the offer %s takes off a customer's orders: the budget counts it.",
                name,
            )
        if self.kind in ACTIVITY_KINDS and not self.activity_type_id:
            return self.env._("Choose the type of activity of the offer %s.", name)
        if self.kind == "letter" and not self.template_id:
            return self.env._("Choose the letter of the offer %s.", name)
        if self.template_id and self.template_id.model != "customer.retention.member":
            return self.env._("The letter of the offer %s is not one for campaigns. Choose another.", name)
        return None

    def write(self, vals):
        """:raise UserError: the terms change of what customers of a campaign under way have been promised"""
        changed = TERMS & vals.keys()
        if changed:
            # sudo: campaigns of other companies of the user count, too
            campaigns = self.env["customer.retention.campaign"].sudo()
            used = campaigns.search([("offer_id", "in", self.ids), ("state", "in", ("running", "paused"))], limit=1)
            if used and self._differs(vals, changed):
                raise UserError(
                    self.env._(
                        "The campaign %(campaign)s makes this offer. Copy the offer and change the copy, or end the "
                        "campaign first.",
                        campaign=used.name,
                    )
                )
        return super().write(vals)

    def _differs(self, vals, names):
        for offer in self:
            for name in names:
                field = offer._fields[name]
                value = field.convert_to_record(field.convert_to_cache(vals[name], offer), offer)
                if value != offer[name]:
                    return True
        return False

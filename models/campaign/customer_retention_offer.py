from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..core.differing import get_differing

KINDS = [
    ("coupon", "Coupon"),
    ("gift_card", "Gift card"),
    ("discount", "Discount"),
    ("pricelist", "Temporary pricelist"),
    ("call", "Call"),
    ("visit", "Visit"),
    ("letter", "Letter"),
    ("ticket", "Free service ticket"),
]

CARD_KINDS = ("coupon", "gift_card", "discount")

ACTIVITY_KINDS = ("call", "visit")

# Promises to customers of a running campaign; they do not change while some have the offer already.
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

# What the program of the codes says of an offer; under other terms codes need another program.
PROGRAM_TERMS = {"kind", "discount_mode", "discount_percent", "maximum_amount", "minimum_order", "company_id"}


class CustomerRetentionOffer(models.Model):
    """What customers of a campaign get, out of Odoo's own means, and what it costs.

    All money is in the company's currency. Which fields count depends on the kind; the others are ignored.
    """

    _name = "customer.retention.offer"
    _description = "Retention Offer"
    _inherit = ["customer.value.company.record"]
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
    reason_ids = fields.Many2many("customer.retention.reason", string="For Reasons", help="Leave empty for any reason.")
    tier_ids = fields.Many2many(
        "customer.value.tier",
        string="For Tiers",
        check_company=True,
        domain=[("policy_id.state", "!=", "draft")],
        help="Leave empty for customers of any tier or without a tier.",
    )

    # Codes
    program_id = fields.Many2one(
        "loyalty.program",
        string="Loyalty Program",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Program of the codes. Leave empty to generate a program with the first code.",
    )
    made_program_id = fields.Many2one(
        "loyalty.program", readonly=True, copy=False, ondelete="set null", string="Generated Program"
    )
    discount_mode = fields.Selection(
        [("percent", "Percentage"), ("amount", "Amount")], string="Discount In", required=True, default="percent"
    )
    amount = fields.Monetary(
        help="Value of the code. The unused balance of a coupon or gift card is kept for later orders; a discount "
        "can be used once."
    )
    discount_percent = fields.Float(string="Discount (%)", digits="Discount")
    maximum_amount = fields.Monetary(
        string="Max. Amount", help="Maximum amount of the percentage discount. The budget is based on this amount."
    )
    minimum_order = fields.Monetary(help="Taxes included. The code cannot be used for smaller orders.")
    valid_days = fields.Integer(
        string="Valid (days)", default=30, required=True, help="Counted from the day the customer receives it."
    )

    # A temporary pricelist
    pricelist_id = fields.Many2one("product.pricelist", check_company=True, ondelete="restrict")
    expected_discount = fields.Monetary(
        help="Estimated reduction of a customer's orders by the pricelist over the entire validity, for the budget."
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
        string="Daily Capacity per Person",
        default=5,
        required=True,
        help="Number of customers each person handles per working day.",
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
        help="Written in the language of the recipient.",
    )

    # Tickets
    helpdesk_team_id = fields.Many2one("helpdesk.ticket.team", string="Team", check_company=True, ondelete="restrict")
    helpdesk_category_id = fields.Many2one(
        "helpdesk.ticket.category", string="Category", check_company=True, ondelete="restrict"
    )

    note = fields.Text(translate=True, help="Notes for the assigned user: what to say, bring or check.")
    contact_cost = fields.Monetary(
        string="Cost per Customer",
        help="Time, travel, postage or parts: cost in addition to the promised amount. Booked per customer.",
    )
    minimum_margin = fields.Float(
        string="Minimum Margin (%)",
        digits="Discount",
        help="Customers whose average order would have a lower margin after the offer do not receive it. 0: no "
        "sales below cost.",
    )
    unit_cost = fields.Monetary(
        string="Budgeted Cost",
        compute="_compute_unit_cost",
        help="Per customer: cost plus promised amount.",
    )

    _amounts = models.Constraint(
        "CHECK(COALESCE(amount, 0) >= 0 AND COALESCE(maximum_amount, 0) >= 0 AND COALESCE(minimum_order, 0) >= 0"
        " AND COALESCE(expected_discount, 0) >= 0 AND COALESCE(contact_cost, 0) >= 0)",
        "The amounts and costs of an offer cannot be negative.",
    )
    _percentages = models.Constraint(
        "CHECK(COALESCE(discount_percent, 0) BETWEEN 0 AND 100 AND COALESCE(minimum_margin, 0) BETWEEN 0 AND 100)",
        "The discount and the minimum margin must be between 0% and 100%.",
    )
    _counts = models.Constraint(
        "CHECK(valid_days BETWEEN 1 AND 1830 AND daily_capacity BETWEEN 1 AND 1000)",
        "An offer must be valid for 1 to 1,830 days, and the daily capacity per person must be between 1 and "
        "1,000 customers.",
    )

    def _translate_defaults(self, langs):
        """Translate names that are still those of the usual offers. What a user wrote stays.

        :param langs: codes of languages; those that are not installed are left out
        """
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        Company = self.env["res.company"]
        english = Company.with_context(lang="en_US")._get_retention_offer_names()
        for lang in installed.intersection(langs) - {"en_US"}:
            names = dict(zip(english, Company.with_context(lang=lang)._get_retention_offer_names(), strict=True))
            for offer in self.with_context(lang=lang):
                # without a translation, this is the English name
                name = names.get(offer.name, offer.name)
                if name != offer.name:
                    offer.update_field_translations("name", {lang: name})

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
            return self.env._("Enter the amount of the codes of the offer %s.", name)
        if self._is_percentage() and not self.discount_percent:
            return self.env._("Enter the percentage of the offer %s.", name)
        if self._is_percentage() and not self.maximum_amount:
            return self.env._(
                "Enter the maximum amount of the percentage discount of the offer %s, so that the budget can be "
                "controlled.",
                name,
            )
        if self.kind in ("coupon", "discount") and not self._is_percentage() and 0 < self.minimum_order < self.amount:
            return self.env._("The minimum order of the offer %s is below the amount of its code.", name)
        if self.kind == "pricelist" and not self.pricelist_id:
            return self.env._("Choose a pricelist for the offer %s.", name)
        if self.kind == "pricelist" and not self.expected_discount:
            return self.env._(
                "Estimate how much the pricelist of the offer %s reduces a customer's orders: it is included in the "
                "budget.",
                name,
            )
        if self.kind in ACTIVITY_KINDS and not self.activity_type_id:
            return self.env._("Choose an activity type for the offer %s.", name)
        if self.kind == "letter" and not self.template_id:
            return self.env._("Choose a letter for the offer %s.", name)
        if self.template_id and self.template_id.model != "customer.retention.member":
            return self.env._("The letter of the offer %s is not intended for campaigns. Choose another one.", name)
        return None

    @api.constrains(
        "kind", "discount_mode", "amount", "discount_percent", "maximum_amount", "minimum_order", "program_id"
    )
    def _check_program(self):
        for offer in self.filtered(lambda offer: offer.kind in CARD_KINDS and offer.program_id):
            message = offer._get_program_gap()
            if message:
                raise ValidationError(message)

    def _get_program_gap(self):
        """:return: why the program chosen does not give what the offer says, in words, or None"""
        # sudo: users who make offers need not manage loyalty programs
        program = self.program_id.sudo()
        reward = program.reward_ids
        name = program.name
        same = self.currency_id.compare_amounts
        if program.program_type != ("gift_card" if self.kind == "gift_card" else "coupons"):
            return self.env._("The program %s does not issue codes of this type. Choose another one, or none.", name)
        if len(reward) != 1 or reward.reward_type != "discount":
            return self.env._(
                "The program %s must have exactly one reward, a discount. Choose another one, or none.", name
            )
        if self._is_percentage():
            # what the program calls 0 is without a limit
            limit = self._from_program(program, reward.discount_max_amount)
            if reward.discount_mode != "percent" or reward.discount != self.discount_percent:
                return self.env._("The program %s has a different percentage.", name)
            if not limit or same(limit, self.maximum_amount) > 0:
                return self.env._(
                    "The program %(program)s must limit its discount to %(limit)s.",
                    program=name,
                    limit=self.currency_id.format(self.maximum_amount),
                )
        elif reward.discount_mode == "per_order" and self.kind == "discount":
            if same(self._from_program(program, reward.discount), self.amount):
                return self.env._("The program %s has a different amount.", name)
        elif reward.discount_mode != "per_point":
            return self.env._(
                "The program %s does not convert points into money, so it cannot issue codes of any amount.", name
            )
        elif self.kind == "discount" and not reward.clear_wallet:
            return self.env._(
                "The program %s keeps the unused balance of a code. Change the offer type to coupon, or choose "
                "another program.",
                name,
            )
        if self.kind != "gift_card" and same(self._get_program_minimum(program), self.minimum_order):
            return self.env._("The program %s has a different minimum order.", name)
        return None

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
    def _get_company_domain(self, companies):
        return [("company_id", "in", companies.ids)]

    def _get_step_terms(self):
        """How a customer is offered this in person, see ``res.partner._get_next_steps``."""
        self.ensure_one()
        planned = self.activity_type_id.id
        if not planned:
            planned = self.env["res.partner"]._find_activity_type("email" if self.kind == "letter" else "todo")
        return {"title": self.name, "offer": self.name, "activity_type_id": planned}

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

    @api.model
    def _get_default_templates(self):
        """:return: ``{kind: external id of the letter that comes with the module}``"""
        coupon = "customer_value.mail_template_retention_coupon"
        return dict.fromkeys(CARD_KINDS, coupon) | {"letter": "customer_value.mail_template_retention_win_back"}

    @api.depends("kind", "discount_mode", "amount", "maximum_amount", "expected_discount", "contact_cost")
    def _compute_unit_cost(self):
        for offer in self:
            offer.unit_cost = sum(offer._get_unit_cost())

    @api.onchange("program_id")
    def _onchange_program_id(self):
        """Take the terms of a program that is chosen: they must not contradict each other."""
        program = self.program_id
        reward = program.reward_ids[:1]
        if not reward or self.kind not in CARD_KINDS:
            return
        self.minimum_order = self._get_program_minimum(program)
        if self.kind == "discount":
            self.discount_mode = "percent" if reward.discount_mode == "percent" else "amount"
            self.discount_percent = reward.discount if reward.discount_mode == "percent" else 0.0
            self.maximum_amount = self._from_program(program, reward.discount_max_amount)
            if reward.discount_mode == "per_order":
                self.amount = self._from_program(program, reward.discount)

    def write(self, vals):
        """:raise UserError: the terms of an offer of a running campaign would change"""
        changed = TERMS & vals.keys()
        if changed:
            # sudo: campaigns of other companies of the user count, too
            campaigns = self.env["customer.retention.campaign"].sudo()
            used = campaigns.search([("offer_id", "in", self.ids), ("state", "in", ("running", "paused"))], limit=1)
            if used and self._would_change(vals, changed):
                raise UserError(
                    self.env._(
                        "This offer is used by the campaign %(campaign)s. Copy the offer and change the copy, or end "
                        "the campaign first.",
                        campaign=used.name,
                    )
                )
        # codes that customers hold keep the program with the terms that they were given under
        outdated = self.filtered(lambda offer: offer.made_program_id and offer._would_change(vals, PROGRAM_TERMS))
        result = super().write(vals)
        # sudo: made by the system, and closed to users
        outdated.sudo().made_program_id = False
        return result

    def _would_change(self, vals, names):
        """:return: whether writing ``vals`` changes one of the fields ``names`` of one of these offers"""
        concerned = {name: value for name, value in vals.items() if name in names}
        return any(get_differing(offer, concerned) for offer in self)

    # -- what it costs -------------------------------------------------------------------------------------------------

    def _get_unit_cost(self):
        """What one customer costs: booked when the offer is made, and bounded together by the budget.

        :return: ``(cost, face value)`` in the company's currency. ``cost`` is spent on the customer; the face value is
            promised to them and lowers the margin of their orders once they use it. That of a percentage is the most it
            may come to, that of a pricelist an estimate. No offer costs nothing.
        """
        face_value = 0.0
        if self.kind in CARD_KINDS:
            face_value = self.maximum_amount if self._is_percentage() else self.amount
        elif self.kind == "pricelist":
            face_value = self.expected_discount
        return self.contact_cost or 0.0, face_value or 0.0

    def _is_percentage(self):
        return self.kind == "discount" and self.discount_mode == "percent"

    # -- coupons, gift cards and discounts: the loyalty program that their codes belong to -----------------------------

    def _get_program(self):
        """The program of the codes; made when it is needed first. Call with sudo.

        Gift cards are taken from the company's own program, if there is one in its currency.

        :raise UserError: the program chosen does not give what the offer says any more
        """
        self.ensure_one()
        if self.program_id:
            gap = None
            if not self.program_id.active:
                gap = self.env._("The program %s is archived: its codes cannot be used.", self.program_id.name)
            elif self.program_id.currency_id == self.currency_id:
                # it may have been changed since it was chosen; amounts in another currency change by themselves
                gap = self._get_program_gap()
            if gap:
                raise UserError(gap)
        program = self.program_id or self.made_program_id.filtered("active")
        if program:
            return program
        if self.kind == "gift_card":
            program = self._find_gift_cards()
        if not program:
            Program = self.env["loyalty.program"].with_company(self.company_id)
            program = Program.create(self._prepare_program())
            for lang, _name in self.env["res.lang"].get_installed():
                name = self.with_context(lang=lang).name
                program.update_field_translations("name", {lang: name})
                program.reward_ids.update_field_translations("description", {lang: name})
        self.made_program_id = program
        return program

    def _find_gift_cards(self):
        return self.env["loyalty.program"].search(
            [
                ("program_type", "=", "gift_card"),
                ("company_id", "in", [self.company_id.id, False]),
                ("currency_id", "=", self.currency_id.id),
                ("sale_ok", "=", True),
                ("reward_ids.discount_mode", "=", "per_point"),
                ("reward_ids.discount", ">", 0),
            ],
            order="company_id, id",
            limit=1,
        )

    def _prepare_program(self):
        """A point is worth the smallest unit of money: of a coupon only whole points count."""
        gift = self.kind == "gift_card"
        reward = {
            "reward_type": "discount",
            "discount_applicability": "order",
            "required_points": 1,
            # the next order takes all of a discount, a coupon keeps what is left
            "clear_wallet": self.kind == "discount",
            "description": self.name,
        }
        if self._is_percentage():
            reward |= {
                "discount_mode": "percent",
                "discount": self.discount_percent,
                "discount_max_amount": self.maximum_amount,
            }
        else:
            reward |= {"discount_mode": "per_point", "discount": 1.0 if gift else self.currency_id.rounding}
        values = {
            "name": self.name,
            "company_id": self.company_id.id,
            "currency_id": self.currency_id.id,
            "retention_offer_id": self.id,
            "program_type": "gift_card" if gift else "coupons",
            # no letter of the program's own: the campaign's brings the code
            "communication_plan_ids": [],
            "reward_ids": [Command.create(reward)],
        }
        if self.minimum_order and not gift:
            rule = {"minimum_amount": self.minimum_order, "minimum_amount_tax_mode": "incl", "minimum_qty": 0}
            values["rule_ids"] = [Command.create(rule)]
        return values

    def _get_points(self, program, day):
        """What a card of ``program`` needs to be worth the offer on ``day``."""
        reward = program.reward_ids[:1]
        if reward.discount_mode != "per_point":
            return reward.required_points
        amount = self.currency_id._convert(self.amount, program.currency_id, self.company_id, day)
        return round(amount / reward.discount, 6)

    def _get_program_minimum(self, program):
        minimum = min(program.sudo().rule_ids.mapped("minimum_amount"), default=0.0)  # sudo: as above
        return self._from_program(program, minimum)

    def _from_program(self, program, amount):
        """``amount`` of the program's currency in that of the company, today."""
        return program.currency_id._convert(
            amount, self.currency_id, self.company_id, self.company_id._get_value_today()
        )

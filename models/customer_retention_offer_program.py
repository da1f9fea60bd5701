from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError

from .customer_retention_offer import CARD_KINDS


class CustomerRetentionOffer(models.Model):
    """Coupons, gift cards and discounts: the loyalty program that their codes belong to."""

    _inherit = "customer.retention.offer"

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
        # sudo: whoever makes offers need not manage loyalty programs
        program = self.program_id.sudo()
        reward = program.reward_ids
        name = program.name
        same = self.currency_id.compare_amounts
        if program.program_type != ("gift_card" if self.kind == "gift_card" else "coupons"):
            return self.env._("The program %s does not give codes of this kind. Choose another, or none.", name)
        if len(reward) != 1 or reward.reward_type != "discount":
            return self.env._("The program %s must have one reward, a discount. Choose another, or none.", name)
        if self._is_percentage():
            # what the program calls 0 is without a limit
            limit = self._from_program(program, reward.discount_max_amount)
            if reward.discount_mode != "percent" or reward.discount != self.discount_percent:
                return self.env._("The program %s does not give this percentage.", name)
            if not limit or same(limit, self.maximum_amount) > 0:
                return self.env._(
                    "The program %(program)s must limit its discount to %(limit)s.",
                    program=name,
                    limit=self.currency_id.format(self.maximum_amount),
                )
        elif reward.discount_mode == "per_order" and self.kind == "discount":
            if same(self._from_program(program, reward.discount), self.amount):
                return self.env._("The program %s does not give this amount.", name)
        elif reward.discount_mode != "per_point":
            return self.env._(
                "The program %s does not give money for points: it cannot hold codes of any amount.", name
            )
        elif self.kind == "discount" and not reward.clear_wallet:
            return self.env._(
                "The program %s keeps what an order leaves of a code. Make it a coupon, or choose another program.",
                name,
            )
        if self.kind != "gift_card" and same(self._get_program_minimum(program), self.minimum_order):
            return self.env._("The smallest order that the program %s takes is another.", name)
        return None

    def _from_program(self, program, amount):
        """``amount`` of the program's currency in that of the company, today."""
        return program.currency_id._convert(amount, self.currency_id, self.company_id, fields.Date.context_today(self))

    def _get_program_minimum(self, program):
        minimum = min(program.sudo().rule_ids.mapped("minimum_amount"), default=0.0)  # sudo: as above
        return self._from_program(program, minimum)

    def write(self, vals):
        """Codes that customers hold keep the program with the terms that they were given under."""
        terms = {"kind", "discount_mode", "discount_percent", "maximum_amount", "minimum_order", "company_id"}
        outdated = self.filtered(lambda offer: offer.made_program_id and offer._differs(vals, terms & vals.keys()))
        result = super().write(vals)
        # sudo: made by the system, and closed to users
        outdated.sudo().made_program_id = False
        return result

    def _get_program(self):
        """The program of the codes; made when it is needed first. Call with sudo.

        Gift cards are taken from the company's own program, if there is one in its currency.

        :raise UserError: the program chosen does not give what the offer says any more
        """
        self.ensure_one()
        if self.program_id:
            gap = None
            if not self.program_id.active:
                gap = self.env._("The program %s is archived: nobody could use a code of it.", self.program_id.name)
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

from odoo import Command, api, fields, models


class LoyaltyProgram(models.Model):
    """Redress of complaints is given out of one program of each kind in a company."""

    _inherit = "loyalty.program"

    complaint_redress = fields.Selection(
        [
            ("coupon", "Coupons"),
            ("gift_card", "Gift cards"),
            ("next_discount", "Discounts on the next order"),
        ],
        copy=False,
        help="Coupons that compensate complaints belong to this program.",
    )

    _complaint_redress_unique = models.UniqueIndex(
        "(company_id, complaint_redress) WHERE complaint_redress IS NOT NULL AND active",
        "The company already has a program for this complaint redress. Use that one, or try again.",
    )

    @api.model
    def _get_complaint_program(self, company, kind):
        """The program of ``company`` for redress of ``kind``; made when it is needed first. Call with sudo."""
        program = self.search([("complaint_redress", "=", kind), ("company_id", "=", company.id)], limit=1)
        if not program and kind == "gift_card":
            program = self.search(
                [
                    ("program_type", "=", "gift_card"),
                    ("company_id", "in", [company.id, False]),
                    ("currency_id", "=", company.currency_id.id),
                    ("sale_ok", "=", True),
                    ("reward_ids.discount_mode", "=", "per_point"),
                    ("reward_ids.discount", ">", 0),
                ],
                order="company_id, id",
                limit=1,
            )
        if program:
            return program
        values = self._prepare_complaint_program(company, kind)
        return self.with_company(company).with_context(lang="en_US").create(values)

    @api.model
    def _prepare_complaint_program(self, company, kind):
        """A point is worth the smallest unit of money: of a coupon only whole points count."""
        labels = {
            "coupon": self.env._("Redress: coupons"),
            "gift_card": self.env._("Redress: gift cards"),
            "next_discount": self.env._("Redress: discounts on the next order"),
        }
        gift = kind == "gift_card"
        reward = {
            "reward_type": "discount",
            "discount_mode": "per_point",
            "discount": 1.0 if gift else company.currency_id.rounding,
            "discount_applicability": "order",
            "required_points": 1,
            # the next order takes all of it, a coupon keeps what is left
            "clear_wallet": kind == "next_discount",
            "description": labels[kind],
        }
        return {
            "name": labels[kind],
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "complaint_redress": kind,
            "program_type": "gift_card" if gift else "coupons",
            # no letter of the program's own
            "communication_plan_ids": [],
            "reward_ids": [Command.create(reward)],
        }

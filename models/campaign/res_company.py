from math import floor, log10

from odoo import api, fields, models
from odoo.tools import SQL

from ..scoring.customer_value_source import Scope

# Part of an average order that a coupon is worth unless somebody says otherwise.
COUPON_SHARE = 0.05

HIGH_TIERS = 2


class ResCompany(models.Model):
    """The offers that campaigns of a company begin with."""

    _inherit = "res.company"

    def _create_value_defaults(self):
        result = super()._create_value_defaults()
        self._create_retention_offers()
        return result

    def _create_retention_offers(self):
        """Give companies without any offers the usual ones, so that the first campaign needs no set-up."""
        # visits are for high tiers
        self._create_default_value_policy()
        # sudo: users who create a company need no rights here; texts are stored in English first
        Offer = self.env["customer.retention.offer"].sudo().with_context(lang="en_US")
        present = Offer.with_context(active_test=False).search([("company_id", "in", self.ids)]).company_id
        for company in self - present:
            offers = Offer.create(company._prepare_retention_offers())
            offers._translate_defaults([code for code, _name in self.env["res.lang"].get_installed()])

    @api.model
    def _get_retention_offer_names(self):
        return [
            self.env._("Call"),
            self.env._("Visit"),
            self.env._("Letter of apology"),
            self.env._("Letter: we miss you"),
            self.env._("Coupon"),
            self.env._("Free service"),
        ]

    def _prepare_retention_offers(self):
        """:return: values of the usual offers, in the order of their names"""
        self.ensure_one()
        policy = self.env["customer.value.policy"].sudo()._get_active(self)  # sudo: as above
        high = policy.tier_ids.sorted("entry_score", reverse=True)[:HIGH_TIERS]
        amount = self._get_retention_coupon_amount()
        apology = self.env.ref("customer_value.mail_template_retention_apology", raise_if_not_found=False)
        miss = self.env.ref("customer_value.mail_template_retention_win_back", raise_if_not_found=False)
        offers = [
            {"kind": "call"},
            {"kind": "visit", "daily_capacity": 2, "tier_ids": high.ids},
            {"kind": "letter", "template_id": apology.id, "reasons": ("complaint", "dispute", "loss_service")}
            if apology
            else {"kind": "call"},
            {"kind": "letter", "template_id": miss.id, "reasons": ("loss_silence", "rhythm", "decline")}
            if miss
            else {"kind": "call"},
            {
                "kind": "coupon",
                "amount": amount,
                "minimum_order": 4 * amount,
                "valid_days": 60,
                "reasons": ("loss_price", "margin", "rhythm"),
            },
            {"kind": "ticket", "reasons": ("complaint", "loss_service")},
        ]
        # sudo: as above
        reasons = {reason.code: reason.id for reason in self.env["customer.retention.reason"].sudo().search([])}
        names = self.with_context(lang="en_US")._get_retention_offer_names()
        for number, (offer, name) in enumerate(zip(offers, names, strict=True), start=1):
            codes = offer.pop("reasons", ())
            offer |= {
                "name": name,
                "company_id": self.id,
                "sequence": number * 10,
                "reason_ids": [reasons[code] for code in codes if code in reasons],
            }
        return offers

    def _get_retention_coupon_amount(self):
        """A part of the average order, rounded to one digit; ten units of money, or a thousand, if nothing was sold."""
        since = fields.Datetime.subtract(fields.Datetime.now(), years=1)
        orders = SQL(
            """SELECT amount_untaxed / COALESCE(NULLIF(currency_rate, 0), 1) AS amount FROM sale_order
                    WHERE company_id = %s AND state = 'sale' AND amount_untaxed > 0 AND date_order > %s""",
            self.id,
            since,
        )
        Source = self.env["customer.value.source"]
        if Source._has_tills():
            scope = Scope.make(self, self._get_value_today(), 12)
            orders = SQL(
                """%s UNION ALL
                   SELECT own_amount FROM (%s) bought WHERE own_amount > 0 AND moment > %s AND company_id = %s""",
                orders,
                Source._till_purchases_sql(scope),
                since,
                self.id,
            )
        [[average]] = self.env.execute_query(SQL("SELECT avg(amount) FROM (%s) ordered", orders))
        amount = float(average or 0.0) * COUPON_SHARE
        if amount < 2 * self.currency_id.rounding:
            return 1000.0 if not self.currency_id.decimal_places else 10.0
        digit = 10.0 ** floor(log10(amount))
        return max(round(amount / digit) * digit, self.currency_id.rounding)

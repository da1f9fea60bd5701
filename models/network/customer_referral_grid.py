from odoo import api, models
from odoo.tools import format_amount
from odoo.tools.misc import formatLang

from .customer_referral_value import QUADRANTS


class CustomerReferralGrid(models.AbstractModel):
    """The page of own value beside referral value: four groups of customers, in the current company.

    The groups are those of Kumar, Petersen and Leone, "How Valuable Is Word of Mouth?", Harvard Business Review, 2007.
    """

    _name = "customer.referral.grid"
    _description = "Own Value and Referral Value"

    @api.model
    @api.readonly
    def get_page(self):
        """:return: dict for the page: ``company``, ``is_empty``, ``borders`` (sentence) and ``cells``, a dict of each
        group: ``label``, ``advice``, ``count``, ``own`` and ``referral`` (amounts, formatted), ``share``
        (of the customers, 0 to 1)
        """
        Value = self.env["customer.referral.value"]
        company = self.env.company
        own = [("company_id", "=", company.id)]
        groups = Value._read_group(own, ["quadrant"], ["__count", "own_value:sum", "referral_value:sum"])
        found = {quadrant: numbers for quadrant, *numbers in groups}
        total = sum(count for count, *_amounts in found.values())
        labels = dict(Value._fields["quadrant"]._description_selection(self.env))
        advice = self._get_advice()

        def money(amount):
            return format_amount(self.env, amount, company.currency_id)

        cells = {}
        for quadrant, _label in QUADRANTS:
            count, own_value, referral_value = found.get(quadrant, (0, 0, 0))
            cells[quadrant] = {
                "label": labels[quadrant],
                "advice": advice[quadrant],
                "count": formatLang(self.env, count, digits=0),
                "own": money(own_value),
                "referral": money(referral_value),
                "share": count / total if total else 0,
            }
        first = Value.search(own, limit=1)
        return {
            "company": company.name,
            "is_empty": not total,
            "borders": self.env._(
                "High: an own value above %(own)s, a referral value above %(referral)s.",
                own=money(first.own_border),
                referral=money(first.referral_border),
            ),
            "cells": cells,
        }

    @api.model
    def _get_advice(self):
        return {
            "champion": self.env._("Keep them, and thank them for each referral."),
            "affluent": self.env._("They buy much and refer little: ask them to recommend you."),
            "advocate": self.env._("They refer much and buy little: show them what else you sell."),
            "miser": self.env._("Offer something for a first referral, or for buying more."),
        }

from odoo import api, models
from odoo.tools import formatLang


class CustomerRetentionProfit(models.AbstractModel):
    """What the figures are called, what they are made of, and what is missing, in the language of the reader."""

    _inherit = "customer.retention.profit"

    @api.model
    def _get_labels(self):
        """:return: ``{key: (label, unit)}`` of every figure; units: money, count, number, share (percent), days, points
        and times
        """
        return {
            "tickets": (self.env._("Tickets and complaints closed"), "count"),
            "service": (self.env._("Service"), "money"),
            "redress": (self.env._("Redress of complaints"), "money"),
            "campaigns": (self.env._("Campaigns"), "money"),
            "face_value": (self.env._("Face value of offers"), "money"),
            "care": (self.env._("Care"), "money"),
            "keeping": (self.env._("Cost of keeping"), "money"),
            "margin_kept": (self.env._("Margin of customers kept"), "money"),
            "profit": (self.env._("Profit of keeping"), "money"),
            "base": (self.env._("Active before"), "count"),
            "kept": (self.env._("Customers kept"), "count"),
            "missed": (self.env._("Not kept"), "count"),
            "kept_share": (self.env._("Share kept"), "share"),
            "kept_expected": (self.env._("Customers expected"), "number"),
            "kept_difference": (self.env._("Customers beyond expectation"), "number"),
            "margin_expected": (self.env._("Margin expected"), "money"),
            "margin_difference": (self.env._("Margin beyond expectation"), "money"),
            "new": (self.env._("New customers"), "count"),
            "acquisition": (self.env._("Cost of winning"), "money"),
            "per_new": (self.env._("Winning one customer"), "money"),
            "per_kept": (self.env._("Keeping one customer"), "money"),
            "ratio": (self.env._("Winning over keeping"), "times"),
            "contacted": (self.env._("Had contact with service"), "count"),
            "ordered_after": (self.env._("Ordered afterwards"), "count"),
            "margin_after": (self.env._("Margin of these orders"), "money"),
            "won_after": (self.env._("Loops closed"), "count"),
            "won_margin": (self.env._("Margin of loops closed"), "money"),
            "measured": (self.env._("Campaigns measured"), "count"),
            "effect_total": (self.env._("Additional margin"), "money"),
            "effect_low": (self.env._("No less than"), "money"),
            "effect_high": (self.env._("No more than"), "money"),
            "effect_cost": (self.env._("Cost of these campaigns"), "money"),
            "effect_profit": (self.env._("Profit of these campaigns"), "money"),
            "effect_return": (self.env._("Return on their cost"), "share"),
            "answer_days": (self.env._("Days to the first answer"), "days"),
            "on_time": (self.env._("Answered in time"), "share"),
            "satisfaction": (self.env._("Satisfaction"), "points"),
            "bought_before": (self.env._("Ordered in the period before"), "count"),
            "bought_again": (self.env._("Ordered in both periods"), "count"),
            "loyalty": (self.env._("Loyalty"), "share"),
        }

    @api.model
    def _label(self, key):
        return self._get_labels()[key][0]

    @api.model
    def _money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.env.company.currency_id)

    @api.model
    def _get_hints(self, now):
        """What figures are made of, in words."""
        company = self.env.company.sudo()  # sudo: what the settings say
        hints = {
            "redress": self.env._("Carried out: %s", now["redress_count"]),
            "campaigns": self.env._("Offers made: %s", now["offers"]),
            "face_value": self.env._("In the margin already; not taken off again."),
            "care": self.env._(
                "Activities: %(activities)s, letters: %(letters)s",
                activities=now["activities"],
                letters=now["letters"],
            ),
        }
        if company.retention_service_account_id:
            hints["service"] = self.env._("Booked on %s", company.retention_service_account_id.display_name)
        elif now["service"] is not None:
            hints["service"] = self.env._(
                "Closed: %(count)s, at %(cost)s",
                count=now["tickets_counted"],
                cost=self._money(company.retention_ticket_cost),
            )
        if company.retention_acquisition_account_id:
            hints["acquisition"] = self.env._("Booked on %s", company.retention_acquisition_account_id.display_name)
        elif now["acquisition"] is not None:
            hints["acquisition"] = self.env._(
                "New: %(count)s, at %(cost)s", count=now["new"], cost=self._money(company.retention_acquisition_cost)
            )
        return hints

    @api.model
    def _get_missing(self):
        """:return: list of dict ``code`` and ``text``: what has to be entered before a figure can be shown"""
        company = self.env.company.sudo()  # sudo: what the settings say
        missing = []
        if not company.retention_service_account_id and not company.retention_ticket_cost:
            missing.append(
                {
                    "code": "service",
                    "text": self.env._(
                        "What service costs is not known. Enter the cost of a ticket, or the analytic account of "
                        "service, in the settings."
                    ),
                }
            )
        if not company.retention_activity_cost and not company.retention_letter_cost:
            missing.append(
                {
                    "code": "care",
                    "text": self.env._(
                        "What care costs is not known. Enter the cost of a care activity and of a letter in the "
                        "settings."
                    ),
                }
            )
        if not company.retention_acquisition_account_id and not company.retention_acquisition_cost:
            missing.append(
                {
                    "code": "acquisition",
                    "text": self.env._(
                        "What winning customers costs is not known. Enter the cost of a new customer, or the analytic "
                        "account of acquisition, in the settings."
                    ),
                }
            )
        return missing

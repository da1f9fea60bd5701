from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Longer than ten years nobody remembers.
MOST_DAYS, MOST_MONTHS = 3650, 120


class ResCompany(models.Model):
    """From when on a diagnosis finds something wrong."""

    _inherit = "res.company"

    diagnosis_answer_days = fields.Integer(string="Tickets Answered Within (days)", default=3, required=True)
    diagnosis_follow_days = fields.Integer(string="Quotations Followed Up Within (days)", default=14, required=True)
    diagnosis_contact_days = fields.Integer(string="Contact At Least Every (days)", default=180, required=True)
    diagnosis_data_months = fields.Integer(string="Data Confirmed Every (months)", default=24, required=True)
    diagnosis_load_factor = fields.Float(string="Too Much Work (times the average)", default=2.0, required=True)
    diagnosis_score_days = fields.Integer(string="Scores Are Current For (days)", default=35, required=True)
    diagnosis_scored_percent = fields.Float(string="Customers to Be Scored (%)", default=95.0, required=True)
    diagnosis_wallet_percent = fields.Float(string="Wallets to Be Known (%)", default=10.0, required=True)
    diagnosis_high_share = fields.Float(string="High From (% of records)", default=25.0, required=True)
    diagnosis_high_revenue = fields.Float(string="High From (% of revenue)", default=15.0, required=True)
    diagnosis_medium_share = fields.Float(string="Medium From (% of records)", default=5.0, required=True)
    diagnosis_medium_revenue = fields.Float(string="Medium From (% of revenue)", default=3.0, required=True)

    @api.constrains(
        "diagnosis_answer_days", "diagnosis_follow_days", "diagnosis_contact_days", "diagnosis_data_months",
        "diagnosis_load_factor", "diagnosis_score_days", "diagnosis_scored_percent", "diagnosis_wallet_percent",
        "diagnosis_high_share", "diagnosis_high_revenue", "diagnosis_medium_share", "diagnosis_medium_revenue",
    )  # fmt: skip
    def _check_diagnosis_limits(self):
        days = ("diagnosis_answer_days", "diagnosis_follow_days", "diagnosis_contact_days", "diagnosis_score_days")
        shares = (
            "diagnosis_scored_percent", "diagnosis_wallet_percent", "diagnosis_high_share", "diagnosis_high_revenue",
            "diagnosis_medium_share", "diagnosis_medium_revenue",
        )  # fmt: skip
        for company in self:
            company._check_diagnosis_range(days, 1, MOST_DAYS)
            company._check_diagnosis_range(["diagnosis_data_months"], 1, MOST_MONTHS)
            company._check_diagnosis_range(shares, 0, 100)
            if company.diagnosis_load_factor <= 1:
                raise ValidationError(
                    self.env._("Too much work begins above the average: enter a number of more than 1, such as 2.")
                )
            for name in ("share", "revenue"):
                if company[f"diagnosis_medium_{name}"] > company[f"diagnosis_high_{name}"]:
                    raise ValidationError(
                        self.env._("Findings become medium before they become high: lower “Medium From”.")
                    )

    def _check_diagnosis_range(self, names, least, most):
        """:raise ValidationError: one of these fields is out of range"""
        for name in names:
            if not least <= self[name] <= most:
                raise ValidationError(
                    self.env._(
                        "%(field)s: enter a number from %(least)s to %(most)s.",
                        field=self._fields[name]._description_string(self.env),
                        least=least,
                        most=most,
                    )
                )

from odoo import fields, models

LEVEL_NAMES = ("watch", "serious", "urgent")


class ResCompany(models.Model):
    """From where on a customer counts as slipping, and how much so."""

    _inherit = "res.company"

    retention_gap_watch = fields.Float(string="Gap to Watch", default=2.0, required=True)
    retention_gap_serious = fields.Float(string="Serious Gap", default=3.0, required=True)
    retention_gap_urgent = fields.Float(string="Urgent Gap", default=4.0, required=True)
    retention_margin_watch = fields.Float(string="Margin Lost to Watch (%)", default=20.0, required=True)
    retention_margin_serious = fields.Float(string="Serious Loss of Margin (%)", default=40.0, required=True)
    retention_margin_urgent = fields.Float(string="Urgent Loss of Margin (%)", default=60.0, required=True)
    retention_fall_watch = fields.Float(string="Score Lost to Watch", default=10.0, required=True)
    retention_fall_serious = fields.Float(string="Serious Fall of Score", default=20.0, required=True)
    retention_fall_urgent = fields.Float(string="Urgent Fall of Score", default=30.0, required=True)
    retention_fall_days = fields.Integer(string="Look-back for Scores (days)", default=90, required=True)
    retention_complaint_serious = fields.Integer(string="Complaint Serious After (days)", default=7, required=True)
    retention_complaint_urgent = fields.Integer(string="Complaint Urgent After (days)", default=21, required=True)
    retention_dispute_urgent = fields.Integer(string="Dispute Urgent After (days)", default=30, required=True)

    _retention_levels = models.Constraint(
        "CHECK(retention_gap_watch >= 1 AND retention_gap_watch <= retention_gap_serious"
        " AND retention_gap_serious <= retention_gap_urgent"
        " AND retention_margin_watch > 0 AND retention_margin_watch <= retention_margin_serious"
        " AND retention_margin_serious <= retention_margin_urgent"
        " AND retention_fall_watch > 0 AND retention_fall_watch <= retention_fall_serious"
        " AND retention_fall_serious <= retention_fall_urgent AND retention_fall_days > 0"
        " AND retention_complaint_serious >= 0 AND retention_complaint_serious <= retention_complaint_urgent"
        " AND retention_dispute_urgent >= 0)",
        "Slipping customers: watch must come before serious, and serious before urgent. Gaps start at 1, margin, "
        "points and the look-back above 0, and days are not negative.",
    )

    def _get_retention_limits(self, kind):
        """:return: tuple of the three limits of ``kind`` (gap, margin or fall), ascending"""
        self.ensure_one()
        return tuple(self[f"retention_{kind}_{level}"] for level in LEVEL_NAMES)

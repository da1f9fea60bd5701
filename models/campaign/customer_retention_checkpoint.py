from odoo import fields, models

from ..core.customer_value_workflow_record import NOT_ENTERED


class CustomerRetentionCheckpoint(models.Model):
    """The result of a campaign as it was seen at the end of a day; the picture over time. Rows are only added."""

    _name = "customer.retention.checkpoint"
    _description = "Checkpoint of a Retention Campaign"
    _inherit = ["customer.value.workflow.record"]
    _order = "campaign_id desc, date"
    _rec_name = "date"
    _workflow = NOT_ENTERED

    campaign_id = fields.Many2one(
        "customer.retention.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True, help="Orders up to the end of this day are included.")
    is_before = fields.Boolean(string="Before the Start", readonly=True)
    margin_treated = fields.Monetary(
        readonly=True, help="Per customer in the offer group, since the start of the period.", string="Margin: Offer"
    )
    margin_holdout = fields.Monetary(
        readonly=True,
        help="Per customer in the control group, since the start of the period.",
        string="Margin: Control",
    )
    is_effect_known = fields.Boolean(readonly=True, help="The interval of the effect is known.")
    effect = fields.Monetary(readonly=True)
    effect_low = fields.Monetary(readonly=True, string="Effect (Lower)")
    effect_high = fields.Monetary(readonly=True, string="Effect (Upper)")

    _once = models.Constraint("UNIQUE(campaign_id, date)", "A checkpoint already exists for this day.")

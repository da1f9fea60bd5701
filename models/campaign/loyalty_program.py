from odoo import fields, models
from odoo.tools.translate import LazyTranslate

from ..core.groups import VALUE_USER

_lt = LazyTranslate(__name__)

OF_OFFER = _lt("Programs of campaigns are made by their offers, and stay with them.")


class LoyaltyProgram(models.Model):
    """Programs made for offers of campaigns: their codes are only for customers who got them from a campaign."""

    _name = "loyalty.program"
    _inherit = ["loyalty.program", "customer.value.workflow.record"]

    # without it, customers of the control group could be given a code manually
    retention_offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Created for Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups=VALUE_USER,
        workflow=OF_OFFER,
    )

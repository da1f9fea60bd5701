from odoo import api, fields, models

from .customer_value_workflow_record import without_suggestions


class LoyaltyProgram(models.Model):
    """Programs made for offers of campaigns: their codes are for those whom a campaign gave them."""

    _inherit = "loyalty.program"

    retention_offer_id = fields.Many2one(
        "customer.retention.offer",
        string="Made for Offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_value.group_customer_value_user",
    )

    @api.model
    def default_get(self, fields_list):
        return without_suggestions(self, super().default_get(fields_list), {"retention_offer_id"})

    def _has_field_access(self, field, operation):
        # without it, those who are left alone could be given a code by hand
        if field.name == "retention_offer_id" and operation == "write" and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

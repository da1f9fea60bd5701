from odoo import models


class CustomerRetentionCampaign(models.Model):
    _name = "customer.retention.campaign"
    _inherit = ["customer.retention.campaign", "customer.value.subject"]

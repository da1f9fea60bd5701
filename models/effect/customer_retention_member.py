from odoo import models


class CustomerRetentionMember(models.Model):
    _name = "customer.retention.member"
    _inherit = ["customer.retention.member", "customer.value.subject"]

from odoo import models


class CustomerValueHistory(models.Model):
    _name = "customer.value.history"
    _inherit = ["customer.value.history", "customer.value.subject"]

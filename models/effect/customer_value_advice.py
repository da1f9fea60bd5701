from odoo import models


class CustomerValueAdvice(models.Model):
    _name = "customer.value.advice"
    _inherit = ["customer.value.advice", "customer.value.subject"]

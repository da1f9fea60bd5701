from odoo import models


class CustomerContactAnswer(models.Model):
    _name = "customer.contact.answer"
    _inherit = ["customer.contact.answer", "customer.value.subject"]

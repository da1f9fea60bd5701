from odoo import models


class HelpdeskSla(models.Model):
    _name = "helpdesk.sla"
    _inherit = ["helpdesk.sla", "customer.value.exclusive", "customer.value.remembered"]

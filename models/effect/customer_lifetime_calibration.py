from odoo import models


class CustomerLifetimeCalibration(models.Model):
    _name = "customer.lifetime.calibration"
    _inherit = ["customer.lifetime.calibration", "customer.value.subject"]

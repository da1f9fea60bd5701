from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Complaints are new: give every company what a new one starts with."""
    if version:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["res.company"].search([])._create_complaint_defaults()

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Campaigns are new: give every company the offers that a new one starts with."""
    if version:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["res.company"].search([])._create_retention_offers()

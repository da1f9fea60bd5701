from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    """Complaints are new: give every company what a new one starts with."""
    if version:
        env = api.Environment(cr, SUPERUSER_ID, {})
        env["res.company"].search([])._create_complaint_defaults()
        # complaints come in everywhere: the helpdesk gave its channels to the company that it was installed in
        channels = [
            env.ref(f"helpdesk_mgmt.helpdesk_ticket_channel_{name}", False) for name in ("web", "email", "phone")
        ]
        env["helpdesk.ticket.channel"].union(*filter(None, channels)).company_id = False

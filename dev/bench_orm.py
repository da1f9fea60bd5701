"""What a scoring addon does customarily: a Python loop over customers, a few searches for each.

Only here as the yardstick of the benchmark.
"""

from odoo import fields


def score(partner):
    """Metrics of one customer, as a dictionary, from the records of their documents."""
    env = partner.env
    today = fields.Date.today()
    of_customer = ("partner_id.commercial_partner_id", "=", partner.id)
    orders = env["sale.order"].search([of_customer, ("state", "=", "sale")])
    invoices = env["account.move"].search(
        [
            ("commercial_partner_id", "=", partner.id),
            ("move_type", "in", ("out_invoice", "out_refund")),
            ("state", "=", "posted"),
        ]
    )
    due = invoices.filtered(lambda move: move.invoice_date_due and move.invoice_date_due < today)
    leads = env["crm.lead"].search([of_customer, ("won_status", "=", "pending")])
    days = orders.mapped("date_order")
    return {
        "recency_days": (today - max(days).date()).days if days else None,
        "tenure_days": (today - min(days).date()).days if days else None,
        "order_count": len(orders),
        "ordered": sum(orders.mapped("amount_untaxed")),
        "margin": sum(orders.mapped("margin")),
        "revenue": sum(invoices.mapped("amount_untaxed_signed")),
        "overdue_amount": sum(due.mapped("amount_residual_signed")),
        "open_pipeline": sum(lead.expected_revenue * lead.probability / 100 for lead in leads),
        "ticket_count": env["helpdesk.ticket"].search_count([of_customer]),
    }

"""Referrals of the demo's shop: who recommended it to whom, and leads that came by a recommendation."""

from odoo.tools import SQL

# Of all customers so many were referred, of these so many would have come anyway, and so many customers refer at all.
REFERRED, ANYWAY, REFERRERS = 0.08, 0.25, 40
SAVED_COST = 18.0
LEADS = 6


def create(env, draw, shop):
    """Some customers are the source of many others; later ones were referred by earlier ones, so nothing circles."""
    company = env.company
    company.referral_saved_cost = SAVED_COST
    customers = [customer.commercial_partner_id.id for customer, _buyers in shop.by_spend()]
    givers = sorted(draw.sample(customers, min(REFERRERS, len(customers))))
    rows = []
    for partner_id in sorted(set(customers)):
        earlier = [giver for giver in givers if giver < partner_id]
        if earlier and draw.random() < REFERRED:
            # few of them refer most
            giver = earlier[int(len(earlier) * draw.random() ** 2)]
            rows.append((partner_id, giver, draw.random() < ANYWAY))
    env.flush_all()
    env.cr.execute(
        SQL(
            """UPDATE res_partner rp SET referrer_id = given.referrer_id, referral_anyway = given.anyway
                 FROM (VALUES %s) given(id, referrer_id, anyway) WHERE rp.id = given.id""",
            SQL(", ").join(SQL("(%s, %s, %s)", *row) for row in rows),
        )
    )
    env.invalidate_all()
    leads = env["crm.lead"].search([("type", "=", "opportunity"), ("won_status", "=", "pending")], limit=LEADS)
    for lead in leads:
        lead.referrer_id = draw.choice(givers)
    env["customer.referral.value"].sudo()._refresh(company)

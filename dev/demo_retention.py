"""What was done in the demo for customers who slip away: one campaign that is over, and one under way.

The purchases are real and know nothing of campaigns. What the finished one brought is made up: some of those who got
its offer order once more. It stands on the orders, as the name of their origin.
"""

from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command, fields

ANSWER = 0.15  # of those who got the offer order once more because of it
ORIGIN = "Demo: answer to a campaign"
LASTS, OFFERS = 90, 21  # days


def create_campaigns(env, draw, shop, manager):
    """A campaign that began 100 days ago and is measured, and one that began today. Commits."""
    # what the shop sells it sells for this company; whoever decides on campaigns starts them
    env = env(user=manager)
    before = shop.today - timedelta(days=LASTS + 10)
    with freeze_time(datetime.combine(before, time(9))):
        finished = _create(env, "Call who has grown quiet", "call", [("lifecycle", "in", ("declining", "dormant"))])
        finished.action_start()
        finished._deliver()
    _answer(env, draw, shop, finished, before)
    finished.sudo()._close("ended")
    running = _create(env, "A coupon for who is late", "coupon", [("lifecycle", "=", "declining")])
    running.action_start()
    running._deliver()
    env.cr.commit()


def _create(env, name, kind, domain):
    today = fields.Date.context_today(env.user)
    offer = env["customer.retention.offer"].search([("kind", "=", kind), ("company_id", "=", env.company.id)], limit=1)
    return env["customer.retention.campaign"].create(
        {
            "name": name,
            "offer_id": offer.id,
            "reason_id": env.ref("customer_value.retention_reason_rhythm").id,
            "audience_model": "customer.value.score",
            "audience_domain": repr(domain),
            "date_start": today,
            "date_end": today + timedelta(days=OFFERS),
            "measure_until": today + timedelta(days=LASTS),
            "holdout_percent": 30.0,
            "seed": name,
        }
    )


def _answer(env, draw, shop, campaign, before):
    """Further orders of some of those who got the offer."""
    offered = campaign.sudo().member_ids.filtered(lambda member: member.state == "offered").partner_id
    products = list(shop.products.values())
    vals_list = [
        {
            "partner_id": partner.id,
            "origin": ORIGIN,
            "campaign_id": campaign.sudo().utm_campaign_id.id,
            "order_line": [
                Command.create({"product_id": product.id, "product_uom_qty": draw.choice((1, 2, 3))})
                for product in draw.sample(products, 2)
            ],
        }
        for partner in offered
        if draw.random() < ANSWER
    ]
    orders = env["sale.order"].sudo().create(vals_list)
    orders.action_confirm()
    for order in orders:
        day = before + timedelta(days=draw.randrange(5, LASTS - 5))
        order.date_order = datetime.combine(day, time(draw.randrange(8, 20)))

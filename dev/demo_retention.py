"""Campaigns of the demo for customers at risk: one that is over, and one that is running.

The purchases are real and know nothing of campaigns. What the finished one brought is made up: some of those who got
its offer order once more. It stands on the orders, as the name of their origin.
"""

from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command

ANSWER = 0.15  # of those who got the offer order once more because of it
ORIGIN = "Demo: answer to a campaign"
LASTS, OFFERS = 90, 21  # days
CALLERS = ("manager", "user", "chinese")


def set_costs(env):
    """What things cost the shop: without, the profit center has little to show."""
    env.company.sudo().write(
        {
            "retention_ticket_cost": 4.0,
            "retention_activity_cost": 2.5,
            "retention_letter_cost": 0.2,
            "retention_sales_activity_cost": 3.0,
        }
    )
    offers = env["customer.retention.offer"].search([("company_id", "=", env.company.id)])
    for kind, cost in (("call", 1.5), ("visit", 20.0), ("letter", 0.2)):
        offers.filtered(lambda offer, kind=kind: offer.kind == kind).contact_cost = cost


def look(env):
    """What jobs find at night: product associations, forecasts, lost customers, and customers at risk."""
    env["customer.retention.association"].sudo()._refresh(env.company)
    env["customer.lifetime.calibration"].sudo()._calibrate(env.company)
    for name in ("loss", "risk"):
        env[f"customer.retention.{name}"].sudo()._refresh(env.company)
    _state_reasons(env(user=env["res.users"].search([("login", "=", "manager")]), su=True))


def _state_reasons(env):
    """What some lost customers said when they were called."""
    losses = env["customer.retention.loss"].search([("company_id", "=", env.company.id)], limit=4)
    said = (
        ("closed", "Closed the shop when the owner retired."),
        ("need", "Streams music instead of buying it."),
        ("competitor", "Buys at a store around the corner that delivers on the same day."),
        ("price", "Asked for a discount for schools, which we do not give."),
    )
    for loss, (code, words) in zip(losses, said, strict=False):
        reason = env.ref(f"customer_value.retention_reason_loss_{code}")
        env["customer.retention.stated.reason"]._record(loss, reason, words)


def create_campaigns(env, draw, today, products):
    """A campaign that began 100 days ago and is measured, and one that began today; both are the manager's."""
    env = env(user=env["res.users"].search([("login", "=", "manager")]), su=False)
    began = today - timedelta(days=LASTS + 10)
    with freeze_time(datetime.combine(began, time(9))):
        finished = _create(env, "Call quiet customers", "call", began, ("declining", "dormant"))
        finished.action_start()
    for week in range(OFFERS // 7 + 1):
        with freeze_time(datetime.combine(began + timedelta(weeks=week), time(17))):
            finished._deliver()
    # the calls were made, each on its day
    for activity in finished.sudo().member_ids.activity_id:
        activity.action_feedback(feedback="Reached; wants to hear of new releases.")
    _answer(env(su=True), draw, finished.sudo(), began, products)
    finished.sudo()._close("ended")
    running = _create(env, "Coupon for late customers", "coupon", today, ("declining",))
    running.action_start()
    running._deliver()


def _create(env, name, kind, today, stages):
    """A draft for customers in ``stages`` of the lifecycle, with the first offer of a kind."""
    offer = env["customer.retention.offer"].search([("kind", "=", kind), ("company_id", "=", env.company.id)], limit=1)
    return env["customer.retention.campaign"].create(
        {
            "name": name,
            "offer_id": offer.id,
            "reason_id": env.ref("customer_value.retention_reason_rhythm").id,
            "executor": "users",
            "user_ids": [Command.set(env["res.users"].search([("login", "in", CALLERS)]).ids)],
            "audience_model": "customer.value.score",
            "audience_domain": repr([("lifecycle", "in", stages)]),
            "date_start": today,
            "date_end": today + timedelta(days=OFFERS),
            "measure_until": today + timedelta(days=LASTS),
            "holdout_percent": 30.0,
            "seed": name,
        }
    )


def _answer(env, draw, campaign, began, products):
    """Further orders of some of those who got the offer."""
    offered = campaign.member_ids.filtered(lambda member: member.state == "offered").partner_id
    orders = env["sale.order"].create(
        [
            {
                "partner_id": partner.id,
                "origin": ORIGIN,
                "campaign_id": campaign.utm_campaign_id.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": draw.choice((1, 2, 3))})
                    for product in draw.sample(products, 2)
                ],
            }
            for partner in offered
            if draw.random() < ANSWER
        ]
    )
    orders.action_confirm()
    for order in orders:
        day = began + timedelta(days=draw.randrange(5, LASTS - 5))
        order.date_order = datetime.combine(day, time(draw.randrange(8, 20)))

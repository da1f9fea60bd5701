"""What tiers of the demo bring, who looks after whom, and what is to be done today."""

import random
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command

LEAVER = 25  # customers of a colleague who has left
TASKS = (
    ("mail.mail_activity_data_call", "Ask how the new releases sell", -1),
    ("mail.mail_activity_data_call", "Call back about the delivery", 0),
    ("mail.mail_activity_data_todo", "Send the catalogue of the season", 0),
    ("mail.mail_activity_data_meeting", "Visit with the new collection", 3),
)


def _tiers(env):
    """The tiers of the policy in force, the highest first."""
    policy = env["customer.value.policy"]._get_active(env.company)
    return policy.tier_ids.sorted("entry_score", reverse=True)


def _user(env, login):
    return env["res.users"].search([("login", "=", login)])


def switch_on(env):
    """What the shop uses of Odoo. Whoever saves the settings of features that are off would archive their records."""
    env["res.config.settings"].create({"group_product_pricelist": True, "group_discount_per_so_line": True}).execute()


def set_benefits(env):
    """What each tier brings: prices and a club above, longer terms in the middle, a limit of discounts below."""
    top, second, third = _tiers(env)[:3]
    prices = env["product.pricelist"].create(
        {
            "name": f"{top.name} prices",
            "company_id": env.company.id,
            "item_ids": [
                Command.create({"applied_on": "3_global", "compute_price": "percentage", "percent_price": 5.0})
            ],
        }
    )
    term = env["account.payment.term"].create(
        {
            "name": "45 days",
            "company_id": env.company.id,
            "line_ids": [Command.create({"value": "percent", "value_amount": 100.0, "nb_days": 45})],
        }
    )
    top.write(
        {
            "pricelist_id": prices.id,
            "helpdesk_priority": "2",
            "is_club": True,
            "club_name": "Listeners' Club",
            "club_terms": "<p>Members hear new releases a week before others, and may return what does not sell.</p>",
            "benefit_text": "<ul><li>5% off every record</li><li>New releases a week early</li>"
            "<li>A person who picks up the phone</li></ul>",
            "limit_discount": True,
            "maximum_discount": 20.0,
        }
    )
    second.write({"payment_term_id": term.id, "limit_discount": True, "maximum_discount": 15.0})
    second.benefit_text = "<ul><li>45 days to pay</li></ul>"
    third.write({"limit_discount": True, "maximum_discount": 10.0})
    top.with_context(lang="zh_CN").club_name = "聆听者俱乐部"
    # texts with markup are translated term by term: written in Chinese, they would be Chinese to everybody
    for tier, field, terms in (
        (
            top,
            "benefit_text",
            {
                "5% off every record": "所有唱片九五折",
                "New releases a week early": "提前一周试听新品",
                "A person who picks up the phone": "专人接听电话",
            },
        ),
        (
            top,
            "club_terms",
            {
                "Members hear new releases a week before others, and may return what does not sell.": (
                    "会员可比他人提前一周试听新品，滞销商品可以退回。"
                )
            },
        ),
        (second, "benefit_text", {"45 days to pay": "45天付款期"}),
    ):
        tier.update_field_translations(field, {"zh_CN": terms})


def set_people(env, draw, team, shop):
    """A colleague who has left hands over; one customer has a portal login."""
    leaver = env["res.users"].create(
        {
            "login": "leaver",
            "name": "Peter Lang",
            "email": "leaver@example.com",
            "group_ids": [Command.set([env.ref("base.group_user").id, env.ref("sales_team.group_sale_salesman").id])],
        }
    )
    companies = [customer for customer, _buyers in shop.by_spend() if customer.is_company and customer.user_id]
    env["res.partner"].concat(*draw.sample(companies[:300], LEAVER)).user_id = leaver
    return leaver


def hand_over(env, leaver, receiver):
    """What the leaver looked after goes to a colleague, as the wizard does it."""
    manager = _user(env, "manager")
    env["customer.value.hand.over"].with_user(manager)._hand_over(
        env.company, leaver, dict.fromkeys([*_tiers(env).ids, False], receiver), letters=False
    )
    leaver.active = False


def care(env, today):
    """Care for birthdays, for anniversaries and for a festival of the shop, some of it done."""
    manager = _user(env, "manager")
    tiers = _tiers(env)[:2]
    day = today + timedelta(days=10)
    festival = env["customer.value.festival"].create(
        {"name": "Record Store Day", "company_id": env.company.id, "month": str(day.month), "day": day.day}
    )
    festival.with_context(lang="zh_CN").name = "唱片店日"
    rule = {"tier_ids": [Command.set(tiers.ids)], "user_id": manager.id}
    env["customer.value.care.rule"].create(
        [
            {
                "name": "Birthdays of buyers",
                "occasion": "birthday",
                "note": "A record of their favourite genre.",
                **rule,
            },
            {"name": "A year with us", "occasion": "first_order", "horizon_days": 30, **rule},
            {
                "name": "Record Store Day",
                "occasion": "festival",
                "festival_id": festival.id,
                **rule,
                "tier_ids": [Command.set(tiers[:1].ids)],
            },
        ]
    )
    Care = env["customer.value.care"]
    Care._plan(env.company)
    planned = Care.search([("state", "=", "planned")], limit=2).with_user(manager)
    planned[:1].action_skip()
    planned[1:].action_postpone()


def decide_by_hand(env, today):
    """A tier given by hand that waits for a second person, and one that is in force."""
    manager, second = (_user(env, login) for login in ("manager", "chinese"))
    tiers = _tiers(env)
    scores = env["customer.value.score"].search(
        [("company_id", "=", env.company.id), ("tier_id", "=", tiers[2].id)], order="score desc, id", limit=2
    )
    overrides = env["customer.value.override"].with_user(manager)
    for score, reason in zip(
        scores, ("Opens three branches in spring", "Has signed a framework contract for next year"), strict=True
    ):
        overrides += overrides.create(
            {
                "partner_id": score.partner_id.id,
                "tier_id": tiers[0].id,
                "reason": reason,
                "date_until": today + timedelta(days=180),
            }
        )
    if overrides[0].state == "pending":
        overrides[0].with_user(second).action_approve()


def simulate_change(env):
    """A draft of the policy in which margin weighs more, and what it would change today."""
    draft = env["customer.value.policy"].browse(
        env["customer.value.policy"]._get_active(env.company).action_new_version()["res_id"]
    )
    draft.name = "More weight on margin"
    draft.with_context(lang="zh_CN").name = "更看重毛利"
    draft.dimension_ids.filtered(lambda dimension: dimension.metric == "margin").weight = 60.0
    draft._run(simulate=True)


def give_portal(env):
    """A customer of the highest tier who can log in: login and password are `portal`."""
    top = _tiers(env)[:1]
    score = env["customer.value.score"].search(
        [("company_id", "=", env.company.id), ("tier_id", "=", top.id), ("partner_id.is_company", "=", False)],
        order="score desc, id",
        limit=1,
    )
    env["res.users"].create(
        {
            "login": "portal",
            "password": "portal",
            "name": score.partner_id.name,
            "partner_id": score.partner_id.id,
            "group_ids": [Command.set([env.ref("base.group_portal").id])],
        }
    )


def plan_tasks(env, team, today):
    """Something to do today on each desk."""
    draw = random.Random("tasks")
    for user in team.member_ids:
        customers = env["res.partner"].search([("user_id", "=", user.id), ("parent_id", "=", False)], order="id")
        for customer, (kind, summary, days) in zip(draw.sample(customers, len(TASKS)), TASKS, strict=True):
            customer.activity_schedule(kind, today + timedelta(days=days), summary, user_id=user.id)


def ask_for_discount(env, draw, shop):
    """An order above the limit of its customer's tier, which waits for a sales manager."""
    user = _user(env, "user")
    customers = (
        env["customer.value.score"]
        .search(
            [
                ("company_id", "=", env.company.id),
                ("tier_id.limit_discount", "=", True),
                ("tier_id.maximum_discount", "<", 20),
                ("partner_id.user_id", "=", user.id),
            ],
            order="score desc, id",
            limit=2,
        )
        .partner_id
    )
    for customer in customers:
        order = env["sale.order"].create(
            {
                "partner_id": customer.id,
                "user_id": user.id,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": 12, "discount": 30.0})
                    for product in draw.sample(list(shop.products.values()), 2)
                ],
            }
        )
        action = order.with_user(user).action_confirm()
        wizard = env["customer.value.order.approval"].with_user(user).with_context(**action["context"])
        wizard.create({"reason": "They compare us with two others"}).action_request()


def look_back(env, today):
    """A visit of each of the last weeks in the calendar of the account managers."""
    for login in ("manager", "user", "chinese"):
        user = _user(env, login)
        customers = env["res.partner"].search([("user_id", "=", user.id), ("is_company", "=", True)], limit=4)
        for week, customer in enumerate(customers, start=1):
            start = datetime.combine(today - timedelta(weeks=week), time(10))
            with freeze_time(start - timedelta(days=2)):
                env["calendar.event"].create(
                    {
                        "name": f"Visit to {customer.name}",
                        "start": start,
                        "stop": start + timedelta(hours=1),
                        "user_id": user.id,
                        "partner_ids": [Command.set((user.partner_id + customer).ids)],
                    }
                )

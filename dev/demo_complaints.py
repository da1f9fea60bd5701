"""Complaints of the demo: some in each state, with redress and a review; and what customers say of closed tickets."""

import random
from datetime import datetime, time, timedelta

from freezegun import freeze_time
from odoo import Command
from odoo.tools import SQL

# The steps from receipt to each state, and how many complaints are in it.
STATES = (
    ("received", (), 4),
    ("acknowledged", ("acknowledge",), 3),
    ("assessed", ("acknowledge", "assess"), 3),
    ("investigating", ("acknowledge", "assess", "investigate"), 4),
    ("answered", ("acknowledge", "assess", "investigate", "answer"), 4),
    ("disputed", ("acknowledge", "assess", "investigate", "answer", "dispute"), 2),
    ("referred", ("acknowledge", "assess", "investigate", "answer", "refer"), 1),
    ("closed", ("acknowledge", "assess", "investigate", "answer", "close"), 12),
)
# What it is about: type, cause, kind of fault, severity, subject, first words, the same in Chinese.
MATTERS = (
    (
        "late", "transport", "late", "2", "The Christmas order came after Christmas",
        "We were promised the 20th and got it on the 28th. Nobody buys carols in January.",
        "圣诞订单节后才到", "说好20日送到，28日才收到。一月份没有人买圣诞唱片。",
    ),
    (
        "short", "stock", "short", "2", "Two of ten box sets are missing",
        "The parcel had eight box sets, the delivery slip says ten.",
        "十套礼盒少了两套", "包裹里只有八套，送货单上写的是十套。",
    ),
    (
        "defective", "production", "defective", "3", "Discs skip on the fourth track",
        "A whole batch has the same fault, and three of our customers have brought theirs back.",
        "整批唱片第四首跳针", "整批货都有同样的问题，已经有三位顾客退货。",
    ),
    (
        "invoice", "billing", "invoice", "1", "The invoice says more than the order",
        "We ordered at the price of the spring list; the invoice has that of the summer.",
        "发票金额高于订单", "我们按春季价目表下单，发票却用了夏季价格。",
    ),
)  # fmt: skip
PRAISE = ("Quick and friendly.", "Sorted out within a day.", "Thank you!", "处理得很快，谢谢。")
BLAME = ("I had to call three times.", "It took far too long.", "等了一个星期才有回复。")


def create(env, shop):
    """Complaints of the last two months, worked on by the officer and decided on by the complaint manager."""
    draw = random.Random("complaints")
    users = {login: env["res.users"].search([("login", "=", login)]) for login in ("officer", "judge")}
    team = env["helpdesk.ticket.team"].create(
        {
            "name": "Complaints",
            "for_complaints": True,
            "user_id": users["officer"].id,
            "user_ids": [Command.set([user.id for user in users.values()])],
        }
    )
    env["customer.complaint.commitment"].search([("company_id", "=", env.company.id)]).write({"approval_amount": 50.0})
    invoiced = _invoices(env, shop)
    customers = draw.sample(sorted(invoiced, key=lambda partner: partner.id)[:600], sum(row[2] for row in STATES))
    by_state = {}
    for state, steps, count in STATES:
        by_state[state] = env["helpdesk.ticket"]
        for nth in range(count):
            customer = customers.pop()
            if not steps:
                customer.email = False  # who has an address is acknowledged at once
            days = draw.randrange(20, 60) if state == "closed" else draw.randrange(1, 4) + len(steps) + nth
            complaint = _complaint(env, draw, shop.today, customer, invoiced[customer], days, team, users)
            _take(complaint, users["judge"], shop.today - timedelta(days=days), steps)
            by_state[state] += complaint
    by_state["acknowledged"][0].with_user(users["officer"])._complaint_wait("A photograph of the broken cases")
    _make_good(env, by_state, users)
    review = env["customer.complaint.review"].with_user(users["officer"])
    review.create({"ticket_id": by_state["answered"][0].id, "evidence": "The same photograph as of last year"})
    _burden(env, draw, shop)


def _invoices(env, shop):
    """`{customer: an invoice of theirs}`, of those who spend much."""
    customers = env["res.partner"].concat(*(customer for customer, _buyers in shop.by_spend()[:1000]))
    moves = env["account.move"].search(
        [
            ("commercial_partner_id", "in", customers.ids),
            ("move_type", "=", "out_invoice"),
            ("state", "=", "posted"),
            ("invoice_date", ">=", shop.today - timedelta(days=400)),
        ],
        order="id",
    )
    return {move.commercial_partner_id: move for move in moves}


def _complaint(env, draw, today, customer, invoice, days, team, users):
    kind, cause, fault_kind, severity, subject, text, chinese_subject, chinese_text = draw.choice(MATTERS)
    chinese = customer.country_id == env.ref("base.cn")
    with freeze_time(datetime.combine(today - timedelta(days=days), time(9, draw.randrange(60)))):
        complaint = env["helpdesk.ticket"].create(
            {
                "name": chinese_subject if chinese else subject,
                "description": f"<p>{chinese_text if chinese else text}</p>",
                "partner_id": customer.id,
                "team_id": team.id,
                "is_complaint": True,
                "complaint_move_id": invoice.id,
                "complaint_type_id": env.ref(f"customer_value.complaint_type_{kind}").id,
                "user_id": users["officer"].id,
            }
        )
        complaint.write(
            {
                "complaint_cause_id": env.ref(f"customer_value.complaint_cause_{cause}").id,
                "complaint_severity": severity,
                "complaint_fault": "ours",
                "complaint_fault_kind": fault_kind,
                "complaint_loss": float(round(invoice.amount_untaxed)),
                "complaint_assessment": "Seen on the delivery slip and on the customer's photographs.",
                "complaint_answer": "<p>We are sorry, and have put it right.</p>",
                "complaint_done": "Sent again by courier.",
                "complaint_change": "Two people check each parcel of more than five sets.",
                "complaint_referral_body": "Arbitration board of the chamber of commerce",
            }
        )
        _set_created(complaint)
    return complaint


def _set_created(ticket):
    """Created at this moment of a frozen time: Odoo itself always writes the present."""
    ticket.flush_recordset()
    ticket.env.cr.execute(SQL("UPDATE helpdesk_ticket SET create_date = %s WHERE id = %s", datetime.now(), ticket.id))
    ticket.invalidate_recordset(["create_date"])


def _take(complaint, user, day, steps):
    """One step a day; what would lie in the future is done today."""
    latest = datetime.now()
    for number, step in enumerate(steps):
        if step == "acknowledge" and complaint.complaint_state != "received":
            continue
        with freeze_time(min(datetime.combine(day + timedelta(days=number), time(14)), latest)):
            complaint.with_user(user)._take_complaint_step(step)


def _make_good(env, by_state, users):
    """Redress in each state: proposed, to be approved, approved, carried out as a credit note and as a coupon."""
    Redress = env["customer.complaint.redress"].with_user(users["officer"])

    def propose(complaint, kind, amount):
        return Redress.create({"ticket_id": complaint.id, "kind": kind, "amount": amount})

    first, second, third, fourth = by_state["investigating"]
    propose(first, "refund", 10.0)
    for complaint, kind in ((second, "refund"), (third, "coupon")):
        done = propose(complaint, kind, min(12.0, complaint.complaint_loss))
        done.action_ask()
        done.action_carry_out()
    for complaint in by_state["assessed"]:
        if complaint.complaint_loss > 60:
            propose(complaint, "refund", 55.0).action_ask()
    small = propose(fourth, "refund", min(8.0, fourth.complaint_loss))
    small.action_ask()


def _burden(env, draw, shop):
    """Customers who buy little and write a lot: they bring less than their service costs."""
    team = env["helpdesk.ticket.team"].search([("name", "=", "Customer Care")])
    closed = env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
    small = [customer for customer, _buyers in shop.by_spend()[1200:1206]]
    moment = datetime.combine(shop.today, time(10))
    for customer in small:
        for _nth in range(draw.randrange(12, 20)):
            with freeze_time(moment - timedelta(days=draw.randrange(5, 170))):
                ticket = env["helpdesk.ticket"].create(
                    {
                        "name": "When will it be in stock?",
                        "description": "<p>I asked last week, too.</p>",
                        "partner_id": customer.id,
                        "team_id": team.id,
                        "user_id": team.user_id.id,
                    }
                )
                ticket.stage_id = closed
                _set_created(ticket)


def rate(env, shop):
    """What customers say of the tickets that were closed."""
    draw = random.Random("ratings")
    tickets = env["helpdesk.ticket"].search([("stage_id.closed", "=", True), ("partner_id", "!=", False)], order="id")
    model = env["ir.model"]._get("helpdesk.ticket")
    vals_list = []
    for ticket in tickets:
        if draw.random() < 0.5:
            stars = draw.choices((1, 2, 3, 4, 5), (1, 1, 2, 4, 4))[0]
            closed = ticket.closed_date or ticket.create_date
            vals_list.append(
                {
                    "res_model_id": model.id,
                    "res_id": ticket.id,
                    "partner_id": ticket.partner_id.id,
                    "rated_partner_id": ticket.user_id.partner_id.id,
                    "rating": stars,
                    "feedback": draw.choice(PRAISE if stars > 2 else BLAME),
                    "consumed": True,
                    "rated_on": min(closed + timedelta(hours=draw.randrange(2, 40)), datetime.now()),
                }
            )
    env["rating.rating"].create(vals_list)

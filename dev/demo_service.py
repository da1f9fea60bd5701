"""What the front office of the demo knows: opportunities, tickets, and the weight of a customer's word."""

import random
from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tools import SQL

LEADS = 200
TICKETS = 300
INFLUENTIAL = 150

SUBJECTS = (
    "New branch: first stock of CDs", "Background music for the summer season", "Christmas order",
    "Framework contract for next year", "Collection for the music library", "Gift box for employees",
    "Jazz weeks: special display", "Replacement of the whole catalogue", "Listening stations with stock",
    "圣诞节订单", "新门店首批采购",
)  # fmt: skip
COMPLAINTS = (
    "Delivery late by a week", "Two cases were broken", "Wrong title delivered", "Invoice does not match the order",
    "Disc skips on track 4", "When will the import be in stock?", "Please send a copy of the invoice",
    "Change of delivery address", "Parcel has not arrived", "Question about the discount", "发票抬头有误", "包装破损",
)  # fmt: skip


def create_leads(env, draw, team, shop):
    """Opportunities of customers: most open, some won or lost."""
    stages = env["crm.stage"].search([("team_ids", "in", [team.id, False])], order="sequence")
    open_stages = stages.filtered(lambda stage: not stage.is_won)
    won_stage = stages - open_stages
    customers = shop.by_spend()
    vals_list, fates = [], []
    for _lead in range(LEADS):
        # those who spend much are asked more often
        customer, buyers = customers[int(len(customers) * draw.random() ** 2)]
        fates.append(draw.choices(("open", "won", "lost"), (70, 15, 15))[0])
        vals_list.append(
            {
                "name": draw.choice(SUBJECTS),
                "type": "opportunity",
                "partner_id": draw.choice(buyers).id,
                "user_id": customer.user_id.id or draw.choice(team.member_ids).id,
                "team_id": team.id,
                "company_id": env.company.id,
                "expected_revenue": draw.choice((200, 350, 500, 800, 1200, 2000, 3500, 6000)),
                "probability": 100 if fates[-1] == "won" else draw.randrange(5, 95, 5),
                "stage_id": won_stage[:1].id if fates[-1] == "won" else draw.choice(open_stages).id,
                "date_deadline": shop.today + timedelta(days=draw.randrange(5, 120)),
            }
        )
    leads = env["crm.lead"].create(vals_list)
    env["crm.lead"].concat(*(lead for lead, fate in zip(leads, fates, strict=True) if fate == "lost")).action_set_lost()
    _backdate(env, leads, draw, shop.today, 150)


def create_tickets(env, draw, team, shop):
    """Tickets of customers of the last year, three quarters of them closed."""
    helpdesk = env["helpdesk.ticket.team"].create(
        {"name": "Customer Care", "user_ids": [Command.set(team.member_ids.ids)], "user_id": team.member_ids[1].id}
    )
    stages = env["helpdesk.ticket.stage"].search([], order="sequence")
    closed, open_stages = stages.filtered("closed"), stages.filtered(lambda stage: not stage.closed)
    customers = shop.by_spend()
    vals_list = []
    for _ticket in range(TICKETS):
        _customer, buyers = customers[int(len(customers) * draw.random() ** 1.5)]
        subject = draw.choice(COMPLAINTS)
        stage = closed[0] if draw.random() < 0.75 else draw.choice(open_stages)
        vals_list.append(
            {
                "name": subject,
                "description": f"<p>{subject}</p>",
                "partner_id": draw.choice(buyers).id,
                "team_id": helpdesk.id,
                "user_id": draw.choice(team.member_ids).id,
                "stage_id": stage.id,
                "priority": draw.choice("0112"),
                "company_id": env.company.id,
            }
        )
    tickets = env["helpdesk.ticket"].create(vals_list)
    _backdate(env, tickets, draw, shop.today, 360)
    _close(tickets.filtered("stage_id.closed"), shop.today, open_stages)


def _close(tickets, today, open_stages):
    """Close each within a few working days of its creation; what would be closed after today is still open."""
    # a draw of its own: what is drawn after it does not depend on it
    draw = random.Random("closing")
    for ticket in tickets:
        moment = _working_moment(draw, ticket.create_date)
        if moment.date() < today:
            ticket.write({"closed_date": moment, "assigned_date": ticket.create_date, "last_stage_update": moment})
        else:
            ticket.stage_id = draw.choice(open_stages)


def _working_moment(draw, opened):
    """A moment after `opened`, in the working hours of a weekday; most often of the next day or the one after."""
    day = opened.date() + timedelta(days=draw.choice((1, 1, 1, 2, 2, 3, 5)))
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day, time(draw.randrange(9, 17), draw.randrange(60)))


def _backdate(env, records, draw, today, days):
    """Spread the creation of `records` over the last days: Odoo itself always writes the present."""
    env.flush_all()
    noon = datetime.combine(today, time(12))
    for record in records:
        env.cr.execute(
            SQL(
                "UPDATE %s SET create_date = %s WHERE id = %s",
                SQL.identifier(records._table),
                noon - timedelta(hours=draw.randrange(24, 24 * days)),
                record.id,
            )
        )
    records.invalidate_recordset(["create_date"])


def set_influence(draw, shop):
    """Market influence, 0 to 100, of some companies and a few people."""
    companies = [customer for customer, _buyers in shop.by_spend() if customer.is_company]
    people = [customer for customer, _buyers in shop.by_spend() if not customer.is_company]
    chosen = draw.sample(companies, INFLUENTIAL - 20) + draw.sample(people, 20)
    for customer in chosen:
        customer.value_influence = draw.choice((20, 30, 40, 50, 60, 70, 80, 95))

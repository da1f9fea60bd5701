"""Where the customers of the demo's shop came from: channels, what they cost, cohorts of two years, and leads.

The customers of the sample all began within three months. Some schools, cafés and shops that came before and after
them, by one channel or another, make cohorts that can be compared.
"""

from datetime import date, datetime, time, timedelta

import demo_deliveries
from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from odoo import Command
from odoo.tools import SQL

# name, how often new customers come by it, amount of an order, chance of another one each month, chance to win a lead,
# cost of a month
CHANNELS = (
    ("Trade fairs", 0.2, 420, 0.35, 0.45, 600),
    ("Search and website", 0.45, 90, 0.15, 0.25, 180),
    ("Recommendation", 0.2, 260, 0.4, 0.6, 40),
    ("Newsletter", 0.15, 70, 0.2, 0.3, 25),
)
INDUSTRIES = (("Education", 1.5), ("Food/Hospitality", 0.8), ("Wholesale/Retail", 1.2), ("Entertainment", 1.0))
NAMES = ("Primary School", "Café", "Music Shop", "Dance School", "Library", "Hotel", "Record Fair", "Youth Centre")
PLACES = ("Ashton", "Birkdale", "Carlow", "Denholm", "Eastvale", "Fairford", "Granton", "Harwick", "Ilford", "Kelso")
NEW, BEFORE, DECIDED, PROSPECTS = 40, 60, 70, 60
MONTHS = 31
PURSUIT = 15.0


def create(env, draw, today, team, shop):
    """Channels and costs, customers and leads of each, contacts never sold to; then what leads are worth."""
    channels = _create_channels(env)
    _set_costs(env, draw, today, channels)
    industries = env["res.partner.industry"].search(
        [("name", "in", [name for name, _factor in INDUSTRIES])], order="name"
    )
    factors = {industry: dict(INDUSTRIES)[industry.with_context(lang="en_US").name] for industry in industries}
    _tell_sources(env, draw, channels, list(factors))
    products = env["product.product"].search([("name", "like", "CD, "), ("type", "=", "consu")], limit=8)
    _create_customers(env, draw, today, team, channels, factors, products)
    _create_decided(env, draw, today, team, channels, factors, products)
    _create_prospects(env, draw, factors)
    env.company.sudo().acquisition_pursuit_cost = PURSUIT
    customers = shop.settle(env)
    for policy in env["customer.value.policy"].sudo().search([("state", "=", "active")]):
        policy._run(partners=customers)
    env["customer.lifetime.value"].sudo()._refresh(env.company, customers)
    env["customer.acquisition.lesson"].sudo()._refresh(env.company)


def _create_channels(env):
    """:return: list of (channel, its source, the row of ``CHANNELS``)"""
    Source, Channel = env["utm.source"].sudo(), env["customer.acquisition.channel"].sudo()
    rows = []
    for row in CHANNELS:
        source = Source.create({"name": f"{row[0]} (shop)"})
        rows.append((Channel.create({"name": row[0], "source_ids": source.ids}), source, row))
    rows[1][0].medium_ids = env["utm.medium"].search([("name", "in", ("Website", "Banner"))])
    rows[3][0].medium_ids = env["utm.medium"].search([("name", "=", "Email")])
    for channel, name in zip((row[0] for row in rows), ("展会", "搜索与网站", "客户推荐", "电子报"), strict=True):
        channel.with_context(lang="zh_CN").name = name
    return rows


def _set_costs(env, draw, today, channels):
    first = today.replace(day=1) - relativedelta(months=MONTHS)
    values = []
    for channel, _source, (*_row, cost) in channels[1:]:
        for month in range(MONTHS + 1):
            day = first + relativedelta(months=month)
            amount = round(cost * draw.uniform(0.7, 1.3))
            values.append(
                {
                    "channel_id": channel.id,
                    "date_from": day,
                    "date_to": day + relativedelta(months=1, days=-1),
                    "amount": amount,
                    "note": "Work of the shop's own people",
                }
            )
    env["customer.acquisition.cost"].sudo().create(values)
    # fairs are billed, twice a year
    organizer = env["res.partner"].create({"name": "Fairs & Halls Ltd", "is_company": True, "supplier_rank": 1})
    bills = env["account.move"].create(
        [
            {
                "move_type": "in_invoice",
                "partner_id": organizer.id,
                "invoice_date": day,
                "date": day,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Stand at the music fair",
                            "quantity": 1,
                            "price_unit": 6 * channels[0][2][5],
                            "acquisition_channel_id": channels[0][0].id,
                        }
                    )
                ],
            }
            for day in (first + relativedelta(months=month) for month in range(0, MONTHS, 6))
        ]
    )
    bills.action_post()


def _tell_sources(env, draw, channels, industries):
    """Sources of the first orders of some customers, and of the leads that are there; industries of half of them."""
    env.flush_all()
    env.cr.execute(
        """SELECT (array_agg(id ORDER BY date_order, id))[1], value_customer_id, sum(margin) FROM sale_order
            WHERE state = 'sale' AND company_id = %s GROUP BY value_customer_id ORDER BY 3 DESC, 2""",
        [env.company.id],
    )
    rows = env.cr.fetchall()
    orders, partners = {}, {}
    for place, (order, partner, _margin) in enumerate(rows):
        # those who spend much were more often met in person
        weights = (0.35, 0.2, 0.3, 0.1) if place < len(rows) / 5 else (0.05, 0.45, 0.1, 0.15)
        told = draw.choices((*range(len(channels)), None), (*weights, 0.25))[0]
        if told is not None:
            orders.setdefault(told, []).append(order)
        if draw.random() < 0.5:
            partners.setdefault(draw.choice(industries).id, []).append(partner)
    # through Odoo each order and partner would be looked at one by one
    for told, ids in orders.items():
        env.cr.execute("UPDATE sale_order SET source_id = %s WHERE id = ANY(%s)", [channels[told][1].id, ids])
    for industry, ids in partners.items():
        env.cr.execute("UPDATE res_partner SET industry_id = %s WHERE id = ANY(%s)", [industry, ids])
    env.invalidate_all()
    leads = env["crm.lead"].with_context(active_test=False).search([("source_id", "=", False)])
    for lead in leads:
        if draw.random() < 0.8:
            lead.source_id = draw.choices(channels, [row[1] for *_channel, row in channels])[0][1]


def _name(draw, number):
    return f"{NAMES[number % len(NAMES)]} {PLACES[draw.randrange(len(PLACES))]} {number + 1}"


def _create_customers(env, draw, today, team, channels, factors, products):
    """Customers of their own months, each with the lead that led to the first order, and orders since."""
    chosen = [draw.choices(channels, [row[1] for *_channel, row in channels])[0] for _number in range(NEW + BEFORE)]
    industries = [draw.choice(list(factors)) for _number in chosen]
    partners = env["res.partner"].create(
        [
            {
                "name": _name(draw, number),
                "is_company": True,
                "industry_id": industry.id,
                "country_id": env.company.country_id.id,
                "user_id": draw.choice(team.member_ids).id,
            }
            for number, industry in enumerate(industries)
        ]
    )
    months = {}
    leads = []
    for number, (partner, (_channel, source, row), industry) in enumerate(
        zip(partners, chosen, industries, strict=True)
    ):
        _label, _often, amount, again, _won, _cost = row
        # some came before the customers of the sample, the others after
        began = draw.randrange(22, MONTHS) if number < BEFORE else draw.randrange(0, 16)
        leads.append(
            {
                "name": f"First order of {partner.name}",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": partner.user_id.id,
                "team_id": team.id,
                "company_id": env.company.id,
                "source_id": source.id,
                "expected_revenue": round(amount * factors[industry] * draw.uniform(1, 3), -1),
            }
        )
        for month in range(began, -1, -1):
            if month == began or draw.random() < again:
                months.setdefault(month, []).append((number, amount * factors[industry] * draw.uniform(0.5, 1.5)))
    leads = env["crm.lead"].create(leads)
    first = {}
    # all of these are old enough to be invoiced: else this month would have more margin than revenue
    latest = today - timedelta(days=demo_deliveries.WAITING + 1)
    for month, orders in sorted(months.items(), reverse=True):
        day = min(today.replace(day=1) - relativedelta(months=month) + timedelta(days=draw.randrange(1, 27)), latest)
        with freeze_time(datetime.combine(day, time(10))):
            made = env["sale.order"].create(
                [
                    {
                        "partner_id": partners[number].id,
                        "user_id": partners[number].user_id.id,
                        "team_id": team.id,
                        "opportunity_id": leads[number].id if number not in first else False,
                        "source_id": leads[number].source_id.id if number not in first else False,
                        "order_line": [_make_line(draw.choice(products), amount)],
                    }
                    for number, amount in orders
                ]
            )
            made.action_confirm()
            fresh = leads.browse(leads[number].id for number, _amount in orders if number not in first)
            fresh.action_set_won()
            first.update((number, day) for number, _amount in orders if number not in first)
    _date(env, {leads[number]: day - timedelta(days=draw.randrange(5, 25)) for number, day in first.items()})


def _make_line(product, amount):
    """About so much of a product at its price."""
    return Command.create({"product_id": product.id, "product_uom_qty": max(1, round(amount / product.list_price))})


def _create_decided(env, draw, today, team, channels, factors, products):
    """Leads that were open a year ago and have been won or lost since: what the backtest looks at."""
    days, won, lost = {}, [], []
    partners = env["res.partner"].create(
        [
            {
                "name": _name(draw, NEW + BEFORE + number),
                "is_company": True,
                "industry_id": draw.choice(list(factors)).id,
                "country_id": env.company.country_id.id,
            }
            for number in range(DECIDED + DECIDED // 2)
        ]
    )
    rows = [draw.choices(channels, [row[1] for *_channel, row in channels])[0] for _partner in partners]
    leads = env["crm.lead"].create(
        [
            {
                "name": f"Inquiry of {partner.name}",
                "type": "opportunity",
                "partner_id": partner.id,
                "user_id": draw.choice(team.member_ids).id,
                "team_id": team.id,
                "company_id": env.company.id,
                "source_id": source.id,
                "expected_revenue": round(row[2] * factors[partner.industry_id] * draw.uniform(1, 3), -1),
            }
            for partner, (_channel, source, row) in zip(partners, rows, strict=True)
        ]
    )
    for number, (lead, (_channel, _source, row)) in enumerate(zip(leads, rows, strict=True)):
        (won if draw.random() < row[4] else lost).append(lead.id)
        days[lead] = today - timedelta(days=draw.randrange(370, 400) if number < DECIDED else draw.randrange(420, 500))
    earlier = set(leads[DECIDED:].ids)
    for ids, step in ((won, "action_set_won"), (lost, "action_set_lost")):
        for closed, when in ((True, 410), (False, 300)):
            part = leads.browse(lead for lead in ids if (lead in earlier) == closed)
            with freeze_time(datetime.combine(today - timedelta(days=when), time(15))):
                getattr(part, step)()
                if step == "action_set_won":
                    env["sale.order"].create(
                        [
                            {
                                "partner_id": lead.partner_id.id,
                                "opportunity_id": lead.id,
                                "source_id": lead.source_id.id,
                                "team_id": team.id,
                                "user_id": lead.user_id.id,
                                "order_line": [_make_line(draw.choice(products), 0.75 * lead.expected_revenue)],
                            }
                            for lead in part
                        ]
                    ).action_confirm()
    _date(env, days)


def _create_prospects(env, draw, factors):
    env["res.partner"].create(
        [
            {
                "name": f"{_name(draw, number)} (never sold to)",
                "is_company": True,
                "industry_id": draw.choice([*factors, env["res.partner.industry"]]).id,
                "country_id": env.company.country_id.id,
            }
            for number in range(PROSPECTS)
        ]
    )


def _date(env, days):
    """Odoo itself always writes the present as the day of entry."""
    env.flush_all()
    for record, day in days.items():
        moment = datetime.combine(day if isinstance(day, date) else day.date(), time(9))
        env.cr.execute(SQL("UPDATE crm_lead SET create_date = %s WHERE id = %s", moment, record.id))
    env.invalidate_all()

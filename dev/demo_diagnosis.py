"""A shop that began with a diagnosis: what was wrong, what has been mended since, and a plan in its second step."""

from datetime import datetime, time, timedelta

from freezegun import freeze_time

# Days since which it has been measured; the plan is drawn at the second one, and its first step is done at the last but
# one.
NIGHTS = (150, 130, 110, 90, 70, 50, 35, 25, 12)
DRAWN, DONE = 1, 7

# How many customers each fault is planted with, and what share of them is mended between two measurements.
WRONG_MAILS, WRONG_PHONES, OLD, LEFT = 160, 90, 260, 35
MENDED, ASSIGNED, CONFIRMED = 0.13, 110, 25

# Of the customers so many have an address, and of the companies so many an industry.
ADDRESSES, INDUSTRIES = 0.9, 0.7

# Quotations of which nobody has heard since, and their age in days.
SILENT, SILENT_DAYS = 9, 40


def create(env, draw, shop, team):
    """Plant faults, measure them on some days of the past, and mend some in between."""
    customers = shop.by_spend()
    partners = env["res.partner"].browse(customer.id for customer, _buyers in customers)
    _complete(env, draw, partners)
    wrong = {}
    for partner in draw.sample([partner for partner in partners if partner.email], WRONG_MAILS):
        wrong[partner] = {"email": partner.email}
        partner.email = partner.email.replace("@", draw.choice((" at ", "(at)", "@@")))
    for partner in draw.sample([partner for partner in partners if partner.phone], WRONG_PHONES):
        wrong.setdefault(partner, {})["phone"] = partner.phone
        partner.phone = partner.phone[:5]
    _leave(env, draw, partners)
    _quote(env, draw, shop, customers)
    env.flush_all()
    _let_age(env, draw.sample(partners.ids, OLD), shop.today)
    manager = env.ref("base.user_admin")
    leader = env["res.users"].search([("login", "=", "manager")], limit=1) or manager
    plan = env["customer.plan"]
    for number, days in enumerate(NIGHTS):
        with freeze_time(datetime.combine(shop.today - timedelta(days=days), time(3))):
            diagnosis = env["customer.diagnosis"].sudo()._diagnose(env.company)
            if number == DRAWN:
                plan = env["customer.plan"].with_user(leader)._draw(diagnosis.with_user(leader)).sudo()
                plan.step_ids[1].user_id = manager
            if number == DONE:
                plan.step_ids[0].action_done()
        for partner in draw.sample(sorted(wrong, key=lambda partner: partner.id), int(len(wrong) * MENDED)):
            partner.write(wrong.pop(partner))
        if number >= DRAWN:
            _mend(env, draw, partners, team)
    env["customer.diagnosis"].sudo()._diagnose(env.company)


def _complete(env, draw, partners):
    """Where customers live and what they trade in is known of most."""
    streets = ("Main Street", "Oak Avenue", "Station Road", "Park Lane", "Mill Lane")
    industries = env["res.partner.industry"].search([], limit=8).ids
    rows = [
        (
            partner.id,
            f"{draw.randrange(1, 200)} {draw.choice(streets)}" if draw.random() < ADDRESSES else None,
            draw.choice(industries) if partner.is_company and draw.random() < INDUSTRIES else None,
        )
        for partner in partners
    ]
    env.flush_all()
    env.cr.execute(
        """UPDATE res_partner rp
              SET street = COALESCE(rp.street, told.street), industry_id = COALESCE(rp.industry_id, told.industry_id),
                  city = COALESCE(rp.city, 'Springfield'), country_id = COALESCE(rp.country_id, %s)
             FROM unnest(%s::int[], %s::text[], %s::int[]) AS told (id, street, industry_id)
            WHERE rp.id = told.id""",
        [env.ref("base.us").id, *(list(column) for column in zip(*rows, strict=True))],
    )
    env.invalidate_all()


def _leave(env, draw, partners):
    """A colleague who has left, with customers whom nobody has taken over."""
    leaver = env["res.users"].create(
        {
            "name": "Robin Parker",
            "login": "robin.parker",
            "group_ids": [(4, env.ref("sales_team.group_sale_salesman").id)],
        }
    )
    for partner in draw.sample([partner for partner in partners[:400] if not partner.user_id], LEFT):
        partner.user_id = leaver
    leaver.active = False


def _quote(env, draw, shop, customers):
    product = env["product.product"].search([("sale_ok", "=", True), ("name", "=like", "CD, %")], limit=1)
    # those who buy seldom: no order has come since
    quiet = [buyers[0] for customer, buyers in customers if customer.user_id][-SILENT:]
    with freeze_time(datetime.combine(shop.today - timedelta(days=SILENT_DAYS), time(11))):
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": buyer.id,
                    "user_id": buyer.commercial_partner_id.user_id.id,
                    "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": draw.randrange(20, 80)})],
                }
                for buyer in quiet
            ]
        )
        orders.state = "sent"


def _mend(env, draw, partners, team):
    """Customers get an account manager, and their data are confirmed."""
    nobodys = [partner for partner in partners if not partner.user_id]
    for number, partner in enumerate(draw.sample(nobodys, min(ASSIGNED, len(nobodys)))):
        partner.user_id = team.member_ids[number % len(team.member_ids)]
    env.flush_all()
    env.cr.execute(
        """UPDATE res_partner SET write_date = now()
            WHERE id IN (SELECT id FROM res_partner WHERE id = ANY(%s) AND write_date < now() - interval '2 years'
                          ORDER BY id LIMIT %s)""",
        [partners.ids, CONFIRMED],
    )


def _let_age(env, ids, today):
    """Customers whom nobody has touched for years."""
    env.cr.execute(
        "UPDATE res_partner SET write_date = %s WHERE id = ANY(%s)", [today - timedelta(days=3 * 365), list(ids)]
    )

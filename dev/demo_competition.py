"""Competitors of the demo's shop: who they are, which deals they were in, and what customers spend elsewhere."""

from datetime import datetime, time, timedelta

from freezegun import freeze_time

# name, price position, how to win, strengths, weaknesses; then how often a deal against them is won, and their price
# as a share of ours
COMPETITORS = (
    (
        "Disc Depot", "cheaper", "Offer delivery within two days, and name the date in the quotation.",
        "Low prices on the top 100.", "Late with everything that is not in the charts.", 0.45, 0.92,
    ),
    (
        "Melody Wholesale", "dearer", "Quote the whole list at once: they charge for small orders.",
        "Advice by people who know classical music.", "Expensive; no web shop.", 0.65, 1.08,
    ),
    (
        "Stream & More", "much_cheaper", "Ask what customers of theirs want to hold in their hands.",
        "No stock, no shipping.", "Nothing to give away as a present.", 0.3, 0.75,
    ),
)  # fmt: skip
DEALS = (48, 40, 14)
BUDGETS, RANKS = 25, 60


def create(env, draw, shop, team):
    """Competitors, decided deals against them, one quotation that is open, and what is known of wallets."""
    rivals = env["res.partner"].create(
        [
            {
                "name": name,
                "is_company": True,
                "is_competitor": True,
                "competitor_price": position,
                "competitor_how_to_win": how,
                "competitor_strengths": strengths,
                "competitor_weaknesses": weaknesses,
            }
            for name, position, how, strengths, weaknesses, _share, _price in COMPETITORS
        ]
    )
    customers = shop.by_spend()
    number = 0
    for rival, (*_texts, share, price), count in zip(rivals, COMPETITORS, DEALS, strict=True):
        for _deal in range(count):
            customer, buyers = customers[int(len(customers) * draw.random() ** 2)]
            number += 1
            won = draw.random() < share
            days = draw.randrange(5, 60) if not won and number % 4 == 0 else draw.randrange(60, 700)
            with freeze_time(datetime.combine(shop.today - timedelta(days=days), time(11))):
                _decide(env, draw, team, customer, draw.choice(buyers), rival, won, price)
    _quote(env, draw, shop, rivals[0])
    _know(env, draw)


def _decide(env, draw, team, customer, buyer, rival, won, price):
    amount = draw.choice((350, 500, 800, 1200, 2000))
    lead = env["crm.lead"].create(
        {
            "name": draw.choice(("Listening stations with stock", "Christmas order", "Jazz weeks: special display")),
            "type": "opportunity",
            "partner_id": buyer.id,
            "user_id": customer.user_id.id or team.member_ids[0].id,
            "team_id": team.id,
            "company_id": env.company.id,
            "expected_revenue": amount,
        }
    )
    env["customer.competition.line"].create(
        {
            "lead_id": lead.id,
            "competitor_id": rival.id,
            "price": round(amount * price * draw.uniform(0.95, 1.05)) if draw.random() < 0.7 else 0,
            "is_incumbent": draw.random() < 0.3,
            # of those lost, some went to nobody
            "is_winner": not won and draw.random() < 0.8,
        }
    )
    if won:
        lead.action_set_won()
    else:
        lead.action_set_lost()


def _quote(env, draw, shop, rival):
    """A competitor is in the running for the quotations that are open."""
    orders = env["sale.order"].search([("state", "=", "sent"), ("opportunity_id", "=", False)], limit=5)
    env["customer.competition.line"].create(
        [
            {"order_id": order.id, "competitor_id": rival.id, "price": round(order.amount_untaxed * 0.93, 2)}
            for order in orders
        ]
    )


def _know(env, draw):
    """Budgets that customers told, and our rank among their suppliers."""
    Wallet = env["customer.wallet"].sudo()
    Wallet._refresh(env.company)
    rows = Wallet.search([("company_id", "=", env.company.id)], order="revenue desc", limit=BUDGETS + RANKS)
    for place, row in enumerate(rows):
        if place % (RANKS // BUDGETS + 1) == 0:
            row.budget = round(row.revenue * draw.uniform(1.1, 4), -1)
        else:
            count = draw.randrange(2, 5)
            row.write({"supplier_count": count, "supplier_rank": draw.randrange(1, count + 1)})
    Wallet._refresh(env.company)

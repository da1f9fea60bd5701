"""What the first page of the app tells of the demo's customers: where most of them live, and who competes for deals."""

from odoo.tools import SQL

# By the country of their phone numbers
CITIES = {
    ("+1", "US"): ("Portland", "Austin", "Boston", "Denver", "Chicago", "Seattle", "Atlanta", "Detroit"),
    ("+86", "CN"): ("北京", "上海", "广州", "成都"),
}

# One customer in so many has never said where they live.
UNKNOWN = 9

# In one open deal of so many, a competitor is known.
CONTESTED = 6


def create(env):
    """A city and a country for most customers and their contacts, and competitors in some open deals."""
    for (code, country), cities in CITIES.items():
        env.cr.execute(
            SQL(
                """
                UPDATE res_partner p
                   SET city = (%(cities)s)[1 + customer.id %% %(count)s], country_id = %(country)s
                  FROM res_partner customer
                 WHERE customer.id = p.commercial_partner_id AND customer.ref LIKE 'CDNOW%%'
                   AND customer.phone LIKE %(code)s AND customer.id %% %(unknown)s <> 0
                """,
                cities=list(cities),
                count=len(cities),
                country=env.ref(f"base.{country.lower()}").id,
                code=f"{code} %",
                unknown=UNKNOWN,
            )
        )
    env.invalidate_all()
    deals = env["crm.lead"].search([("won_status", "=", "pending"), ("partner_id", "!=", False)], order="id")
    rivals = env["res.partner"].search([("is_competitor", "=", True)], order="id")
    env["customer.competition.line"].create(
        [
            {"lead_id": deal.id, "competitor_id": rivals[number % len(rivals)].id}
            for number, deal in enumerate(deals[::CONTESTED])
        ]
    )

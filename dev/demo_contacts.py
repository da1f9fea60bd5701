"""Contacts made with the demo's customers: by every channel, some answered, some of nobody known, some missed."""

from datetime import datetime, time, timedelta

# subject and note by channel
SAID = {
    "phone": (
        ("Where is the parcel?", "Ordered a week ago, needed on Saturday for a party."),
        ("Invoice to another address", "From next month on to the head office."),
        ("Asks for a price", "Forty jazz titles, on sale or return."),
        ("发票问题", "客户要求重新开具发票。"),
    ),
    "visit": (("Visit to the shop", "New manager; wants listening stations with stock."),),
    "mail": (("Catalog, please", "The autumn one, ten copies."), ("Return of two cases", "Opened by mistake.")),
    "chat": (("Is the import in stock?", "Told: from Thursday on."),),
    "letter": (("Termination of the subscription", "Signed, with a notice of three months."),),
    "fax": (("Order by fax", "12 titles, handwritten."), ("传真订单", "共十二种唱片。")),
    "social": (("Praise for the packaging", "Public post; thank them."),),
    "web": (("Newsletter in two languages", "Form on the web site."),),
}
WEIGHTS = {"phone": 50, "mail": 20, "visit": 6, "chat": 8, "letter": 4, "fax": 4, "social": 4, "web": 4}
# Hours until somebody answers
HOURS = {"phone": 3, "mail": 9, "visit": 20, "chat": 2, "letter": 40, "fax": 16, "social": 12, "web": 14}
CONTACTS, OUTCOMES, CALLS = 260, 24, 9


def create(env, draw, shop, team):
    """Contacts of the last ninety days, answers to most of them, and calls that nobody has been found for."""
    customers = shop.by_spend()
    users = team.member_ids
    rows, answers = [], []
    for _contact in range(CONTACTS):
        customer, buyers = customers[int(len(customers) * draw.random() ** 2)]
        channel = draw.choices(list(WEIGHTS), WEIGHTS.values())[0]
        subject, note = draw.choice(SAID[channel])
        day = shop.today - timedelta(days=draw.randrange(1, 90))
        day -= timedelta(days=max(day.weekday() - 4, 0))
        moment = datetime.combine(day, time(draw.randrange(8, 16), draw.randrange(60)))
        values = {
            "partner_id": draw.choice(buyers).id,
            "user_id": (customer.user_id if customer.user_id in users else draw.choice(users)).id,
            "channel": channel,
            "company_id": env.company.id,
        }
        missed = channel == "phone" and draw.random() < 0.2
        talked = channel in ("phone", "visit", "chat") and not missed
        rows.append(
            values
            | {
                "direction": "in",
                "moment": moment,
                "subject": "Missed call" if missed else subject,
                "note": False if missed else note,
                "duration": draw.randrange(60, 900) / 3600 if talked else 0,
            }
        )
        if not talked and draw.random() < 0.85:
            answers.append(
                values
                | {
                    "direction": "out",
                    "channel": draw.choice(("phone", "mail")),
                    "moment": _at_work(moment + timedelta(hours=HOURS[channel] * draw.uniform(0.2, 2))),
                    "subject": "Answered",
                    "duration": draw.randrange(60, 400) / 3600,
                }
            )
    contacts = env["customer.contact"].create(rows)
    env["customer.contact"].create([row for row in answers if row["moment"] < env.cr.now()])
    _lead_on(env, draw, contacts)
    _leave_open(env, draw, shop, customers)
    scanner = {"company_id": env.company.id, "user_id": users[0].id}
    env["customer.contact.address"].create(
        [
            {"name": "Letters, scanned", "channel": "letter", "alias_name": "letters"} | scanner,
            {"name": "Fax server", "channel": "fax", "alias_name": "fax"} | scanner,
        ]
    )


def _at_work(moment):
    """The same moment, or the next morning of a working day."""
    if moment.hour >= 17:
        moment = moment.replace(hour=9) + timedelta(days=1)
    elif moment.hour < 8:
        moment = moment.replace(hour=9)
    return moment + timedelta(days=max(7 - moment.weekday(), 0) if moment.weekday() > 4 else 0)


def _lead_on(env, draw, contacts):
    """What some of them led to, by the buttons that users press."""
    offered = ("ticket", "complaint", "quotation", "opportunity", "activity")
    talked = contacts.filtered("note").sorted("moment", reverse=True)
    for contact in talked[:OUTCOMES]:
        contact.with_user(contact.user_id).sudo()._lead_to(draw.choice(offered))
    # sudo: demo data, as users would have closed them
    for contact in talked[OUTCOMES:].filtered(lambda contact: contact.channel in ("phone", "visit", "chat", "social")):
        contact._lead_to("note")


def _leave_open(env, draw, shop, customers):
    """Calls and scans of which it is not known whose they are; of some there are candidates."""
    # the demo may be made before the office opens: nobody has called at an hour that has not come
    moment = min(datetime.combine(shop.today, time(9)), env.cr.now() - timedelta(hours=3))
    rows = [
        {
            "phone": f"+1202555{draw.randrange(100, 199):04}",
            "moment": moment - timedelta(hours=24 * (number // 3) - number % 3),
            "channel": "phone",
            "subject": False,
            "call_id": f"demo-{number}",
            "recording_url": f"https://pbx.example.com/calls/demo-{number}.mp3",
            "duration": 0 if number % 3 else draw.randrange(60, 600) / 3600,
            "user_id": False,
            "company_id": env.company.id,
        }
        for number in range(CALLS)
    ]
    for row in rows[::3]:
        number = draw.choice(customers)[0].value_phone_e164
        same = env["res.partner"].search([("value_phone_e164", "=", number)])
        row |= {"phone": number, "candidate_ids": [(6, 0, same.ids)]}
    rows.append(
        {
            "channel": "letter", "subject": "Scan 2041", "note": "Letter without a legible sender.",
            "email": "scanner@example.com", "moment": moment, "user_id": False, "company_id": env.company.id,
        }
    )  # fmt: skip
    env["customer.contact"].create(rows)

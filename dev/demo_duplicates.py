"""Customers of the demo's shop who are there twice, and some who only look like it."""

# how the second one is written, of a name and a form: the words of the name may be turned, misspelled, or in capitals
WRITINGS = (
    lambda name, form: f"{name} {'Ltd' if form != 'Ltd' else 'Inc.'}",
    lambda name, form: f"{name.upper()} {form}",
    lambda name, form: " ".join((*name.split()[1:], name.split()[0])),
    lambda name, form: f"{name[:2]}{name[3:]} {form}",
    lambda name, form: f"{name[:3]}{name[2]}{name[3:]}",
    lambda name, form: name.replace(" ", "-"),
)
STREETS = ("Harbour Street", "Mill Road", "Station Avenue", "Market Square", "Church Lane", "Park Drive")
CITIES = (
    ("Riverside", "41"), ("Northport", "52"), ("Westbrook", "63"), ("Southfield", "74"), ("Hillcrest", "17"),
    ("Lakewood", "28"), ("Stonebridge", "39"), ("Ashbury", "85"),
)  # fmt: skip
FORMS = ("Ltd", "Inc.", "LLC", "& Co.", "Group", "GmbH", "BV")
BRANCH = {"street": "Quay 1", "city": "Eastport", "zip": "99101"}
GROUPS, TENANTS, CLIENTS = 20, 3, 4
# of the companies by what they have spent: the largest are in the highest tier anyhow
FIRST = 60
# every fifth has a third one
THIRDS = 5


def create(env, draw, shop):
    """Give companies addresses, and make some into others: twenty groups, a branch, tenants, a shared mailbox."""
    companies = [customer for customer, _buyers in shop.by_spend() if customer.is_company]
    _settle(env, draw, companies)
    # those next to each other have spent about as much: together, some of them belong in a higher tier
    free = iter(companies[FIRST : FIRST + 4 * GROUPS])
    for number in range(GROUPS):
        original = next(free)
        name, form = _split(original.name)
        tax_number = f"GB{draw.randrange(10**8, 10**9)}"
        original.vat = tax_number
        for third in range(2 if number % THIRDS == 4 else 1):
            copy = next(free)
            # of what is known of the one, something is missing or different for the other
            kept = draw.randrange(4)
            copy.write(
                {
                    "name": WRITINGS[(number + third) % len(WRITINGS)](name, form).strip(),
                    "vat": tax_number if kept != 0 else False,
                    "phone": original.phone if kept != 1 else copy.phone,
                    "email": original.email if kept != 2 else False,
                    "street": original.street.replace("Street", "St.").replace("Road", "Rd") if kept != 3 else False,
                    "city": original.city,
                    "zip": original.zip,
                }
            )
        if number == 0:
            # another place of the same company is no duplicate
            next(free).write({"name": f"{name} Eastport", "vat": tax_number} | BRANCH)
        if number == 1:
            for _tenant in range(TENANTS):
                next(free).write({"street": original.street, "city": original.city, "zip": original.zip})
    for _client in range(CLIENTS):
        next(free).email = "clients@bookkeeping.example.com"


def _settle(env, draw, companies):
    """Addresses, by one statement."""
    addresses = [
        (f"{draw.choice(STREETS)} {draw.randrange(1, 120)}", *draw.choice(CITIES), draw.randrange(100, 140))
        for _company in companies
    ]
    streets, cities, codes, ends = zip(*addresses, strict=True)
    env.flush_all()
    env.cr.execute(
        """UPDATE res_partner partner SET street = place.street, city = place.city, zip = place.code || place.ending
             FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[], %s::int[])
                  place (id, street, city, code, ending)
            WHERE partner.id = place.id""",
        [[company.id for company in companies], list(streets), list(cities), list(codes), list(ends)],
    )
    env.invalidate_all()


def look(env):
    """Find them, and decide about one."""
    env["customer.duplicate"]._refresh(env.company)
    env["customer.duplicate"].search([], order="probability, id", limit=1).action_keep_apart()


def _split(name):
    """:return: the name without its form, and the form"""
    form = next((form for form in FORMS if name.endswith(f" {form}")), "")
    return name.removesuffix(form).strip(), form

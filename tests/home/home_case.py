"""Two companies with something in every column of the home page, and what each reader should see of it."""

from odoo import Command
from odoo.tests import new_test_user
from odoo.tools import SQL

from ..campaign.retention_case import RetentionCase
from ..scoring.staff_case import TODAY

SERVICE = "helpdesk_mgmt.group_helpdesk_user"

# Which field a figure sums up; the others count.
SUMS = {"margin": "margin", "lifetime": "lifetime_value", "referrals": "referral_value"}


class HomeCase(RetentionCase):
    staff = "home"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Other Company", "EUR")
        cls.env.user.company_ids |= cls.company | cls.other
        cls.Home = cls.env["customer.home"]
        cls.seller = cls.person("seller", f"{SERVICE},customer_value.group_customer_value_user")
        cls.boss = cls.person("boss", f"{SERVICE},customer_value.group_customer_value_manager")
        cls.officer = cls.person("officer", "customer_value.group_complaint_officer")
        cls.idle = cls.person("idle", "customer_value.group_customer_value_user")
        cls.theirs = cls.buyers(8, "Seller's", user_id=cls.seller.id)
        cls.bosses = cls.buyers(3, "Boss's", user_id=cls.boss.id)
        cls.both = cls.theirs | cls.bosses
        for number, partner in enumerate(cls.both):
            cls.invoice(partner, "2025-05-15", 11 + number)
        # the same firm in the other company is a customer of it as well
        cls.abroad = cls.theirs[0] | cls.bosses[0]
        for partner in cls.abroad:
            cls.order(partner, "2025-05-15", 40, cost=10, company=cls.other)
            cls.invoice(partner, "2025-05-15", 40, company=cls.other)
        cls.fill()

    @classmethod
    def person(cls, name, groups):
        return new_test_user(
            cls.env,
            f"home_{name}",
            f"base.group_user,{groups}",
            name=name.title(),
            company_id=cls.company.id,
            company_ids=[Command.set((cls.company | cls.other).ids)],
        )

    @classmethod
    def fill(cls):
        cls.run_policy(as_of=TODAY)
        cls.run_policy(as_of=TODAY, policy=cls.Policy._get_active(cls.other))
        complete = {"email": "a@example.com", "phone": "1", "city": "Here", "country_id": cls.env.ref("base.be").id}
        (cls.theirs[:5] | cls.bosses[:1]).write(complete)
        (cls.theirs[:4] | cls.bosses[:2]).is_company = True
        for partner in cls.theirs[:3] | cls.bosses[:1]:
            cls.customer(f"Contact of {partner.name}", parent_id=partner.id)
        cls.customer("Warehouse", parent_id=cls.theirs[0].id, type="delivery")
        cls.tier("Base").pricelist_id = cls.env["product.pricelist"].create({"name": "Base"})
        for number, partner in enumerate(cls.both):
            cls.insert(
                "customer_lifetime_value",
                partner_id=partner.id,
                company_id=cls.company.id,
                as_of=TODAY,
                lifetime_value=100 + number,
                lifetime_potential=10 * (number % 4),
            )
        for partner in cls.theirs[1:5] | cls.bosses[1:3]:
            cls.insert("customer_retention_risk", partner_id=partner.id, company_id=cls.company.id, stake=partner.id)
        cls.insert("customer_retention_risk", partner_id=cls.abroad[0].id, company_id=cls.other.id, stake=1)
        cls.theirs[5].referrer_id, cls.bosses[2].referrer_id = cls.theirs[0], cls.theirs[1]
        for partner, amount in ((cls.theirs[0], 105), (cls.theirs[1], 110)):
            cls.insert(
                "customer_referral_value",
                partner_id=partner.id,
                company_id=cls.company.id,
                as_of=TODAY,
                own_value=100,
                came_value=amount,
                referral_value=amount,
            )
        for partner, moment in (
            (cls.theirs[0], "2025-06-10 10:00:00"),
            (cls.bosses[0], "2025-06-10 11:00:00"),
            (cls.theirs[0], "2025-01-10 10:00:00"),
        ):
            cls.env["customer.contact"].create(
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "channel": "phone",
                    "moment": moment,
                    "subject": "Delivery",
                }
            )
        cls.end_tiers(cls.theirs[:2] | cls.bosses[:1])
        cls.started(cls.theirs[:6] | cls.bosses, holdout_percent=0, without_holdout=True)
        cls.env.cr.execute(
            "UPDATE customer_retention_member SET state = 'offered', offered_on = '2025-06-10' WHERE partner_id IN %s",
            [tuple((cls.theirs[:3] | cls.bosses[:1]).ids)],
        )
        for partner in cls.theirs[2:4] | cls.bosses[2:3]:
            cls.complaint(partner)
        cls.complaint(cls.abroad[0], company=cls.other)
        cls.rate(cls.theirs[0], 5)
        cls.rate(cls.theirs[1], 2)
        cls.rate(cls.bosses[0], 1)
        cls.rate(cls.abroad[0], 3, company=cls.other)
        cls.theirs[7].activity_schedule("mail.mail_activity_data_call", TODAY, user_id=cls.seller.id)
        cls.company.retention_ticket_cost = 100
        closed = cls.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        for partner in cls.theirs[6:8] | cls.bosses[2:3]:
            cls.ticket(partner).write({"stage_id": closed.id, "closed_date": TODAY})
        cls.env.invalidate_all()

    @classmethod
    def insert(cls, table, **values):
        """A row of a table that only the system writes."""
        cls.env.flush_all()
        columns = SQL(", ").join(SQL.identifier(name) for name in values)
        cls.env.cr.execute(SQL("INSERT INTO %s (%s) VALUES %s", SQL.identifier(table), columns, tuple(values.values())))

    @classmethod
    def end_tiers(cls, partners):
        """They are about to lose their tier."""
        cls.env.cr.execute(
            "UPDATE customer_value_score SET grace_until = '2025-07-05' WHERE company_id = %s AND partner_id IN %s",
            [cls.company.id, tuple(partners.ids)],
        )
        cls.env.invalidate_all()

    @classmethod
    def rate(cls, partner, stars, company=None):
        ticket = cls.ticket(partner, company=company)
        cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": ticket.id,
                "rating": stars,
                "consumed": True,
                "rated_on": "2025-06-01 10:00:00",
            }
        )

    def as_user(self, records, user, *companies):
        companies = companies or (self.company,)
        return records.with_user(user).with_context(allowed_company_ids=[company.id for company in companies])

    def figures(self, user, scope=False, *companies):
        """``{figure: its dict}`` of all columns as ``user`` sees them."""
        self.env.flush_all()
        self.env.invalidate_all()
        Home = self.as_user(self.Home, user, *companies)
        with self.reading_only():
            codes = [column["code"] for column in Home.get_home(scope)["columns"]]
            columns = [Home.get_column(code, scope) for code in codes]
        return {figure["name"]: figure for column in columns for figure in column["figures"]}

    def opened(self, figure, user, *companies):
        """The records that a click on a figure shows."""
        action = figure["action"]
        Model = self.as_user(self.env[action["res_model"]], user, *companies)
        return Model.with_context(**action["context"]).search(action["domain"])

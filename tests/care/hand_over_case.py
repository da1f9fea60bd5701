from odoo import Command
from odoo.tests import new_test_user

from ..core.value_case import ONE_TO_ONE, ValueCase

SALES = "sales_team.group_sale_salesman_all_leads"

HELPDESK = "helpdesk_mgmt.group_helpdesk_user"


class HandOverCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.other_company = cls.make_company("Other Company", "EUR")
        cls.HandOver = cls.env["customer.value.hand.over"]
        cls.leaver = cls.user("leaver", companies=cls.company | cls.other_company)
        cls.anna, cls.ben = cls.user("anna", lang="en_US"), cls.user("ben")
        cls.manager = cls.user("boss", groups=f"{SALES},customer_value.group_customer_value_manager")
        cls.env.user.company_ids |= cls.company | cls.other_company
        # customers with revenue of 90, 50 and 10 are Top, Middle and Base
        cls.top, cls.middle, cls.base = cls.customers(3)
        for partner, amount in ((cls.top, 90), (cls.middle, 50), (cls.base, 10)):
            cls.invoice(partner, "2025-01-10", amount)
        cls.run_policy()
        (cls.top | cls.middle | cls.base).user_id = cls.leaver
        cls.contact = cls.customer("Contact of the best", parent_id=cls.top.id, user_id=cls.leaver.id)
        cls.stranger = cls.customer("Without a tier", user_id=cls.leaver.id)
        cls.stage_open = cls.env["helpdesk.ticket.stage"].create({"name": "Open", "sequence": 0})
        cls.stage_closed = cls.env["helpdesk.ticket.stage"].create({"name": "Over", "closed": True})

    @classmethod
    def user(cls, login, groups=f"{SALES},{HELPDESK}", companies=None, **values):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            f"hand_over_{login}",
            groups,
            name=login.title(),
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **values,
        )

    @classmethod
    def tiers(cls):
        return {name: cls.tier(name).id for name in ("Top", "Middle", "Base")}

    def plan(self, **receivers):
        """Top=user, and no_tier=user."""
        return {False if name == "no_tier" else self.tier(name).id: users for name, users in receivers.items()}

    def everything_to(self, user):
        return dict.fromkeys([*self.tiers().values(), False], user)

    def hand_over(self, plan=None, company=None, **options):
        company = company or self.company
        HandOver = self.HandOver.with_user(self.manager).with_context(
            allowed_company_ids=company.ids, tracking_disable=False
        )
        done = HandOver._hand_over(
            company.with_env(HandOver.env), self.leaver, plan or self.everything_to(self.anna), **options
        )
        self.env.invalidate_all()
        return done

    def quotation(self, partner, **values):
        order = self.order(partner, "2025-02-01", confirm=False, **values)
        order.user_id = self.leaver
        return order

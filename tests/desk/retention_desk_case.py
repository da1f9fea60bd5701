"""What the tests of the desk share."""

from datetime import date

from freezegun import freeze_time
from odoo import Command
from odoo.tests import new_test_user

from ..core.value_case import ONE_TO_ONE, ValueCase

# a Wednesday
TODAY = date(2025, 6, 18)

SALES = "sales_team.group_sale_salesman_all_leads"

EVERYTHING = (
    f"{SALES},helpdesk_mgmt.group_helpdesk_user,account.group_account_invoice,customer_value.group_customer_value_user"
)


class DeskCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        clock = freeze_time(f"{TODAY} 09:00:00")
        clock.start()
        cls.addClassCleanup(clock.stop)
        cls.make_policy(ONE_TO_ONE, window_months=12)
        cls.other = cls.make_company("Other Company", "EUR")
        cls.env.user.company_ids |= cls.company | cls.other
        cls.anna = cls.user("anna", EVERYTHING)
        cls.ben = cls.user("ben", EVERYTHING)
        cls.boss = cls.user("boss", f"{EVERYTHING},customer_value.group_customer_value_manager")
        cls.seller = cls.user("seller", SALES)
        cls.plain = cls.user("plain", "customer_value.group_customer_value_user")
        cls.firm = cls.customer("Firm", is_company=True, user_id=cls.anna.id)
        cls.contact = cls.customer("Contact", parent_id=cls.firm.id)
        cls.person = cls.customer("Person", user_id=cls.anna.id)
        cls.bens = cls.customer("Customer of Ben", user_id=cls.ben.id)
        # the user's contact, of a customer without an account manager
        cls.nobodys = cls.customer("Customer of nobody", is_company=True)
        cls.customer("Contact of nobody's", parent_id=cls.nobodys.id, user_id=cls.anna.id)
        cls.env.invalidate_all()

    @classmethod
    def user(cls, name, groups, companies=None, **values):
        companies = companies or cls.company
        return new_test_user(
            cls.env,
            f"desk_{name}",
            groups,
            name=name.title(),
            email=f"{name}@example.com",
            tz="UTC",
            company_id=companies[0].id,
            company_ids=[Command.set(companies.ids)],
            **values,
        )

    def as_user(self, records, user, company=None):
        return records.with_user(user).with_context(
            allowed_company_ids=(company or self.company).ids, tracking_disable=False, mail_create_nolog=False
        )

    def desk(self, user=None, of=None, company=None, period="week"):
        """The desk as ``user`` sees it; of somebody else if ``of``."""
        self.env.flush_all()
        self.env.invalidate_all()
        Desk = self.as_user(self.env["customer.retention.desk"], user or self.anna, company)
        with self.reading_only():
            return Desk.get_desk(of.id if of else False, period)

    @classmethod
    def send(cls, *quotations):
        """Send them, and write what is tracked, as the end of a transaction does."""
        for quotation in quotations:
            quotation.with_context(tracking_disable=False).action_quotation_sent()
        cls.env.flush_all()
        cls.env.cr.precommit.run()

    def figure(self, desk, name):
        [figure] = [figure for figure in desk["summary"]["figures"] if figure["name"] == name]
        return figure

    def count(self, block, kind):
        found = [count for count in block["counts"] if count["kind"] == kind]
        return found[0] if found else None

    def opened(self, figure, user=None, company=None):
        """The records that the action of a figure shows."""
        action = figure["action"]
        Model = self.as_user(self.env[action["res_model"]], user or self.anna, company)
        return Model.with_context(**action["context"]).search(action["domain"])

    @classmethod
    def plan(cls, record, day, user=None, summary="Call"):
        return record.activity_schedule(
            "mail.mail_activity_data_call", day, summary=summary, user_id=(user or cls.anna).id
        )

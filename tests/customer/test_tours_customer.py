"""The customer page in a browser."""

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestCustomerTours(BrowserCase, ValueCase):
    def test_page(self):
        firm = self.customer("Tour Firm", is_company=True, phone="+32 2 290 34 90")
        self.customer("Tour Contact", parent_id=firm.id, phone="+32 2 290 34 91")
        today = fields.Date.today()
        self.order(firm, today)
        self.order(firm, today, confirm=False)
        self.make_policy()
        self.run_policy(as_of=today)
        step = firm._get_next_steps(self.company)[firm.id]
        self.ticket(firm, today)
        user = new_test_user(
            self.env,
            "page_tour",
            "sales_team.group_sale_salesman_all_leads,helpdesk_mgmt.group_helpdesk_user,"
            "customer_value.group_customer_value_user",
            name="Seller",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        self.start_tour("/odoo/customer-page", "customer_value_customer_page", login=user.login, timeout=120)
        self.env.invalidate_all()
        self.assertRecordValues(
            self.env["customer.value.advice"].search([("partner_id", "=", firm.id)]),
            [{"kind": "step", "promise": step["sentence"], "user_id": user.id}],
        )

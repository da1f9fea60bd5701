"""The page shows what its reader could open, and does not betray the rest."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .test_customer_page import PageCase


@tagged("post_install", "-at_install")
class TestCustomerPageRights(PageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Page Abroad", "USD")

        def user(login, groups, company=cls.company):
            return new_test_user(cls.env, f"page_{login}", groups, company_id=company.id, company_ids=company.ids)

        value_user = "customer_value.group_customer_value_user"
        cls.seller = user("seller", f"sales_team.group_sale_salesman,{value_user}")
        cls.viewer = user("viewer", value_user)
        cls.outsider = user("outsider", "sales_team.group_sale_salesman_all_leads")
        cls.stranger = user("stranger", f"sales_team.group_sale_salesman_all_leads,{value_user}", cls.foreign)

    def of(self, user):
        return self.env["customer.page"].with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def test_by_role(self):
        """Each row can be read by who sees it, and each record of a channel that they can read is there."""
        self.history()
        mine = self.order(self.contact, self.days_ago(2))
        mine.user_id = self.seller
        theirs = self.order(self.contact, self.days_ago(1))
        theirs.user_id = self.outsider
        for user in (self.seller, self.viewer, self.stranger):
            page = self.of(user).get_page(self.firm.id)
            for row in page["timeline"]["rows"]:
                if row["model"] != "mail.message":
                    record = self.of(user).env[row["model"]].browse(row["id"])
                    self.assertTrue(record.has_access("read"), (user.name, row))
            codes = {channel["code"] for channel in page["channels"]}
            for row in page["timeline"]["rows"]:
                self.assertIn(row["channel"], codes)
        seen = self.keys(self.of(self.seller).get_timeline(self.firm.id))
        self.assertIn(("order", mine.id), seen)
        self.assertNotIn(("order", theirs.id), seen)

    def test_who_may_not_see_invoices(self):
        """Neither rows nor channel, count, product or search result tells of them."""
        self.history()
        invoice = self.invoice(self.contact)
        page = self.of(self.viewer).get_page(self.firm.id)
        self.assertNotIn("invoice", {channel["code"] for channel in page["channels"]})
        self.assertFalse([row for row in page["timeline"]["rows"] if row["model"] == "account.move"])
        self.assertNotIn("account.move", {block["model"] for block in page["open"]})
        self.assertFalse(page["can_see_orders"], "that there are none yet would not be true")
        self.assertEqual(self.of(self.viewer).find(invoice.name), [])
        self.assertEqual(self.of(self.viewer).get_timeline(self.firm.id, kinds=["invoice"])["rows"], [])

    def test_what_portal_users_are_not_told(self):
        """Of their own contact and invoices: what we keep of former customers, and what a line has bought."""
        reader = new_test_user(
            self.env, "page_portal", "base.group_portal", partner_id=self.contact.id, company_id=self.company.id
        )
        line = self.invoice(self.contact).invoice_line_ids[:1]
        for record, name in (
            (self.contact, "value_is_former"),
            (self.contact, "value_former_ids"),
            (line, "acquisition_channel_id"),
        ):
            record = record.with_user(reader)
            with self.subTest(name):
                self.assertNotIn(name, record.fields_get())
                with self.assertRaises(AccessError):
                    record.read([name])
                with self.assertRaises(AccessError):
                    record.search([(name, "!=", False)])

    def test_two_companies(self):
        self.history()
        rows = self.of(self.stranger).get_timeline(self.firm.id)["rows"]
        self.assertFalse([row for row in rows if row["model"] in ("sale.order", "account.move")])

    def test_refused(self):
        with self.assertRaises(AccessError):
            self.of(self.outsider).get_page(self.firm.id)
        with self.assertRaises(AccessError):
            self.of(self.outsider).find("Page Firm")
        with self.assertRaises(AccessError):
            self.of(self.outsider).get_timeline(self.firm.id)
        hidden = self.customer("Hidden", company_id=self.foreign.id)
        with self.assertRaises(AccessError):
            self.of(self.seller).get_page(hidden.id)
        self.assertEqual(self.of(self.seller).find("Hidden"), [])

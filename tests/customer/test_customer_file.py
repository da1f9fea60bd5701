"""The file of a customer on paper: what its reader may see, in their language."""

import re

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..core.printing import find_in_path_or_none
from .test_customer_page import PageCase


@tagged("post_install", "-at_install")
class TestCustomerFile(PageCase):
    def render(self, partners, user=None, lang=None):
        """:return: what is printed, as text"""
        Report = self.env["ir.actions.report"].with_user(user or self.env.user)
        if lang:
            Report = Report.with_context(lang=lang)
        html, _kind = Report._render_qweb_html("customer_value.report_customer_file", partners.ids)
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.decode()))

    def user(self, login, groups):
        return new_test_user(
            self.env, f"file_{login}", groups, company_id=self.company.id, company_ids=self.company.ids
        )

    def test_file(self):
        self.history()
        self.order(self.contact, self.days_ago(4), 77)
        text = self.render(self.contact)
        for expected in (
            "Page Firm", "C-4711", "Page Contact", "Quotations", "Overdue invoices", "Thing",
            "Called about the delivery", "Do not share with the customer",
        ):  # fmt: skip
            self.assertIn(expected, text)
        self.assertNotIn("Other Firm", text)

    def test_each_customer_once(self):
        text = self.render(self.firm + self.contact + self.other)
        self.assertEqual(text.count("Customer file of"), 2)

    def test_the_last_fifty(self):
        for number in range(60):
            self.order(self.contact, self.days_ago(number), 10, confirm=False)
        text = self.render(self.firm)
        self.assertEqual(text.count("Orders and quotations"), 50)
        self.assertIn("Earlier entries are on the customer page.", text)

    def test_reader(self):
        """Nothing of invoices for those who may not read them; nothing at all without the group."""
        self.history()
        invoice = self.invoice(self.contact)
        self.assertIn(invoice.name, self.render(self.firm))
        viewer = self.user("viewer", "customer_value.group_customer_value_user")
        text = self.render(self.firm, viewer)
        self.assertIn("Page Firm", text)
        self.assertNotIn(invoice.name, text)
        seller = self.user("seller", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models.ir_actions_report"):
            self.render(self.firm, seller)

    def test_nothing_known(self):
        text = self.render(self.other)
        self.assertIn("Nothing is open with this customer.", text)
        self.assertIn("No confirmed orders yet.", text)
        self.assertIn("Nothing has happened with this customer yet.", text)

    # Debian's wkhtmltopdf tells of each switch that it does not know
    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_pdf(self):
        self.history()
        if not find_in_path_or_none("wkhtmltopdf"):
            self.skipTest("wkhtmltopdf is not installed")
        Report = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        content, kind = Report._render_qweb_pdf("customer_value.report_customer_file", self.firm.ids)
        self.assertEqual((kind, content[:5]), ("pdf", b"%PDF-"))

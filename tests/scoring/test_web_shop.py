"""What customers order in the web shop counts as other orders do, once it is confirmed.

Run where that is installed: `make test WITH=website_sale TAGS=web_shop`.
"""

from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from ..core.value_case import AS_OF
from .source_case import SourceCase


@tagged("post_install", "-at_install", "-standard", "web_shop")
class TestWebShop(SourceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].create({"name": "Shop", "company_id": cls.company.id})

    def cart(self, day, amount, cost, partner=None):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.partner).id,
                "company_id": self.company.id,
                "website_id": self.website.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "price_unit": amount,
                            "purchase_price": cost,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        order.date_order = self._moment(day)
        return order

    def test_a_cart_is_no_order(self):
        self.cart(AS_OF - timedelta(days=3), 100, 60)
        self.assertEqual(self.raw("order_count"), "no score")

    def test_a_confirmed_order_counts(self):
        order = self.cart(AS_OF - timedelta(days=3), 100, 60)
        order._validate_order()
        order.date_order = self._moment(AS_OF - timedelta(days=3))
        self.assertEqual(order.state, "sale")
        self.assertEqual(
            [self.raw(metric) for metric in ("order_count", "recency_days", "average_order", "margin")], [1, 3, 100, 40]
        )
        self.assertEqual(self.documents("order_count"), order)

    def test_paid_by_the_provider(self):
        """A payment confirms the order; what is paid and invoiced is revenue of the same customer."""
        order = self.cart(AS_OF, 100, 60)
        provider = self.env["payment.provider"].create(
            {"name": "Shop payments", "company_id": self.company.id, "code": "none"}
        )
        method = self.env.ref("payment.payment_method_unknown")
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": order.name,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": self.partner.id,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        transaction._set_done()
        transaction._check_amount_and_confirm_order()
        self.assertEqual(order.state, "sale")
        order.date_order = self._moment(AS_OF)
        self.invoice(self.partner, AS_OF, 100)
        self.assertEqual([self.raw(metric) for metric in ("order_count", "revenue")], [1, 100])

    def test_guests_are_customers_of_their_own(self):
        """An order without an account makes a contact; it is nobody else's, also under an address known already."""
        self.partner.email = "ann@example.com"
        guest = self.customer("Ann", email="ann@example.com")
        self.cart(AS_OF, 100, 60, guest)._validate_order()
        self.env["sale.order"].search([("partner_id", "=", guest.id)]).date_order = self._moment(AS_OF)
        self.assertEqual(self.raw("order_count", guest), 1)
        self.assertEqual(self.raw("order_count"), "no score")

    def test_visitors_who_have_not_said_who_they_are(self):
        """The carts of a website's public user are nobody's."""
        visitor = self.website.user_id.partner_id
        self.cart(AS_OF, 100, 60, visitor)
        self.assertEqual(self.raw("order_count", visitor), "no score")

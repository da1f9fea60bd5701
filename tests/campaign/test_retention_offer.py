from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.value_case import ValueCase


@tagged("post_install", "-at_install")
class TestRetentionOffer(ValueCase):
    """What an offer needs, and what it costs."""

    def offer(self, kind="call", **values):
        return self.env["customer.retention.offer"].create(
            {"name": f"Offer of a {kind}", "kind": kind, "company_id": self.company.id} | values
        )

    def test_unit_cost(self):
        pricelist = self.env["product.pricelist"].create({"name": "For a time", "company_id": self.company.id})
        for kind, values, cost in [
            ("call", {"amount": 40.0, "expected_discount": 9.0}, (7.5, 0.0)),
            ("visit", {"maximum_amount": 40.0}, (7.5, 0.0)),
            ("letter", {}, (7.5, 0.0)),
            ("ticket", {"amount": 3.0}, (7.5, 0.0)),
            ("coupon", {"amount": 40.0, "maximum_amount": 9.0}, (7.5, 40.0)),
            ("gift_card", {"amount": 40.0}, (7.5, 40.0)),
            ("discount", {"discount_mode": "amount", "amount": 40.0, "maximum_amount": 9.0}, (7.5, 40.0)),
            ("discount", {"discount_percent": 10.0, "amount": 40.0, "maximum_amount": 9.0}, (7.5, 9.0)),
            ("pricelist", {"pricelist_id": pricelist.id, "expected_discount": 12.0, "amount": 40.0}, (7.5, 12.0)),
        ]:
            with self.subTest(kind=kind, values=values):
                offer = self.offer(kind, contact_cost=7.5, **values)
                self.assertEqual(offer._get_unit_cost(), cost)
                self.assertEqual(offer.unit_cost, sum(cost))

    def test_what_is_missing_is_told(self):
        for kind, values, message in [
            ("coupon", {}, "Enter the amount of the codes"),
            ("gift_card", {}, "Enter the amount of the codes"),
            ("discount", {"maximum_amount": 9.0}, "Enter the percentage"),
            ("discount", {"discount_percent": 10.0}, "so that the budget can be controlled"),
            ("discount", {"discount_mode": "amount"}, "Enter the amount of the codes"),
            ("coupon", {"amount": 50.0, "minimum_order": 20.0}, "below the amount of its code"),
            ("pricelist", {}, "Choose a pricelist"),
            ("call", {"activity_type_id": False}, "Choose an activity type"),
            ("letter", {"template_id": False}, "Choose a letter"),
            (
                "letter",
                {"template_id": self.env.ref("customer_value.mail_template_care_birthday").id},
                "not intended for campaigns",
            ),
        ]:
            with self.subTest(kind=kind, values=values), self.assertRaisesRegex(ValidationError, message):
                self.offer(kind, **values)

    def test_numbers_out_of_range(self):
        for values in (
            {"contact_cost": -1.0},
            {"amount": -1.0},
            {"minimum_order": -1.0},
            {"discount_percent": 101.0},
            {"minimum_margin": -1.0},
            {"daily_capacity": 0},
            {"valid_days": 0},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.offer("call", **values)
                self.env.flush_all()

    def test_activity_type_follows_the_kind(self):
        offer = self.offer("call")
        self.assertEqual(offer.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        offer.kind = "visit"
        self.assertEqual(offer.activity_type_id, self.env.ref("mail.mail_activity_data_meeting"))
        offer.activity_type_id = self.env.ref("mail.mail_activity_data_todo")
        offer.kind = "call"
        self.assertEqual(offer.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))

    def test_terms_stand_while_a_campaign_is_under_way(self):
        offer = self.offer("coupon", amount=40.0)
        campaign = self.env["customer.retention.campaign"].create(
            {"name": "Campaign", "offer_id": offer.id, "company_id": self.company.id}
        )
        offer.amount = 50.0
        for state in ("running", "paused"):
            campaign.sudo().state = state
            with self.assertRaisesRegex(UserError, "Copy the offer"):
                offer.amount = 60.0
            # what is the same is no change, and what is no term may change
            offer.write({"amount": 50.0, "name": "Fifty", "daily_capacity": 3})
        campaign.sudo().state = "ended"
        offer.amount = 60.0
        self.assertEqual(offer.amount, 60.0)

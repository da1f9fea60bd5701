from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestRetentionCampaignTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "retention_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.make_policy(ONE_TO_ONE)
        # the wizard opens at today
        today = fields.Date.today()
        cls.buyers = cls.customers(12, "Tour Buyer")
        cls.refuser = cls.customer("Tour Refuser", retention_opt_out=True)
        # few and very different: they can show nothing
        for number, partner in enumerate(cls.buyers | cls.refuser):
            cls.order(partner, today - timedelta(days=20), 50 + number**3, cost=50)
            cls.invoice(partner, today - timedelta(days=20), 50 + number)
        cls.run_policy(as_of=today)
        cls.env["customer.retention.offer"].create({"name": "Tour call", "kind": "call", "company_id": cls.company.id})

    def test_from_a_selection_to_the_end(self):
        """A manager selects customers, sees the size, starts, looks at the members, pauses, resumes and cancels."""
        self.start_tour("/odoo", "customer_retention_campaign", login=self.manager.login, timeout=150)
        self.env.invalidate_all()
        campaign = self.env["customer.retention.campaign"].search([("name", "=", "Tour campaign")])
        self.assertRecordValues(campaign, [{"state": "cancelled", "holdout_percent": 25}])
        members = campaign.member_ids
        self.assertEqual(members.partner_id, self.buyers)
        self.assertEqual(len(members.filtered(lambda member: member.arm == "holdout")), 3)
        self.assertEqual(set(members.mapped("state")), {"holdout", "withdrawn"})


@tagged("post_install", "-at_install")
class TestRetentionSimpleTour(BrowserCase, ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        companies = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.manager = new_test_user(
            cls.env,
            "retention_simple_tour",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            **companies,
        )
        cls.seller = new_test_user(
            cls.env,
            "tour_seller",
            "sales_team.group_sale_salesman",
            name="Tour Seller",
            email="tour_seller@example.com",
            **companies,
        )
        today = fields.Date.today()
        cls.late = cls.env["res.partner"].create(
            [
                {"name": f"Tour Late {number}", "email": f"late{number}@example.com", "user_id": cls.seller.id}
                for number in range(1, 7)
            ]
        )
        for partner in cls.late:
            for number in range(4):
                cls.order(partner, today - timedelta(days=25 + 10 * number), 100, cost=70)
        cls.env["customer.retention.risk"]._refresh(cls.company, today)
        Offer = cls.env["customer.retention.offer"]
        general, letter = Offer.create(
            [
                {"name": "Tour call", "kind": "call", "company_id": cls.company.id, "sequence": 1},
                {
                    "name": "Tour letter",
                    "kind": "letter",
                    "company_id": cls.company.id,
                    "sequence": 2,
                    "reason_ids": cls.env.ref("customer_value.retention_reason_rhythm").ids,
                },
            ]
        )
        cls.letter = letter
        # the company's own offers for this reason would be proposed first
        (Offer.search([("company_id", "=", cls.company.id)]) - general - letter).active = False
        cls.env["customer.retention.campaign"].create(
            {
                "name": "Elsewhere",
                "company_id": cls.company.id,
                "offer_id": general.id,
                "user_id": cls.manager.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "=", cls.late[5].id)]),
                "holdout_percent": 0,
                "without_holdout": True,
            }
        ).action_start()

    def test_from_the_list_of_customers_at_risk(self):
        """Select, read the letter, start: reason and offer are there, and what is for experts is not asked."""
        self.start_tour("/odoo", "customer_retention_simple", login=self.manager.login, timeout=150)
        self.env.invalidate_all()
        campaign = self.env["customer.retention.campaign"].search([("offer_id", "=", self.letter.id)])
        self.assertRecordValues(
            campaign, [{"state": "running", "purpose": "retention", "holdout_percent": 20, "user_id": self.manager.id}]
        )
        self.assertEqual(campaign.reason_id.code, "rhythm")
        # a fifth of five is one whole customer, wherever the draw begins
        self.assertEqual(campaign.member_ids.partner_id, self.late[:5])
        self.assertEqual(campaign.treatment_count, 4)
        self.assertFalse(
            self.env["mail.mail"].search([("recipient_ids", "in", self.late.ids)]), "a preview is no letter"
        )

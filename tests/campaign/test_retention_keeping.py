"""What may be spent on keeping the customers of a campaign, in the wizard."""

from odoo.tests import tagged

from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionKeeping(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(10)
        cls.call = cls.make_offer("call", contact_cost=10.0)

    def forecast(self, amounts):
        self.env.flush_all()
        for partner, amount in zip(self.partners, amounts, strict=False):
            self.env.cr.execute(
                "INSERT INTO customer_lifetime_value (partner_id, company_id, purchases, keep_budget)"
                " VALUES (%s, %s, 1, %s)",
                [partner.id, self.company.id, amount],
            )

    def wizard(self, **values):
        wizard = (
            self.env["customer.retention.wizard"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Keep",
                    "offer_id": self.call.id,
                    "audience": "selected",
                    "audience_model": "res.partner",
                    "audience_domain": repr([("id", "in", self.partners.ids)]),
                }
                | values
            )
        )
        wizard.action_preview()
        return wizard

    def test_without_forecasts_nothing_is_said(self):
        self.assertFalse(self.wizard().keep_text)

    def test_dear_offer(self):
        """10.00 each: too much for four of ten."""
        self.forecast([2.0] * 4 + [30.0] * 6)
        wizard = self.wizard()
        self.assertRecordValues(wizard, [{"keep_known": 10, "keep_dear": 4, "keep_average": 18.8}])
        self.assertIn("For 4 of 10 customers", wizard.keep_text)
        self.assertFalse(self.wizard(purpose="win_back").keep_text)

    def test_offer_that_pays(self):
        self.forecast([10.0] * 10)
        self.assertIn("no more than should be spent", self.wizard().keep_text)

    def test_proposed_budget(self):
        """For those who get the offer, not for the control group."""
        self.forecast([20.0] * 10)
        wizard = self.wizard(holdout_percent=20.0)
        wizard.action_use_keep_budget()
        self.assertEqual(wizard.budget, 160.0)

    def test_each_customer(self):
        self.forecast([5.0, 7.0])
        wizard = self.wizard()
        wizard.action_view_candidates("left")
        candidates = self.env["customer.retention.wizard.candidate"].search([("wizard_id", "=", wizard.id)])
        self.assertEqual(sorted(candidates.mapped("keep_budget"))[-2:], [5.0, 7.0])

from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ONE_TO_ONE, ValueCase


@tagged("post_install", "-at_install")
class TestBenefitTour(BrowserCase, ValueCase):
    def test_a_manager_sets_benefits(self):
        """A manager opens a tier, sets what it gives, and sees that two customers are waiting for it."""
        self.make_policy(ONE_TO_ONE, window_months=0)
        for partner in self.customers(2):
            self.invoice(partner, "2025-01-10", 90)
        self.run_policy()
        company = {"company_id": self.company.id}
        term = self.env["account.payment.term"].create({"name": "Tour terms"} | company)
        team = self.env["crm.team"].create({"name": "Tour team"} | company)
        club = self.env["loyalty.program"].create({"name": "Tour club"} | company)
        stage = self.env["helpdesk.ticket.stage"].create({"name": "Tour stage"})
        answer = self.env["helpdesk.sla"].create({"name": "Tour answer", "hours": 2, "stage_id": stage.id} | company)
        manager = new_test_user(
            self.env,
            "benefit_tour_manager",
            "sales_team.group_sale_manager,account.group_account_invoice,customer_value.group_customer_value_manager",
            company_ids=self.company.ids,
            **company,
        )
        self.start_tour("/odoo", "customer_value_benefit", login=manager.login, timeout=120)
        self.env.invalidate_all()
        tier = self.tier("Top")
        self.assertEqual((tier.payment_term_id, tier.team_id), (term, team))
        self.assertEqual((tier.loyalty_program_ids, tier.sla_ids), (club, answer))
        self.assertEqual((tier.benefits_due, tier.benefits_due_count), (True, 2))

from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .diagnosis_case import DiagnosisCase


@tagged("post_install", "-at_install")
class TestDiagnosisTour(BrowserCase, DiagnosisCase):
    is_frozen = False

    def test_diagnosis(self):
        """Diagnose, see why and who, ask somebody, list the customers, and draw up a plan."""
        self.sound("Known")
        self.sound("Silent", email=False)
        manager = self.make_user(
            "diagnosis_tour", "sales_team.group_sale_manager,customer_value.group_customer_value_manager"
        )
        self.start_tour("/odoo", "customer_diagnosis", login=manager.login, timeout=120)
        self.assertTrue(self.finding("no_email").activity_ids)
        plan = self.env["customer.plan"].search([("company_id", "=", self.company.id)])
        self.assertTrue(plan.step_ids[0].done_on)

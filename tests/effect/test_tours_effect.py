from datetime import timedelta

from odoo.tests import tagged

from ..core.browser_case import BrowserCase
from .effect_case import DAY, EffectCase


@tagged("post_install", "-at_install")
class TestEffectTour(BrowserCase, EffectCase):
    is_frozen = False

    def test_effect(self):
        """Enter a change, measure it, and look at the customers behind a figure."""
        partners = self.customers(12)
        self.order(partners[0], DAY - timedelta(days=400))
        for number, partner in enumerate(partners):
            # one came back before as well
            earlier = 1 if number else 2
            for first, times in ((DAY - timedelta(days=365), 1), (DAY - timedelta(days=60), earlier), (DAY, 2)):
                for again in range(times):
                    self.order(partner, first + timedelta(days=number + again))
        manager = self.make_user("effect_tour")
        self.start_tour("/odoo", "customer_effect", login=manager.login, timeout=120)
        effect = self.Effect.search([("company_id", "=", self.company.id)])
        self.assertEqual(effect.date, DAY)
        self.assertEqual(self.figure(effect, "repeat").verdict, "better")

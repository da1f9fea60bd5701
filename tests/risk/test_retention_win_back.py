"""From lost to won back, through a campaign."""

from datetime import timedelta
from functools import partial

from odoo import fields
from odoo.tests import new_test_user, tagged

from ..core.browser_case import BrowserCase
from ..core.value_case import ValueCase


class WinBackCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(["revenue"], dormant_days=90, lost_days=180)
        cls.Loss = cls.env["customer.retention.loss"]
        cls.today = fields.Date.today()
        cls.lost = cls.customers(6, "Tour Lost")
        for partner in cls.lost:
            cls.order(partner, cls.today - timedelta(days=300), 5000)
        cls.env["customer.retention.offer"].search([("company_id", "=", cls.company.id)]).active = False
        cls.offer = cls.env["customer.retention.offer"].create(
            {"name": "Call", "company_id": cls.company.id, "kind": "call", "contact_cost": 10}
        )
        cls.manager = new_test_user(
            cls.env,
            "win_back_manager",
            "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager",
            name="Manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )
        cls.rescore()

    @classmethod
    def rescore(cls):
        cls.run_policy(as_of=cls.today)
        cls.Loss._refresh(cls.company, cls.today)

    def start(self, losses):
        """Through the wizard, as the list opens it."""
        action = losses.action_start_campaign()
        wizard = self.env["customer.retention.wizard"].with_context(**action["context"]).create({})
        self.assertEqual((wizard.purpose, wizard.offer_id), ("win_back", self.offer))
        self.assertEqual(wizard.reason_id.code, "loss_silence")
        wizard.write({"without_holdout": True, "holdout_percent": 0})
        wizard.action_preview()
        wizard.action_start()
        return wizard.campaign_id


@tagged("post_install", "-at_install")
class TestWinBack(WinBackCase):
    def test_who_cannot_return(self):
        """No offer, though it costs nothing; no place in a campaign; and nothing delivered if it is said afterwards."""
        Stated = self.env["customer.retention.stated.reason"]
        closed = self.env.ref("customer_value.retention_reason_loss_closed")
        self.offer.contact_cost = 0
        losses = self.Loss.search([("partner_id", "in", self.lost.ids)])
        gone, later = losses[:2]
        self.assertEqual(gone.offer_id, self.offer)
        Stated._record(gone, closed)
        self.assertFalse(gone.offer_id)
        campaign = self.start(losses)
        self.assertEqual(campaign.member_ids.partner_id, losses.partner_id - gone.partner_id)
        Stated._record(later, closed)
        member = campaign.member_ids.filtered(lambda member: member.partner_id == later.partner_id)
        [hindrance] = campaign.member_ids._get_standing_hindrances().items()
        self.assertEqual(hindrance[0], member.id)
        self.assertIn("cannot return", hindrance[1])

    def test_lost_campaign_order_won_back(self):
        losses = self.Loss.search([("partner_id", "in", self.lost.ids)])
        self.assertEqual(losses.partner_id, self.lost)
        campaign = self.start(losses)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(campaign.member_ids.partner_id, self.lost)
        self.assertEqual(set(campaign.member_ids.mapped("arm")), {"treatment"})
        self.assertEqual(campaign.won_back_count, 0)
        back = self.lost[:2]
        for partner in back:
            self.order(partner, self.today, 100)
        self.rescore()
        self.assertEqual(self.score(back[0]).lifecycle, "won_back")
        self.assertEqual(self.Loss.search([("partner_id", "in", self.lost.ids)]).partner_id, self.lost - back)
        entry = self.history(back[0])[-1]
        self.assertEqual((entry.previous_lifecycle, entry.lifecycle), ("lost", "won_back"))
        self.env.invalidate_all()
        self.assertEqual(campaign.won_back_count, 2)
        action = campaign.action_view_won_back()
        self.assertEqual(self.History.search(action["domain"]).partner_id, back)
        # customers rescored again are counted once
        self.rescore()
        self.env.invalidate_all()
        self.assertEqual(campaign.won_back_count, 2)

    def test_no_offer_beside_a_running_campaign(self):
        """Who has its offer is not suggested a second one, and who is in its control group none at all."""
        losses = self.Loss.search([("partner_id", "in", self.lost.ids)])
        self.assertEqual(losses.mapped("offer_id"), self.offer)
        campaign = self.env["customer.retention.campaign"].create(
            {
                "name": "Calls",
                "company_id": self.company.id,
                "offer_id": self.offer.id,
                "user_id": self.manager.id,
                "audience_model": "res.partner",
                "audience_domain": repr([("id", "in", self.lost[:4].ids)]),
                "holdout_percent": 50.0,
            }
        )
        campaign.action_start()
        self.assertEqual(set(campaign.member_ids.mapped("arm")), {"treatment", "holdout"})
        self.env.invalidate_all()
        offers = {loss.partner_id: (loss.offer_id, loss.offer_cost > 0) for loss in losses}
        nothing = self.offer.browse()
        self.assertEqual(
            offers,
            {partner: (nothing, False) if partner in self.lost[:4] else (self.offer, True) for partner in self.lost},
        )
        # whoever selects them is told by the wizard, and not that no offer pays
        context = losses.action_start_campaign()["context"]
        self.assertEqual(
            (sorted(context["active_ids"]), context["default_offer_id"]), (losses.sorted("id").ids, self.offer.id)
        )
        campaign.action_end()
        self.env.invalidate_all()
        self.assertEqual([loss.offer_id for loss in losses], [self.offer] * len(losses))

    def test_who_came_back_before_is_not_counted(self):
        self.order(self.lost[0], self.today - timedelta(days=5), 100)
        self.run_policy(as_of=self.today - timedelta(days=5))
        self.rescore()
        campaign = self.start(self.Loss.search([("partner_id", "in", self.lost.ids)]))
        self.assertNotIn(self.lost[0], campaign.member_ids.partner_id)
        self.assertEqual(campaign.won_back_count, 0)

    def test_as_many_queries_for_twice_as_many_campaigns(self):
        campaigns = self.start(self.Loss.search([("partner_id", "in", self.lost[:2].ids)]))
        campaigns += self.start(self.Loss.search([("partner_id", "in", self.lost[2:].ids)]))
        counts = []
        for count in (1, 2):
            some = campaigns[:count]
            counts.append(self.count_queries(partial(some.mapped, "won_back_count")))
        self.assertEqual(*counts)


@tagged("post_install", "-at_install")
class TestWinBackTour(BrowserCase, WinBackCase):
    def test_from_the_list_to_the_wizard(self):
        self.start_tour("/odoo", "customer_retention_win_back", login=self.manager.login, timeout=120)

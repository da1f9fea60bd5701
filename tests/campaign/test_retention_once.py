"""Two jobs that make the offers of one campaign at once: real transactions, committed, and cleaned up afterwards."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..core.race_case import RaceCase

MEMBERS = 6

# each counts 10
BUDGET = 35.0


@tagged("post_install", "-at_install")
class TestRetentionOnce(RaceCase):
    def setUp(self):
        super().setUp()
        env = self.open()
        company = env.ref("base.main_company")
        offer = env["customer.retention.offer"].create(
            {"name": "Race", "kind": "coupon", "amount": 10.0, "template_id": False, "company_id": company.id}
        )
        campaign = env["customer.retention.campaign"].create(
            {
                "name": "Race",
                "company_id": company.id,
                "offer_id": offer.id,
                "user_id": env.ref("base.user_admin").id,
                "state": "running",
                "budget": BUDGET,
            }
        )
        partners = env["res.partner"].create([{"name": f"Race {number}"} for number in range(MEMBERS)])
        env["customer.retention.member"].create(
            [
                {
                    "campaign_id": campaign.id,
                    "company_id": company.id,
                    "partner_id": partner.id,
                    "arm": "treatment",
                    "is_open": True,
                }
                for partner in partners
            ]
        )
        campaign._plan_offers()
        # made before the race, so that it is about the offers
        program = offer._get_program()
        self.ids = {record._name: record.ids for record in (offer, campaign, partners, program)}
        self.addCleanup(self.clean)
        env.cr.commit()

    def records(self, env, model):
        return env[model].browse(self.ids[model])

    def campaign(self, env):
        return self.records(env, "customer.retention.campaign")

    @mute_logger("odoo.models.unlink")
    def clean(self):
        self.close_all()
        env = self.open()
        campaign, program = self.campaign(env), self.records(env, "loyalty.program")
        campaign.activity_ids.unlink()
        campaign.message_ids.unlink()
        cards = env["loyalty.card"].with_context(active_test=False).search([("program_id", "=", program.id)])
        env.cr.execute("DELETE FROM customer_retention_campaign WHERE id = %s", [campaign.id])
        env.invalidate_all()
        cards.unlink()
        self.records(env, "customer.retention.offer").unlink()
        product = program.reward_ids.discount_line_product_id
        program.active = False
        program.unlink()
        product.exists().unlink()
        self.records(env, "res.partner").unlink()
        env.cr.commit()
        self.close_all()

    def check(self):
        """Three of six fit: three codes, thirty booked, paused, told once."""
        env = self.open()
        campaign = self.campaign(env)
        members = campaign.member_ids
        offered = members.filtered(lambda member: member.state == "offered")
        self.assertEqual(len(offered), 3)
        self.assertEqual(len(offered.card_ids), 3)
        self.assertEqual(env["loyalty.card"].search_count([("program_id", "in", self.ids["loyalty.program"])]), 3)
        self.assertEqual(sum(members.mapped("face_value")), 30.0)
        self.assertEqual(campaign.pause_reason, "budget")
        self.assertEqual(len(campaign.activity_ids), 1)

    @mute_logger("odoo.sql_db")
    def test_second_transaction(self):
        first, second = self.campaign(self.open()), self.campaign(self.open())
        # both see it running, with nothing booked, in the snapshots of their transactions
        self.assertEqual((first.state, second.state), ("running", "running"))
        self.assertEqual(first._deliver(2), 2)
        # the other one is at it
        self.assertEqual(second._deliver(2), 0)
        first.env.cr.commit()
        # it would not see what the first has booked: it has to try again
        with self.assertRaises(SerializationFailure):
            second._deliver(2)
        self.start_again(second.env)
        self.assertEqual(second._deliver(), 1)
        second.env.cr.commit()
        self.check()

    @mute_logger("odoo.sql_db")
    def test_two_who_press_at_once(self):
        first, second = self.campaign(self.open()), self.campaign(self.open())
        self.assertEqual((first.state, second.state), ("running", "running"))
        first.action_pause()
        with self.assertRaisesRegex(UserError, "Another user is currently working on Race"):
            second.action_cancel()
        first.env.cr.commit()
        with self.assertRaises(SerializationFailure):
            second.action_pause()
        second.env.cr.rollback()
        second.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Race is Paused"):
            second.action_pause()

    @mute_logger("odoo.sql_db")
    def test_crash_half_way(self):
        """What was not committed has not happened; the next job starts where the last commit was."""
        campaign = self.campaign(self.open())
        campaign._deliver(1)
        campaign.env.cr.commit()
        campaign._deliver(1)
        self.start_again(campaign.env)
        campaign._deliver()
        campaign.env.cr.commit()
        self.check()

    @mute_logger("odoo.sql_db")
    def test_threads(self):
        """Four at once, one offer after the other, until the budget is used up."""

        def work(env):
            campaign = self.campaign(env)
            try:
                campaign._deliver(1)
                env.cr.commit()
            except SerializationFailure:
                return False
            return campaign.state == "paused"

        self.race(work)
        self.check()

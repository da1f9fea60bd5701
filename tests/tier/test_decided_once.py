"""Two managers who decide on one request at once: real transactions, committed, and cleaned up afterwards."""

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..core.race_case import RaceCase


@tagged("post_install", "-at_install")
class TestDecidedOnce(RaceCase):
    def setUp(self):
        super().setUp()
        env = self.open()
        company = env.ref("base.main_company")
        self.context = {"allowed_company_ids": company.ids}
        policy = env["customer.value.policy"]._get_active(company)
        self.assertTrue(policy, "the main company has a policy")
        tier = policy.tier_ids.sorted("entry_score")[-1]
        self.policy_id, self.threshold_id = policy.id, policy.approval_tier_id.id
        policy.approval_tier_id = tier
        partner = env["res.partner"].create({"name": "Decision Race"})
        override = env["customer.value.override"].create(
            {"partner_id": partner.id, "company_id": company.id, "tier_id": tier.id, "reason": "Race"}
        )
        order = env["sale.order"].create({"partner_id": partner.id, "company_id": company.id})
        approval = env["customer.value.approval"].create(
            {
                "order_id": order.id,
                "partner_id": partner.id,
                "currency_id": order.currency_id.id,
                "purpose": "confirm",
                "reasons": "Race",
                "user_id": env.uid,
            }
        )
        self.ids = {record._name: record.id for record in (override, approval, order, partner)}
        self.addCleanup(self.clean)
        env.cr.commit()

    @mute_logger("odoo.models.unlink")
    def clean(self):
        self.close_all()
        env = self.open()
        env["customer.value.policy"].browse(self.policy_id).approval_tier_id = self.threshold_id
        for model in ("customer.value.override", "sale.order"):
            record = env[model].browse(self.ids[model])
            record.activity_ids.unlink()
            record.message_ids.unlink()
        # what was decided is kept by the model
        env.cr.execute("DELETE FROM customer_value_override WHERE id = %s", [self.ids["customer.value.override"]])
        env["sale.order"].browse(self.ids["sale.order"]).unlink()
        env["res.partner"].browse(self.ids["res.partner"]).unlink()
        env.cr.commit()
        self.close_all()

    def requests(self, model):
        """One request in two transactions, each of a manager who did not propose it."""
        for env in (self.open(**self.context), self.open(**self.context)):
            # a decision that waits for the other one fails here, rather than for ever
            env.cr.execute("SET LOCAL lock_timeout = '5s'")
            yield env[model].with_user(env.ref("base.user_admin")).browse(self.ids[model])

    def decide_twice(self, first, second, refuse):
        # both see it pending, in the snapshots of their transactions
        self.assertEqual((first.state, second.state), ("pending", "pending"))
        refuse(first)
        with self.assertRaisesRegex(UserError, "Another user is currently working on"):
            second.action_approve()
        first.env.cr.commit()
        with self.assertRaises(SerializationFailure):
            second.action_approve()
        # Odoo tries again with a new snapshot
        self.start_again(second.env)
        with self.assertRaisesRegex(UserError, "already been decided"):
            second.action_approve()
        self.assertEqual(second.state, "refused")

    @mute_logger("odoo.sql_db")
    def test_override(self):
        first, second = self.requests("customer.value.override")
        self.decide_twice(first, second, lambda override: override.action_refuse())

    @mute_logger("odoo.sql_db")
    def test_order(self):
        first, second = self.requests("customer.value.approval")
        self.decide_twice(first, second, lambda approval: approval.action_refuse("Too much"))

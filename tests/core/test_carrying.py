"""Records of others that the addon extends: those who may not see our fields use them as ever."""

from odoo import Command
from odoo.tests import new_test_user, tagged

from .value_case import ValueCase

# They may do what is tried here, and see nothing of ours
NOBODY_OF_OURS = (
    "base.group_partner_manager,sales_team.group_sale_manager,helpdesk_mgmt.group_helpdesk_manager,"
    "point_of_sale.group_pos_manager,product.group_product_manager"
)


@tagged("post_install", "-at_install")
class TestCarrying(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_test_user(
            cls.env, "carrying", NOBODY_OF_OURS, company_id=cls.company.id, company_ids=cls.company.ids
        )

    def copied(self, record, **default):
        """What the user gets who copies ``record``."""
        copied = record.with_user(self.user).copy(default or None).sudo()
        self.env.flush_all()
        return copied

    def test_hidden_fields_are_not_copied_by_odoo(self):
        """It would read them as the user who copies, and refuse."""
        hidden = [
            f"{model}.{field.name}"
            for model, cls in self.registry.items()
            if cls._auto and not cls._transient and cls._original_module != "customer_value"
            for field in self.env[model]._fields.values()
            if field.groups and field.copy and "customer_value" in field._modules
        ]
        self.assertFalse(hidden)

    def test_partner(self):
        partner = self.customer(is_competitor=True, value_influence=40, retention_opt_out=True)
        self.assertRecordValues(
            self.copied(partner), [{"is_competitor": False, "value_influence": 0, "retention_opt_out": True}]
        )

    def test_lead(self):
        referrer = self.customer("Referrer")
        lead = self.lead(self.customer(), user_id=self.user.id, referrer_id=referrer.id, referral_anyway=True)
        self.assertRecordValues(self.copied(lead), [{"referrer_id": referrer.id, "referral_anyway": True}])
        self.assertFalse(lead.copy({"referrer_id": False}).referrer_id, "what a copy is given stays")

    def test_what_is_kept_for_tiers(self):
        tier = self.make_policy().tier_ids[:1]
        kept = {"tier_ids": [Command.set(tier.ids)]}
        program = self.env["loyalty.program"].create({"name": "Gold only", "company_id": self.company.id, **kept})
        sla = self.env["helpdesk.sla"].create({"name": "Gold first", "hours": 4, **kept})
        for record in (program, sla):
            self.assertEqual(self.copied(record).tier_ids, tier, record._name)

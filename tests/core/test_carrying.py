"""Records of others that the addon extends: those who may not see our fields use them as ever."""

from odoo import Command
from odoo.exceptions import AccessError
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

    def hidden(self):
        """Our fields on records of others that not every employee may read."""
        return [
            field
            for model, cls in self.registry.items()
            if cls._auto and not cls._transient and cls._original_module != "customer_value"
            for field in self.env[model]._fields.values()
            if field.groups and "base.group_user" not in field.groups.split(",") and "customer_value" in field._modules
        ]

    def test_hidden_fields_are_not_copied_by_odoo(self):
        """It would read them as the user who copies, and refuse."""
        self.assertFalse([str(field) for field in self.hidden() if field.copy])

    def test_hidden_fields_are_not_searched(self):
        """Searching would tell what reading hides; Odoo does not look at groups where a field searches by itself."""
        values = {"boolean": True, "char": "x", "date": "2025-01-01", "datetime": "2025-01-01 00:00:00", "text": "x"}
        searched, refused = [], 0
        for field in self.hidden():
            Model = self.env[field.model_name].with_user(self.user)
            if not (field.store or field.search) or self.user.has_groups(field.groups) or not Model.has_access("read"):
                continue
            try:
                Model.search([(field.name, "=", values.get(field.type, 1))], limit=1)
            except AccessError:
                refused += 1
            else:
                searched.append(str(field))
        self.assertFalse(searched)
        self.assertGreater(refused, 50)

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

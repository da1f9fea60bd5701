"""What belongs to a company stays there, and what a company has set for itself is not read from outside."""

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .value_case import ValueCase

EVERY_ROLE = (
    "customer_value.group_customer_value_manager,customer_value.group_complaint_manager,"
    "sales_team.group_sale_manager,helpdesk_mgmt.group_helpdesk_manager"
)

# Refuses another company in words of its own
STAYS = {"customer.wallet"}


@tagged("post_install", "-at_install")
class TestCompanyRecords(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Company Of Others", "USD")
        cls.chief = new_test_user(
            cls.env, "records_chief", EVERY_ROLE, company_id=cls.company.id, company_ids=cls.company.ids
        )

    def test_every_model_that_users_write_stays_in_its_companies(self):
        """Either the company cannot be entered, or it is judged once it has been written."""
        kept = self.registry["customer.value.company.record"]
        loose = []
        for name, cls in self.registry.items():
            if cls._abstract or cls._transient or cls._original_module != "customer_value":
                continue
            Model = self.env[name].with_user(self.chief)
            if (
                "company_id" not in Model._fields
                or issubclass(cls, kept)
                or name in STAYS
                or not Model.has_access("write")
            ):
                continue
            guard = getattr(Model, "_get_workflow_sentence", None)
            if not guard or not guard("company_id"):
                loose.append(name)
        self.assertFalse(loose)

    def refused(self, record, **values):
        self.env.flush_all()
        with (
            self.subTest(model=record._name),
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            record.with_user(self.chief).write(values)

    def test_nothing_is_given_to_a_company_of_others(self):
        own = {"company_id": self.company.id}
        channel = self.env.ref("customer_value.acquisition_channel_other")
        offer = self.env["customer.retention.offer"].create({"name": "Call", **own})
        cost = self.env["customer.acquisition.cost"].create(
            {"channel_id": channel.id, "amount": 100.0, "date_from": "2025-01-01", "date_to": "2025-01-31", **own}
        )
        commitment = self.env["customer.complaint.commitment"].create(
            {"severity": "4", "tier_id": self.policy.tier_ids[0].id, "answer_hours": 8, "approval_amount": 1e6, **own}
        )
        plan = self.env["customer.plan"].create({"name": "Plan", **own})
        for record in (offer, cost, commitment, plan):
            self.refused(record, company_id=self.other.id)
        self.refused(self.policy.dimension_ids[:1], company_id=self.other.id)

    def test_a_company_shared_by_both_takes_it(self):
        offer = self.env["customer.retention.offer"].create({"name": "Call", "company_id": self.company.id})
        self.chief.company_ids |= self.other
        both = (self.company | self.other).ids
        offer.with_user(self.chief).with_context(allowed_company_ids=both).company_id = self.other
        self.assertEqual(offer.company_id, self.other)

    def test_no_customer_reads_what_a_company_expects(self):
        portal = new_test_user(
            self.env, "records_portal", "base.group_portal", company_id=self.company.id, company_ids=self.company.ids
        )
        for name in ("retention_learned", "retention_win_back_discount", "acquisition_pursuit_cost"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                self.company.with_user(portal).read([name])
            self.company.with_user(self.chief).read([name])

    def test_no_setting_of_a_company_is_open_to_customers(self):
        """But for those without which customers could not order or complain."""
        settings = [field for field in self.company._fields.values() if field._modules == ("customer_value",)]
        open_ones = {field.name for field in settings if not field.groups}
        self.assertEqual(open_ones, {field.name for field in settings if getattr(field, "everyday", False)})
        self.assertGreater(len(settings), len(open_ones) + 20)

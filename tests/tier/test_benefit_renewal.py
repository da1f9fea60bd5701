"""Benefits that change while customers are in the tier: given anew in the background."""

from unittest.mock import patch

from odoo.tests import Form, new_test_user, tagged

from ...models.tier import customer_value_tier as renewal
from ..core.value_case import ONE_TO_ONE, ValueCase

CRON = "customer_value.cron_renew_benefits"


@tagged("post_install", "-at_install")
class TestRenewal(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE, window_months=0)
        cls.top, cls.middle = cls.tier("Top"), cls.tier("Middle")
        cls.gold, cls.platinum, cls.own = (
            cls.env["product.pricelist"].create({"name": name, "company_id": cls.company.id})
            for name in ("Gold", "Platinum", "Own")
        )
        cls.top.pricelist_id = cls.gold
        cls.members = cls.customers(5, "Member")
        cls.outsider = cls.customer("Outsider")
        for partner in cls.members:
            cls.invoice(partner, "2025-01-10", 90)
        cls.invoice(cls.outsider, "2025-01-10", 50)
        cls.run_policy()

    def lists(self):
        self.env.invalidate_all()
        return [partner.specific_property_product_pricelist.name for partner in self.members]

    def work(self):
        with self.enter_registry_test_mode():
            self.env.ref(CRON).method_direct_trigger()

    def triggers(self):
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", self.env.ref(CRON).id)])

    def test_nobody_waits_and_the_form_tells(self):
        before = self.triggers()
        self.top.pricelist_id = self.platinum
        self.assertEqual(self.lists(), ["Gold"] * 5, "not while somebody waits")
        self.assertEqual((self.top.benefits_due, self.top.benefits_due_count), (True, 5))
        self.assertGreater(self.triggers(), before, "at once, not tomorrow")
        self.work()
        self.assertEqual(self.lists(), ["Platinum"] * 5)
        self.assertEqual((self.top.benefits_due, self.top.benefits_due_count), (False, 0))
        self.assertFalse(self.outsider.specific_property_product_pricelist)

    def test_what_was_before_still_comes_back(self):
        self.members[0].specific_property_product_pricelist = self.own
        self.top.pricelist_id = False
        self.work()
        self.assertEqual(self.lists(), ["Own", False, False, False, False])

    def test_changed_by_hand_stays(self):
        self.members[1].specific_property_product_pricelist = self.own
        self.members[2].specific_property_product_pricelist = False
        self.top.pricelist_id = self.platinum
        self.work()
        self.assertEqual(self.lists(), ["Platinum", "Own", False, "Platinum", "Platinum"])

    def test_a_benefit_given_for_the_first_time_says_what_it_replaces(self):
        self.outsider.specific_property_product_pricelist = self.own
        self.middle.pricelist_id = self.platinum
        self.work()
        self.env.invalidate_all()
        self.assertEqual(self.outsider.specific_property_product_pricelist, self.platinum)
        self.assertIn("Own (USD), entered manually, replaced by Platinum (USD)", str(self.outsider.message_ids[0].body))

    def test_what_does_not_change_anything_gives_nothing_anew(self):
        self.top.write({"pricelist_id": self.gold.id, "color": 3, "helpdesk_priority": "2"})
        self.middle.name = "Centre"
        self.assertFalse((self.top | self.middle).filtered("benefits_due"))

    def test_a_draft_gives_nothing_before_it_is_activated(self):
        self.policy.action_new_version()
        draft = self.Policy.search([("origin_id", "=", self.policy.id)])
        self.tier("Top", draft).pricelist_id = self.platinum
        self.assertFalse((draft | self.policy).tier_ids.filtered("benefits_due"))
        draft.action_activate()
        self.assertEqual((draft | self.policy).tier_ids.filtered("benefits_due"), self.top, "those customers have")
        self.work()
        self.assertEqual(self.lists(), ["Platinum"] * 5)
        self.assertEqual(self.Score.search([("partner_id", "in", self.members.ids)]).tier_id, self.top)

    def test_activated_while_a_renewal_is_under_way(self):
        self.top.pricelist_id = self.platinum
        self.policy.action_new_version()
        self.Policy.search([("origin_id", "=", self.policy.id)]).action_activate()
        self.assertTrue(self.top.benefits_due)
        self.work()
        self.assertEqual(self.lists(), ["Platinum"] * 5)
        self.assertFalse((self.policy | self.top.policy_id).tier_ids.filtered("benefits_due"))

    def test_in_batches(self):
        """Batch after batch, each of them committed, and none twice."""
        self.top.pricelist_id = self.platinum
        counts, given = [], []
        Tier = type(self.env["customer.value.tier"])
        renew_batch = Tier._renew_batch

        def watched(tier):
            counts.append(tier.benefits_due_count)
            given.append(renew_batch(tier))
            return given[-1]

        with patch.object(renewal, "BATCH", 2), patch.object(Tier, "_renew_batch", watched):
            self.work()
        self.assertEqual((given, counts), ([2, 2, 1], [5, 3, 1]))
        self.assertEqual(self.lists(), ["Platinum"] * 5)

    def test_one_that_refuses_does_not_block_the_rest(self):
        odd = self.members[2]
        Partner = type(self.env["res.partner"])
        write = Partner.write

        def refuse(records, vals):
            if odd in records and "specific_property_product_pricelist" in vals:
                raise ValueError("Broken")
            return write(records, vals)

        self.top.pricelist_id = self.platinum
        with patch.object(Partner, "write", refuse):
            self.work()
        self.assertEqual(self.lists(), ["Platinum", "Platinum", "Gold", "Platinum", "Platinum"])
        self.assertFalse(self.top.benefits_due)
        self.assertIn("Broken", str(odd.message_ids[0].body))

    def test_it_waits_for_a_run(self):
        """While a run has the company, nothing is given; the job comes back."""
        self.top.pricelist_id = self.platinum
        before = self.triggers()
        with patch.object(type(self.top), "_lock_scores", lambda tier: False):
            self.work()
        self.assertEqual(self.lists(), ["Gold"] * 5)
        self.assertTrue(self.top.benefits_due)
        self.assertGreater(self.triggers(), before)
        self.work()
        self.assertEqual(self.lists(), ["Platinum"] * 5)

    def test_a_manager_changes_benefits_in_the_form(self):
        manager = new_test_user(
            self.env,
            "benefit_manager",
            "base.group_user,customer_value.group_customer_value_manager,product.group_product_pricelist",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with Form(self.top.with_user(manager), "customer_value.view_customer_value_tier_form") as form:
            form.pricelist_id = self.platinum
        self.assertTrue(self.top.benefits_due)
        self.work()
        self.assertEqual(self.lists(), ["Platinum"] * 5)

"""Who sees customers at risk, who may do what, and which offer is suggested."""

from ast import literal_eval

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import ONE_TO_ONE
from .retention_risk_case import RiskCase, days_ago

GROUPS = "base.group_user,customer_value.group_customer_value_{}"


@tagged("post_install", "-at_install")
class TestRetentionRiskRights(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Elsewhere", "EUR")
        here = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.user = new_test_user(cls.env, "risk_user", GROUPS.format("user"), **here)
        cls.manager = new_test_user(cls.env, "risk_manager", GROUPS.format("manager"), **here)
        cls.stranger = new_test_user(cls.env, "risk_stranger", "base.group_user", **here)
        cls.portal = new_test_user(cls.env, "risk_portal", "base.group_portal", **here)
        cls.partner, cls.theirs = cls.customers(2)
        cls.complaint(cls.partner)
        cls.order(cls.partner, days_ago(20))
        for partner in (cls.partner, cls.theirs):
            cls.order(partner, days_ago(20), company=cls.other)
            cls.complaint(partner, company=cls.other)
        cls.refresh()
        cls.refresh(company=cls.other)
        cls.row = cls.stored(cls.partner)
        cls.foreign = cls.stored(cls.partner, cls.other)

    def visible(self, user, companies=None):
        Risk = self.Risk.with_user(user).with_context(allowed_company_ids=(companies or self.company).ids)
        return Risk.search([])

    def test_who_reads(self):
        for user in (self.user, self.manager):
            self.assertEqual(self.visible(user), self.row)
            self.assertTrue(self.row.with_user(user).explanation)
            with self.assertRaises(AccessError):
                self.foreign.with_user(user).read(["stake"])
        for user in (self.stranger, self.portal):
            with self.assertRaises(AccessError):
                self.visible(user)
        self.user.company_ids |= self.other
        self.assertEqual(len(self.visible(self.user, self.company | self.other)), 3)

    def test_only_partners_one_may_see(self):
        self.partner.company_id = self.company
        self.assertEqual(self.visible(self.user), self.row)
        self.env.cr.execute("UPDATE res_partner SET company_id = %s WHERE id = %s", [self.other.id, self.partner.id])
        self.env.invalidate_all()
        self.assertFalse(self.visible(self.user))
        with self.assertRaises(AccessError):
            self.row.with_user(self.user).action_view_complaints()

    def test_nobody_writes(self):
        for user in (self.user, self.manager):
            Risk = self.Risk.with_user(user)
            for forbidden in (
                lambda Risk=Risk: Risk.create({"partner_id": self.theirs.id, "company_id": self.company.id}),
                lambda Risk=Risk: self.row.with_env(Risk.env).write({"stake": 1}),
                lambda Risk=Risk: self.row.with_env(Risk.env).unlink(),
            ):
                with self.assertRaises(AccessError):
                    forbidden()

    def test_managers_refresh(self):
        with self.assertRaises(AccessError):
            self.Risk.with_user(self.user).action_refresh()
        self.order(self.theirs, days_ago(10))
        self.complaint(self.theirs)
        # orders, invoices and tickets that the manager may not read count all the same
        action = self.Risk.with_user(self.manager).action_refresh()
        self.assertEqual(action["params"]["message"], "1 new, 0 changed, 0 gone.")
        self.assertEqual(self.visible(self.manager).partner_id, self.partner | self.theirs)

    def test_partner_fields_are_for_value_users(self):
        for name in ("retention_risk_id", "retention_risk_level", "retention_risk_explanation"):
            self.partner.with_user(self.user).read([name])
            with self.assertRaises(AccessError):
                self.partner.with_user(self.stranger).read([name])
        with self.assertRaises(AccessError):
            self.env["res.partner"].with_user(self.stranger).search([("retention_risk_id", "!=", False)])

    def test_campaign(self):
        """The wizard opens with those selected, and with the reason that they have in common."""
        action = self.row.with_user(self.manager).action_start_campaign()
        self.assertEqual(action["res_model"], "customer.retention.wizard")
        Wizard = self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])
        values = Wizard.default_get(["audience_model", "audience_domain", "reason_id"])
        self.assertEqual(values["audience_model"], "customer.retention.risk")
        self.assertEqual(literal_eval(values["audience_domain"]), [("id", "in", self.row.ids)])
        self.assertEqual(values["reason_id"], self.row.reason_id.id)
        with self.assertRaises(AccessError):
            Wizard.with_user(self.user).create({})

    def test_campaign_of_one_company(self):
        with self.assertRaisesRegex(UserError, "several companies"):
            (self.row | self.foreign).action_start_campaign()

    def test_reason_in_use_is_kept(self):
        with self.assertRaises(UserError):
            self.row.reason_id.unlink()

    # -- offers ----------------------------------------------------------------------------------------------------

    def offer(self, name, reasons="", tiers=None, **values):
        reasons = [self.env.ref(f"customer_value.retention_reason_{code}").id for code in reasons.split()]
        return self.Offer.create(
            {
                "name": name,
                "company_id": self.company.id,
                "reason_ids": [Command.set(reasons)],
                "tier_ids": [Command.set(tiers.ids if tiers else [])],
            }
            | values
        )

    def suggested(self):
        self.env.invalidate_all()
        return self.row.with_user(self.user).offer_id

    def test_suggested_offer(self):
        """The first that suits; one for reason and tier before one for the reason, for the tier, for everybody."""
        self.Offer.search([("company_id", "=", self.company.id)]).active = False
        self.make_policy(ONE_TO_ONE)
        self.invoice(self.partner, days_ago(20), 50)
        self.run_policy(as_of=days_ago(0))
        self.refresh()
        tier = self.tier("Middle")
        self.assertEqual(self.row.tier_id, tier)
        self.assertFalse(self.suggested())
        self.offer("Of others", "rhythm")
        self.offer("For others", "complaint", self.tier("Top"))
        self.offer("Theirs", company_id=self.other.id)
        self.assertFalse(self.suggested())
        general = self.offer("For all", sequence=1)
        self.assertEqual(self.suggested(), general)
        second = self.offer("For all, too", sequence=0)
        self.assertEqual(self.suggested(), second)
        for_tier = self.offer("For the tier", tiers=tier, sequence=50)
        self.assertEqual(self.suggested(), for_tier)
        for_reason = self.offer("For the reason", "rhythm complaint", sequence=60)
        self.assertEqual(self.suggested(), for_reason)
        for_both = self.offer("For both", "complaint", tier, sequence=70)
        self.assertEqual(self.suggested(), for_both)
        for_both.active = False
        self.assertEqual(self.suggested(), for_reason)

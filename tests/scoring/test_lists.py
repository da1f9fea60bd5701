"""What is done with selected rows of a list is done with the customers, and who begins with whose."""

from ast import literal_eval

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ...models.core import customer_value_customer_row
from ..core.value_case import ONE_TO_ONE, ValueCase

USER = "customer_value.group_customer_value_user"


@tagged("post_install", "-at_install")
class TestLists(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(ONE_TO_ONE)
        cls.partners = cls.customers(3)
        for number, partner in enumerate(cls.partners):
            partner.email = f"customer{number}@example.com"
            cls.invoice(partner, amount=50)
        cls.run_policy()
        cls.scores = cls.Score.search([("partner_id", "in", cls.partners.ids)])
        cls.clerk = cls.member("clerk", "sales_team.group_sale_salesman")
        cls.lead = cls.member("lead", "sales_team.group_sale_salesman_all_leads")
        cls.partners[0].user_id = cls.clerk

    @classmethod
    def member(cls, login, group):
        return new_test_user(
            cls.env, login, groups=f"{USER},{group}", company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)]
        )

    def run_action(self, name, user, records=None):
        """What a server action returns; as the browser sends a selection."""
        action = self.env.ref(f"customer_value.action_customer_value_score_{name}").with_user(user)
        records = self.scores if records is None else records
        return action.with_context(active_model=records._name, active_ids=records.ids, active_id=records[:1].id).run()

    def test_account_managers_begin_with_their_own(self):
        for user, mine in ((self.clerk, True), (self.lead, False), (self.env.ref("base.user_admin"), False)):
            action = self.run_action("mine", user, self.Score)
            self.assertEqual((action["res_model"], action["path"]), ("customer.value.score", "customer-value"))
            context = action["context"]
            context = literal_eval(context) if isinstance(context, str) else context
            self.assertEqual(bool(context.get("search_default_my_customers")), mine, user.login)
            self.assertIn("pivot_measures", context)

    def test_activities_are_scheduled_with_the_customers(self):
        action = self.run_action("activity", self.lead)
        Wizard = self.env[action["res_model"]].with_user(self.lead).with_context(**action["context"])
        with Form(Wizard) as form:
            form.activity_type_id = self.env.ref("mail.mail_activity_data_call")
            form.summary = "How are you?"
        form.save().action_schedule_activities()
        self.env.invalidate_all()
        self.assertEqual(self.partners.activity_ids.mapped("summary"), ["How are you?"] * 3)
        rows = self.scores.with_user(self.lead)
        self.assertEqual(rows.mapped("activity_summary"), ["How are you?"] * 3)
        self.assertEqual(rows.activity_ids, self.partners.activity_ids)

    def test_too_many_activities(self):
        self.patch(customer_value_customer_row, "MOST_ACTIVITIES", 2)
        with self.assertRaisesRegex(UserError, "up to 2 customers to schedule activities; 3 are selected"):
            self.run_action("activity", self.lead)
        self.assertTrue(self.run_action("activity", self.lead, self.scores[:2]))

    def test_emails_go_to_those_who_want_them(self):
        self.env["mail.blacklist"]._add(self.partners[1].email)
        self.partners[2].email = False
        action = self.run_action("email", self.lead)
        self.assertEqual(action["context"]["active_ids"], self.partners[0].ids)
        composer = self.env[action["res_model"]].with_user(self.lead).with_context(**action["context"])
        composer = composer.create({"subject": "News", "body": "<p>Hello</p>"})
        self.assertEqual((composer.model, composer.composition_mode), ("res.partner", "mass_mail"))
        composer.action_send_mail()
        mail = self.env["mail.mail"].sudo().search([("model", "=", "res.partner"), ("subject", "=", "News")])
        self.assertEqual(mail.recipient_ids, self.partners[0])
        self.partners[0].email = False
        with self.assertRaisesRegex(UserError, "can be emailed"):
            self.run_action("email", self.lead)

    def test_the_account_manager_of_all(self):
        action = self.run_action("manager", self.lead)
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.lead)
            .with_context(**action["context"])
            .create({"user_id": self.lead.id})
        )
        self.assertEqual(wizard.partner_count, 3)
        wizard.action_assign()
        self.assertEqual(self.partners.user_id, self.lead)
        with self.assertRaises(AccessError):
            self.run_action("manager", self.clerk)
        with self.assertRaises(AccessError):
            wizard.with_user(self.clerk).action_assign()

    def test_account_managers_are_internal_users(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        wizard = self.env["customer.value.manager"].create(
            {"user_id": portal.id, "partner_ids": [Command.set(self.partners.ids)]}
        )
        with self.assertRaisesRegex(UserError, "internal users"):
            wizard.action_assign()

    def test_the_customers_of_a_list_with_their_activities(self):
        Partner = self.env["res.partner"].with_user(self.lead)
        action = self.Score.with_user(self.lead).action_view_customers()
        self.assertEqual(action["views"][0][1], "activity")
        found = Partner.search(action["domain"])
        self.assertEqual(found & self.partners, self.partners)
        self.assertEqual(found, self.Score.with_user(self.lead).search([]).partner_id)
        self.assertEqual(Partner.search(self.scores[0].action_view_customers()["domain"]), self.scores[0].partner_id)
        self.assertFalse(Partner.search([("value_list", "=", "res.partner")]), "no list of customers")

    def test_lists_can_be_exported(self):
        for model in ("score", "history", "membership"):
            view = self.env.ref(f"customer_value.view_customer_value_{model}_list")
            self.assertNotIn("export_xlsx", view.arch)

    def test_history_of_a_customer_opens_on_tiers(self):
        self.invoice(self.partners[0], "2025-07-01", 40)
        self.run_policy(as_of="2025-07-02")
        score = self.score(self.partners[0])
        action = score.with_user(self.lead).action_view_history()
        self.assertEqual(set(action["context"]), {"search_default_tier_changes", "search_default_entered"})
        entry = self.history(self.partners[0])[-1]
        self.assertEqual(entry.reason, "The score 90.00 reaches Top (from 80.00). Revenue net of credit notes +40.00")
        self.assertEqual(self.history(self.partners[0])[0].reason, "New customer.")

    def test_simulations_are_told_apart(self):
        one = self.run_policy(simulate=True)
        self.assertEqual(one.status, "simulated")
        self.assertIn("simulated", one.name)
        one.started = "2025-06-30 08:15:00"
        self.assertIn("8:15", one.with_context(tz="UTC").name)
        applied = self.run_policy()
        self.assertEqual(applied.status, "done")
        self.assertNotIn("simulated", applied.name)
        groups = self.env["customer.value.run"]._read_group([("id", "in", (one + applied).ids)], ["status"])
        self.assertEqual(len(groups), 2)

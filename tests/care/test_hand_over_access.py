"""Who may reassign customers, in two companies."""

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .hand_over_case import HandOverCase

MODELS = ("customer.value.hand.over", "customer.value.hand.over.receiver", "customer.value.hand.over.line")


@tagged("post_install", "-at_install")
class TestHandOverAccess(HandOverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader = cls.user("reader", groups="customer_value.group_customer_value_user")
        cls.their_manager = cls.user(
            "their_manager", groups="customer_value.group_customer_value_manager", companies=cls.other_company
        )
        cls.both = cls.user(
            "both", groups="customer_value.group_customer_value_manager", companies=cls.company | cls.other_company
        )

    def test_only_managers_see_the_log_and_nobody_writes_it(self):
        done = self.hand_over()
        for model in MODELS:
            records = self.env[model].search([("company_id", "=", self.company.id)])
            self.assertTrue(records)
            self.assertTrue(records.with_user(self.manager).read(["company_id"]))
            for user in (self.anna, self.reader, self.their_manager):
                with self.assertRaises(AccessError):
                    records.with_user(user).read(["company_id"])
            for operation in ("write", "create", "unlink"):
                self.assertFalse(records.with_user(self.manager).has_access(operation), f"{operation} {model}")
        self.assertFalse(
            self.HandOver.with_user(self.both)
            .with_context(allowed_company_ids=self.other_company.ids)
            .search([("id", "=", done.id)]),
            "the other company is switched on",
        )

    def test_others_cannot_hand_over(self):
        for user in (self.anna, self.reader, self.leaver):
            self.assertFalse(self.env["customer.value.hand.over.wizard"].with_user(user).has_access("create"))
            with self.assertRaises(AccessError):
                self.HandOver.with_user(user)._hand_over(self.company, self.leaver, self.everything_to(self.ben))
        self.assertEqual(self.top.user_id, self.leaver)

    def test_not_in_a_company_that_is_not_ones_own_or_switched_off(self):
        for user, allowed in ((self.their_manager, self.other_company), (self.both, self.other_company)):
            HandOver = self.HandOver.with_user(user).with_context(allowed_company_ids=allowed.ids)
            with self.assertRaises(AccessError):
                HandOver._hand_over(self.company, self.leaver, self.everything_to(self.ben))
            wizard = (
                self.env["customer.value.hand.over.wizard"]
                .with_user(user)
                .with_context(allowed_company_ids=allowed.ids)
            )
            with self.assertRaises(AccessError):
                wizard.create({"company_id": self.company.id, "from_user_id": self.leaver.id}).read(["line_ids"])
        self.assertEqual(self.top.user_id, self.leaver)

    def test_the_wizard_shows_what_there_is(self):
        """Numbers by tier, also of documents that the manager has no right to open."""
        self.quotation(self.top)
        self.ticket(self.top, user_id=self.leaver.id, stage_id=self.stage_open.id)
        self.ticket(self.top, user_id=self.leaver.id, stage_id=self.stage_closed.id)
        self.lead(self.env["res.partner"], user_id=self.leaver.id)
        self.middle.activity_schedule("mail.mail_activity_data_todo", user_id=self.leaver.id)
        self.tier("Base").user_id = self.leaver
        wizard = Form(self.env["customer.value.hand.over.wizard"].with_user(self.manager))
        self.assertFalse(len(wizard.line_ids))
        wizard.from_user_id = self.leaver
        wizard = wizard.save()
        names = ("customer_count", "quotation_count", "lead_count", "ticket_count", "activity_count", "names_user")
        self.assertEqual(
            [(line.tier_name, *(line[name] for name in names)) for line in wizard.line_ids],
            [
                ("Top", 1, 1, 0, 1, 0, False),
                ("Middle", 1, 0, 0, 0, 1, False),
                ("Base", 1, 0, 0, 0, 0, True),
                ("No tier", 1, 0, 1, 0, 0, False),
            ],
        )

    def test_new_manager_of_the_tier_is_proposed(self):
        self.tier("Top").user_id = self.leaver
        wizard = Form(self.env["customer.value.hand.over.wizard"].with_user(self.manager))
        wizard.from_user_id = self.leaver
        with wizard.line_ids.edit(0) as line:
            line.user_ids.add(self.ben)
            self.assertEqual(line.tier_user_id, self.ben)
        wizard.save().action_hand_over()
        self.assertEqual((self.tier("Top").user_id, self.top.user_id), (self.ben, self.ben))
        self.assertEqual(self.middle.user_id, self.leaver)

    def test_from_a_selection(self):
        self.middle.user_id = self.ben
        for model, records in (
            ("res.partner", self.top | self.contact),
            ("customer.value.score", self.score(self.top)),
        ):
            wizard = Form(
                self.env["customer.value.hand.over.wizard"]
                .with_user(self.manager)
                .with_context(active_model=model, active_ids=records.ids)
            )
            self.assertEqual(wizard.from_user_id, self.leaver)
            self.assertEqual(wizard.partner_ids[:], self.top)
            self.assertEqual(len(wizard.line_ids), 1)
        several = (
            self.env["customer.value.hand.over.wizard"]
            .with_user(self.manager)
            .with_context(active_model="res.partner", active_ids=(self.top | self.middle).ids)
        )
        self.assertFalse(Form(several).from_user_id, "they have different managers")

    def test_nobody_chosen(self):
        wizard = (
            self.env["customer.value.hand.over.wizard"]
            .with_user(self.manager)
            .create({"company_id": self.company.id, "from_user_id": self.leaver.id})
        )
        with self.assertRaisesRegex(Exception, "Choose a recipient for at least one tier"):
            wizard.action_hand_over()
        wizard.line_ids[0].user_ids = [Command.link(self.anna.id)]
        wizard.action_hand_over()
        self.assertEqual((self.top.user_id, self.base.user_id), (self.anna, self.leaver))

"""What the wizard fills in by where it was opened, what it says of others, and what is asked before offers leave."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestWizardSuggestions(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Risk = cls.env["customer.retention.risk"]
        cls.Offer = cls.env["customer.retention.offer"]
        cls.Wizard = cls.env["customer.retention.wizard"].with_user(cls.manager)
        cls.Offer.search([("company_id", "=", cls.company.id)]).active = False
        cls.rhythm = cls.env.ref("customer_value.retention_reason_rhythm")
        cls.general = cls.make_offer("call", name="For everybody", sequence=5)
        cls.special = cls.make_offer("call", name="For the late", reason_ids=cls.rhythm.ids, sequence=9)
        cls.late = cls.customers(3, "Late")
        for partner in cls.late:
            for number in range(4):
                cls.order(partner, TODAY - timedelta(days=25 + 10 * number), 100, cost=70)
        cls.angry = cls.customer("Angry")
        cls.order(cls.angry, TODAY - timedelta(days=2))
        cls.complaint(cls.angry)
        cls.Risk._refresh(cls.company, TODAY)

    def risks(self, partners):
        return self.Risk.with_user(self.manager).search([("partner_id", "in", partners.ids)])

    def suggested(self, action=None, **context):
        context = action["context"] if action else context
        form = Form(self.Wizard.with_context(**context))
        return form.purpose, form.reason_id, form.offer_id

    def test_from_the_list_of_customers_at_risk(self):
        """One reason: it and its offer. Several: the offer that suits them all, and no reason that some do not have."""
        action = self.risks(self.late).action_start_campaign()
        self.assertEqual(self.suggested(action), ("retention", self.rhythm, self.special))
        action = self.risks(self.late | self.angry).action_start_campaign()
        self.assertEqual(self.suggested(action), ("retention", self.env["customer.retention.reason"], self.general))

    def test_from_lists_of_customers(self):
        """The same is known of the customers, whatever list they were chosen in."""
        self.run_policy(as_of=TODAY)
        scores = self.Score.search([("partner_id", "in", self.late.ids)])
        self.assertEqual(len(scores), 3)
        for records in (scores, self.late):
            with self.subTest(model=records._name):
                self.assertEqual(
                    self.suggested(active_model=records._name, active_ids=records.ids),
                    ("retention", self.rhythm, self.special),
                )
        purpose, reason, offer = self.suggested(active_model="res.partner", active_ids=self.customer("Calm").ids)
        self.assertEqual((purpose, reason.ids, offer), ("retention", [], self.general))

    def test_of_a_tier(self):
        """An offer for a tier is proposed where all of them are in it."""
        self.run_policy(as_of=TODAY)
        tier = self.score(self.late[0]).tier_id
        self.assertTrue(tier)
        gold = self.make_offer("call", name="For the tier", tier_ids=tier.ids, reason_ids=self.rhythm.ids, sequence=9)
        self.assertEqual(self.suggested(active_model="res.partner", active_ids=self.late.ids)[2], gold)
        others = self.late | self.customer("Without a tier")
        self.assertEqual(self.suggested(active_model="res.partner", active_ids=others.ids)[2], self.general)

    def test_from_lost_customers(self):
        """All are lost: they are won back, with the first offer that pays for each of them."""
        lost = self.customers(2, "Lost")
        loss_reason = self.env.ref("customer_value.retention_reason_loss_silence")
        self.env.cr.execute(
            """INSERT INTO customer_retention_loss (partner_id, company_id, reason_id, second_lifetime_value)
               SELECT unnest(%s), %s, %s, 50""",
            [lost.ids, self.company.id, loss_reason.id],
        )
        dear = self.make_offer("call", name="Dear", reason_ids=loss_reason.ids, contact_cost=51)
        self.env.invalidate_all()
        chosen = self.suggested(active_model="res.partner", active_ids=lost.ids)
        self.assertEqual(chosen, ("win_back", loss_reason, self.general))
        dear.contact_cost = 50
        self.assertEqual(self.suggested(active_model="res.partner", active_ids=lost.ids)[2], dear)
        mixed = self.suggested(active_model="res.partner", active_ids=(lost | self.late).ids)
        self.assertEqual((mixed[0], mixed[1].ids), ("retention", []))
        losses = self.env["customer.retention.loss"].with_user(self.manager).search([("partner_id", "in", lost.ids)])
        self.assertEqual(self.suggested(losses.action_start_campaign()), ("win_back", loss_reason, dear))

    def test_cross_sell(self):
        """What customers are at risk of does not matter to what else they may buy."""
        purpose, reason, offer = self.suggested(
            default_purpose="cross_sell",
            default_audience_model="res.partner",
            default_audience_domain=repr([("id", "in", self.late.ids)]),
        )
        self.assertEqual((purpose, reason.ids, offer), ("cross_sell", [], self.general))

    def test_an_audience_chosen_in_the_wizard(self):
        mine = self.env["ir.filters"].create(
            {
                "name": "Late",
                "model_id": "res.partner",
                "domain": repr([("id", "in", self.late.ids)]),
                "user_ids": [Command.link(self.manager.id)],
            }
        )
        form = Form(self.Wizard)
        self.assertFalse(form.offer_id)
        form.filter_id = mine
        self.assertEqual((form.reason_id, form.offer_id), (self.rhythm, self.special))
        form.offer_id = self.general
        form.filter_id = mine.copy({"domain": repr([("id", "in", self.angry.ids)])})
        self.assertEqual(form.offer_id, self.general, "what somebody has chosen stays")

    def test_drafts_keep_what_was_decided(self):
        draft = self.campaign(self.late, purpose="win_back", offer_id=self.general.id)
        self.assertEqual(
            self.suggested(default_campaign_id=draft.id),
            ("win_back", self.env["customer.retention.reason"], self.general),
        )

    def test_the_offer_is_asked_before_the_draw(self):
        self.Offer.search([("company_id", "=", self.company.id)]).active = False
        form = Form(self.Wizard.with_context(active_model="res.partner", active_ids=self.late.ids))
        self.assertFalse(form.offer_id)
        with self.assertRaisesRegex(AssertionError, "offer_id is a required field"):
            form.save()
        wizard = self.Wizard.with_context(active_model="res.partner", active_ids=self.late.ids).create({})
        for button in (wizard.action_ask_start, wizard.action_start, wizard.action_preview_letter):
            with self.subTest(button=button.__name__), self.assertRaisesRegex(UserError, "Choose an offer"):
                button()
        self.assertFalse(self.Campaign.search([("company_id", "=", self.company.id)]))

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(partners):
            return self.count_queries(
                lambda: self.Wizard._read_common(self.company, "res.partner", [("id", "in", partners.ids)])
            )

        queries(self.late[:1])
        self.assertEqual(queries(self.late[:1]), queries(self.late))


@tagged("post_install", "-at_install")
class TestConfirmation(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.buyers(6)
        for partner in cls.partners:
            partner.email = f"buyer{partner.id}@example.com"
        cls.letter = cls.make_offer("letter", name="We miss you")
        cls.Wizard = cls.env["customer.retention.wizard"].with_user(cls.manager)
        cls.Confirmation = cls.env["customer.retention.confirmation"].with_user(cls.manager)

    def wizard(self, partners=None, offer=None, **values):
        partners = self.partners if partners is None else partners
        form = Form(self.Wizard.with_context(active_model="res.partner", active_ids=partners.ids))
        form.offer_id = offer or self.letter
        for name, value in values.items():
            setattr(form, name, value)
        return form.save()

    def opened(self, action):
        self.assertEqual((action["res_model"], action["target"]), ("customer.retention.confirmation", "new"))
        return self.Confirmation.browse(action["res_id"])

    def test_how_many_are_elsewhere(self):
        self.seed_with(self.partners[:3], self.partners[2], holdout_percent=34)
        wizard = self.wizard()
        self.assertEqual((wizard.elsewhere_count, wizard.elsewhere_holdout_count, wizard.left_count), (3, 1, 3))
        self.assertEqual(
            wizard.elsewhere_text,
            "Left out, as in another running campaign: 3 of the 6 selected customers, 1 of them in its control group.",
        )
        self.assertFalse(self.wizard(self.partners[3:]).elsewhere_text)
        wizard = self.wizard(self.partners[:1] | self.partners[3:])
        self.assertEqual(
            wizard.elsewhere_text, "Left out, as in another running campaign: 1 of the 4 selected customers."
        )

    def test_large_audiences_say_so_at_once(self):
        self.started(self.partners[:2], holdout_percent=0, without_holdout=True)
        self.patch(self.env.registry["customer.retention.wizard"], "_preview", lambda _self: None)
        form = Form(self.Wizard.with_context(active_model="res.partner", active_ids=self.partners.ids))
        self.assertEqual((form.audience_count, form.elsewhere_count, form.is_current), (6, 2, False))

    def test_start_says_how_many(self):
        wizard = self.wizard(holdout_percent=34)
        confirmation = self.opened(wizard.action_ask_start())
        self.assertEqual(
            confirmation.summary.split("\n"),
            [
                "Customers who receive the offer “We miss you”: 4",
                "Customers in the control group, which is fixed from now on: 2",
                "Letters that leave within the next hour: 4",
            ],
        )
        self.assertIn("not enough data", confirmation.warning)
        self.assertFalse(wizard.campaign_id, "nothing has begun")
        action = confirmation.action_confirm()
        campaign = self.Campaign.browse(action["res_id"])
        self.assertEqual((campaign.state, campaign.treatment_count), ("running", 4))

    def test_start_later_and_without_a_control_group(self):
        wizard = self.wizard(holdout_percent=0, without_holdout=True, date_start=TODAY + timedelta(days=3))
        confirmation = self.opened(wizard.action_ask_start())
        self.assertIn("Letters that leave on 07/03/2025: 6", confirmation.summary)
        self.assertIn("cannot be measured", confirmation.warning)

    def test_what_is_missing_is_said_before_the_question(self):
        with self.assertRaisesRegex(UserError, "No eligible customers"):
            self.wizard(self.customer("Never bought")).action_ask_start()
        with self.assertRaisesRegex(UserError, "select “No Control Group”"):
            self.wizard(holdout_percent=0).action_ask_start()
        with self.assertRaisesRegex(UserError, "does not include a letter"):
            self.wizard(offer=self.offer).action_preview_letter()

    def test_letter_as_the_customer_gets_it(self):
        """In their language, from their own manager, with a code; and nothing of it stays."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.env["ir.module.module"]._load_module_terms(["customer_value"], ["zh_CN"])
        self.partners[1].lang = "zh_CN"
        self.partners[0].user_id = self.deputy
        self.partners[2].user_id = False
        coupon = self.make_offer("coupon", name="Coupon", amount=0.5)
        models = (
            "customer.retention.campaign",
            "customer.retention.member",
            "loyalty.card",
            "loyalty.program",
            "mail.mail",
        )
        before = {name: self.env[name].search_count([]) for name in models}
        wizard = self.wizard(offer=coupon)
        confirmation = self.opened(wizard.action_preview_letter())
        # the customer who brings most comes first
        self.assertEqual((confirmation.partner_id, confirmation.sample_ids), (self.partners[5], self.partners))
        self.assertFalse(confirmation.summary)
        for partner, user, words in (
            (self.partners[0], self.deputy, ("0.50", "Enter the code")),
            (self.partners[1], self.user, ("0.50", self.company.currency_id._value_amount_in_words(0.5, "zh_CN"))),
            (self.partners[2], self.manager, ("0.50", "Enter the code")),
        ):
            confirmation.partner_id = partner
            confirmation.action_show()
            with self.subTest(partner=partner.name):
                self.assertEqual(confirmation.shown_id, partner)
                self.assertIn(user.email, confirmation.email_from)
                self.assertIn(partner.email, confirmation.recipients)
                for word in (partner.name, user.name, *words):
                    self.assertIn(word, confirmation.body)
        self.assertEqual({name: self.env[name].search_count([]) for name in models}, before)
        self.assertFalse(coupon.made_program_id)
        self.assertEqual(confirmation.action_confirm()["type"], "ir.actions.act_window_close")

    def test_letters_come_from_the_manager_of_the_customer(self):
        """Also where others do the work; from the responsible where there is no manager, or one who has left."""
        self.partners[1].user_id = self.deputy
        self.partners[2].user_id = False
        gone = self.user.copy({"login": "gone", "active": False})
        self.partners[3].user_id = gone
        campaign = self.under_way(self.letter, self.partners, executor="users", user_ids=[Command.set(self.deputy.ids)])
        campaign._deliver()
        members = self.members(campaign)
        expected = [self.user, self.deputy, self.manager, self.manager, self.user, self.user]
        self.assertEqual([member.user_id for member in members], expected)
        for member, user in zip(members, expected, strict=True):
            mail = member.mail_id
            self.assertEqual((mail.email_from, mail.author_id), (user.email_formatted, user.partner_id))
            self.assertIn(user.name, mail.body_html)
            self.assertEqual(mail.reply_to or mail.email_from, user.email_formatted, "answers go to the manager")

    def test_a_manager_who_is_reassigned_meanwhile(self):
        campaign = self.under_way(self.letter, self.partners[0])
        self.partners[0].user_id = self.deputy
        campaign._deliver()
        self.assertEqual(self.members(campaign).mail_id.author_id, self.deputy.partner_id)

    def test_offers_made_now(self):
        """Two hundred at once are named before they leave."""
        self.patch(self.env.registry["customer.retention.campaign"], "_count_due", lambda _self: 250)
        campaign = self.under_way(self.letter, self.partners)
        confirmation = self.opened(campaign.with_user(self.manager).action_ask_deliver())
        self.assertEqual(
            confirmation.summary.split("\n"),
            [
                "Customers who receive the offer “We miss you” now: 200",
                "Letters that leave now: 200",
                "Customers who are due and follow later: 50",
            ],
        )
        self.assertIn("Buyer", confirmation.body)
        self.assertFalse(self.letters(campaign))
        self.assertEqual(confirmation.action_confirm()["type"], "ir.actions.act_window_close")
        self.assertEqual(len(self.letters(campaign)), 6)

    def test_no_more_than_the_budget(self):
        offer = self.make_offer("letter", name="Dear letter", contact_cost=10)
        campaign = self.under_way(offer, self.partners, budget=25)
        confirmation = self.opened(campaign.with_user(self.manager).action_ask_deliver())
        self.assertIn("Letters that leave now: 2\nCustomers who are due and follow later: 4", confirmation.summary)
        confirmation.action_confirm()
        self.assertEqual(len(self.letters(campaign)), 2)
        self.assertFalse(campaign.with_user(self.manager).action_ask_deliver(), "nothing leaves, nothing is asked")
        self.assertEqual(campaign.state, "paused")

    def test_draft_is_started_from_its_form(self):
        draft = self.campaign(self.partners, offer_id=self.letter.id, holdout_percent=50).with_user(self.manager)
        letter = self.opened(draft.action_preview_letter())
        self.assertIn(letter.partner_id.name, letter.body)
        confirmation = self.opened(draft.action_ask_start())
        self.assertIn("Letters that leave within the next hour: 3", confirmation.summary)
        self.assertEqual(confirmation.action_confirm()["type"], "ir.actions.act_window_close")
        self.assertEqual((draft.state, draft.holdout_count), ("running", 3))

    def test_added_customers(self):
        campaign = self.started(self.partners[:2], offer_id=self.letter.id, holdout_percent=50)
        form = Form(self.Wizard.with_context(active_model="res.partner", active_ids=self.partners.ids))
        form.campaign_id = campaign
        confirmation = self.opened(form.save().action_ask_add())
        self.assertIn("Customers who receive the offer “We miss you”: 2", confirmation.summary)
        self.assertEqual(campaign.member_count, 2)
        self.assertEqual(confirmation.action_confirm()["tag"], "display_notification")
        self.env.invalidate_all()
        self.assertEqual(campaign.member_count, 6)

    def test_roles(self):
        campaign = self.under_way(self.letter, self.partners)
        for button in ("action_ask_deliver", "action_preview_letter"):
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(campaign.with_user(self.user), button)()

"""Offers of every kind, from the plan to what the customer has."""

from datetime import date, timedelta
from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..scoring.staff_case import TODAY
from .retention_offer_case import RetentionOfferCase


@tagged("post_install", "-at_install")
class TestRetentionDelivery(RetentionOfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Firm {number}", "email": f"firm{number}@example.com"} for number in range(1, 5)]
        )
        cls.alone = cls.env["res.partner"].create({"name": "Left alone", "email": "alone@example.com"})

    def test_coupon(self):
        """A code for each, worth the amount, reserved, valid for its days; nothing from the program itself."""
        offer = self.make_offer("coupon", amount=40.0, valid_days=60, contact_cost=1.5)
        campaign = self.under_way(offer, self.partners, self.alone)
        before = self.env["mail.mail"].search([])
        campaign._deliver()
        members = self.members(campaign, ("arm", "=", "treatment"))
        self.assertEqual(set(members.mapped("state")), {"offered"})
        self.assertEqual(len(set(members.mapped("card_code"))), 4)
        for member in members:
            self.assertRecordValues(
                member, [{"cost": 1.5, "face_value": 40.0, "valid_until": TODAY + timedelta(days=60)}]
            )
            self.assertRecordValues(
                member.card_ids,
                [{"partner_id": member.partner_id.id, "expiration_date": TODAY + timedelta(days=60)}],
            )
            reward = member.card_ids.program_id.reward_ids
            self.assertAlmostEqual(member.card_ids.points * reward.discount, 40.0)
            self.assertEqual(member.card_ids.history_ids.issued, member.card_ids.points)
        self.assertEqual(members.card_ids.program_id, offer.made_program_id)
        # the campaign's letter, once each, and nothing else
        self.assertEqual(self.env["mail.mail"].search([]) - before, members.mail_id)
        self.assertEqual(len(members.mail_id), 4)
        alone = self.member(campaign, self.alone)
        self.assertRecordValues(alone, [{"state": "holdout", "card_code": False, "mail_id": False, "cost": 0.0}])
        self.assertFalse(self.env["loyalty.card"].search([("partner_id", "=", self.alone.id)]))
        # a second run finds nothing to do
        self.assertFalse(campaign._deliver())
        self.assertEqual(self.env["loyalty.card"].search_count([("program_id", "=", offer.made_program_id.id)]), 4)

    def test_gift_card(self):
        offer = self.make_offer("gift_card", amount=25.0, template_id=False)
        campaign = self.under_way(offer, self.partners)
        campaign._deliver()
        cards = self.members(campaign).card_ids
        self.assertEqual(set(cards.program_id.mapped("program_type")), {"gift_card"})
        self.assertEqual(set(cards.mapped("points")), {25.0})
        self.assertFalse(self.letters(campaign))

    def test_discounts(self):
        for values, face in [
            ({"discount_mode": "percent", "discount_percent": 10.0, "maximum_amount": 30.0}, 30.0),
            ({"discount_mode": "amount", "amount": 20.0}, 20.0),
        ]:
            with self.subTest(values=values):
                offer = self.make_offer("discount", minimum_order=60.0, **values)
                campaign = self.under_way(offer, self.partners)
                campaign._deliver()
                member = self.members(campaign)[0]
                self.assertEqual(member.face_value, face)
                order = self.order(member.partner_id, amount=50.0, confirm=False)
                self.assertIn("minimum of", order._try_apply_code(member.card_code)["error"])
                order.order_line.price_unit = 200.0
                [(card, rewards)] = order._try_apply_code(member.card_code).items()
                self.assertEqual(order._apply_program_reward(rewards, card), {})
                self.assertAlmostEqual(order.amount_total, 180.0)
                order.action_confirm()
                # used up
                again = self.order(member.partner_id, amount=200.0, confirm=False)
                self.assertIn("already been used", again._try_apply_code(member.card_code)["error"])
                self.assertAlmostEqual(member.used_value, 20.0)
                self.assertAlmostEqual(campaign.used_value, 20.0)
                campaign.action_cancel()

    def test_program_chosen(self):
        """Codes of a program that somebody chose, in its currency; what contradicts the offer is refused."""
        euro = self.currency("EUR", d2025_01_01=0.5)
        program = self.env["loyalty.program"].create(
            {
                "name": "Chosen",
                "program_type": "coupons",
                "company_id": self.company.id,
                "currency_id": euro.id,
                "communication_plan_ids": [],
                "reward_ids": [
                    (
                        0,
                        0,
                        {
                            "reward_type": "discount",
                            "discount_mode": "per_point",
                            "discount": 1.0,
                            "required_points": 1,
                        },
                    )
                ],
            }
        )
        program.currency_id = euro
        with self.assertRaisesRegex(UserError, "has a different percentage"):
            self.make_offer("discount", discount_percent=5, maximum_amount=9, program_id=program.id)
        with self.assertRaisesRegex(UserError, "keeps the unused balance"):
            self.make_offer("discount", discount_mode="amount", amount=9, program_id=program.id)
        with self.assertRaisesRegex(UserError, "does not issue codes of this type"):
            self.make_offer("gift_card", amount=9, program_id=program.id)
        with self.assertRaisesRegex(UserError, "minimum order"):
            self.make_offer("coupon", amount=9, minimum_order=100, program_id=program.id)
        offer = self.make_offer("coupon", amount=40.0, program_id=program.id)
        campaign = self.under_way(offer, self.partners)
        campaign._deliver()
        members = self.members(campaign)
        self.assertEqual(set(members.card_ids.mapped("points")), {20.0})
        self.assertEqual(set(members.mapped("face_value")), {40.0})
        self.assertFalse(offer.made_program_id)

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_member_offer")
    def test_program_that_was_changed(self):
        """By managers of loyalty: members without a code get none that is worth something else, or nothing."""
        program = self.make_offer("discount", discount_percent=10.0, maximum_amount=30.0).sudo()._get_program()
        program.retention_offer_id = False
        offer = self.make_offer("discount", discount_percent=10.0, maximum_amount=30.0, program_id=program.id)
        campaign = self.under_way(offer, self.partners)
        campaign._deliver(1)
        self.assertEqual(self.members(campaign, ("state", "=", "offered")).card_ids.program_id, program)
        program.reward_ids.discount = 50.0
        campaign._deliver(1)
        program.reward_ids.discount = 10.0
        program.active = False
        campaign._deliver(1)
        hindrances = self.members(campaign, ("state", "=", "failed")).mapped("hindrance")
        self.assertEqual(len(hindrances), 2)
        self.assertIn("has a different percentage", hindrances[0])
        self.assertIn("archived", hindrances[1])
        self.assertEqual(sum(self.members(campaign).mapped("face_value")), 30.0)

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_member_offer")
    def test_pricelist_that_is_archived(self):
        pricelist = self.env["product.pricelist"].create({"name": "L", "company_id": self.company.id})
        offer = self.make_offer("pricelist", pricelist_id=pricelist.id, expected_discount=5.0, template_id=False)
        campaign = self.under_way(offer, self.partners[0])
        pricelist.active = False
        campaign._deliver()
        self.assertRecordValues(self.members(campaign), [{"state": "failed", "face_value": 0.0}])
        self.assertIn("archived", self.members(campaign).hindrance)

    def test_terms_that_change_make_a_new_program(self):
        offer = self.make_offer("discount", discount_percent=10.0, maximum_amount=30.0)
        first = offer.sudo()._get_program()
        self.assertEqual(offer.sudo()._get_program(), first)
        offer.discount_percent = 20.0
        second = offer.sudo()._get_program()
        self.assertNotEqual(first, second)
        self.assertEqual((first.reward_ids.discount, second.reward_ids.discount), (10.0, 20.0))

    def test_call_and_visit(self):
        for kind in ("call", "visit"):
            with self.subTest(kind=kind):
                reason = self.env.ref("customer_value.retention_reason_rhythm")
                offer = self.make_offer(kind, daily_capacity=1, note="Ask how it goes", contact_cost=12.0)
                # a call made on the day leaves its caller no room for a visit
                caller = self.user if kind == "call" else self.deputy
                self.partners.user_id = caller
                campaign = self.under_way(offer, self.partners[:2], self.alone, reason_id=reason.id)
                self.assertEqual(self.members(campaign, ("arm", "=", "treatment")).mapped("planned_date"),
                                 [TODAY, TODAY + timedelta(days=1)])  # fmt: skip
                self.deliver_by_job(TODAY)
                first, second = self.members(campaign, ("arm", "=", "treatment"))
                self.assertEqual((first.state, second.state), ("offered", "planned"))
                self.assertRecordValues(
                    first.activity_id,
                    [
                        {
                            "res_model": "res.partner",
                            "res_id": first.partner_id.id,
                            "user_id": caller.id,
                            "date_deadline": TODAY,
                            "summary": offer.name,
                            "activity_type_id": offer.activity_type_id.id,
                        }
                    ],
                )
                self.assertIn("Ask how it goes", first.activity_id.note)
                self.assertIn(reason.advice, first.activity_id.note)
                self.assertEqual(first.cost, 12.0)
                self.assertFalse(first.activity_done_on)
                first.activity_id.with_user(caller).action_feedback("Said yes")
                self.env.invalidate_all()
                self.assertEqual(first.activity_done_on, TODAY)
                self.assertEqual(self.Member.search([("activity_done_on", "=", TODAY)]) & first, first)
                self.deliver_by_job(TODAY + timedelta(days=1))
                self.assertEqual(second.state, "offered")
                campaign.action_cancel()
                # calls made stay, and calls not made are withdrawn
                self.assertRecordValues(first, [{"state": "offered", "cost": 12.0}])
                self.assertRecordValues(second, [{"state": "withdrawn", "cost": 0.0, "activity_id": False}])

    def test_call_that_is_removed(self):
        """A call not made costs nothing and can be tried again. Calls made stay."""
        offer = self.make_offer("call", contact_cost=12.0)
        self.partners.user_id = self.user
        campaign = self.under_way(offer, self.partners)
        campaign._deliver()
        first, second = self.members(campaign)[:2]
        second.activity_id.with_user(self.user).action_feedback("Said yes")
        (first | second).activity_id.with_user(self.user).unlink()
        self.env.invalidate_all()
        self.assertRecordValues(
            first | second,
            [
                {"state": "failed", "cost": 0.0, "offered_on": False},
                {"state": "offered", "cost": 12.0, "offered_on": second.offered_on},
            ],
        )
        self.assertIn("deleted before it was done", first.hindrance)
        first.with_user(self.manager).action_retry()
        campaign._deliver()
        self.assertRecordValues(first, [{"state": "offered", "cost": 12.0}])
        self.assertEqual(first.partner_id.activity_ids, first.activity_id)

    def test_person_who_leaves(self):
        """What waits goes to somebody else by itself; calls that vanish with the person can be tried again."""
        offer = self.make_offer("call", contact_cost=12.0, daily_capacity=2)
        self.partners.user_id = self.user
        campaign = self.under_way(offer, self.partners)
        self.deliver_by_job()
        members = self.members(campaign)
        self.assertEqual(members.mapped("state"), ["offered", "offered", "planned", "planned"])
        self.user.action_archive()
        self.assertEqual(self.members(campaign).mapped("state"), ["failed", "failed", "planned", "planned"])
        self.deliver_by_job(TODAY + timedelta(days=1))
        self.assertEqual(members[2:].mapped("state"), ["offered"] * 2)
        self.assertEqual(members[2:].activity_id.user_id, self.manager)

    def test_customers_who_are_handed_over(self):
        """The account manager of the day calls, unless people were named."""
        self.partners.user_id = self.user
        for values, caller in (
            ({}, self.deputy),
            ({"executor": "users", "user_ids": [Command.set(self.user.ids)]}, self.user),
        ):
            with self.subTest(caller=caller.login), self.env.cr.savepoint() as savepoint:
                campaign = self.under_way(self.make_offer("call"), self.partners, **values)
                self.assertEqual(self.members(campaign).user_id, self.user)
                self.partners.user_id = self.deputy
                campaign._deliver()
                self.assertEqual(set(self.members(campaign).mapped("state")), {"offered"})
                self.assertEqual(self.members(campaign).activity_id.user_id, caller)
                savepoint.rollback()
            self.env.invalidate_all()

    def test_opt_out_before_the_call(self):
        """Calls not made yet are not made any more."""
        campaign = self.under_way(self.make_offer("call", contact_cost=12.0), self.partners)
        campaign._deliver()
        first, second = self.members(campaign)[:2]
        second.activity_id.with_user(self.manager).action_feedback("Said yes")
        (first.partner_id | second.partner_id).with_user(self.manager).retention_opt_out = True
        self.assertRecordValues(
            (first | second), [{"state": "withdrawn", "cost": 0.0}, {"state": "offered", "cost": 12.0}]
        )
        self.assertIn("opted out of campaigns", first.hindrance)
        self.assertFalse(first.partner_id.activity_ids)

    def test_merged_with_one_left_alone_before_the_call(self):
        campaign = self.under_way(self.make_offer("call", contact_cost=12.0), self.partners[0], self.alone)
        campaign._deliver()
        self.merge(self.partners[0] | self.alone, self.partners[0])
        self.assertRecordValues(
            self.members(campaign), [{"arm": "holdout", "state": "holdout", "cost": 0.0, "excluded": False}]
        )
        self.assertFalse(self.partners[0].activity_ids)

    def test_merged_members_are_called_once(self):
        """A call made once costs once; a call not made yet can still be withdrawn."""
        offer = self.make_offer("call", contact_cost=12.0)
        self.partners.user_id = self.user
        campaign = self.under_way(offer, self.partners)
        campaign._deliver()
        one, two, three, four = self.partners
        self.member(campaign, four).activity_id.with_user(self.user).action_feedback("Said yes")
        self.merge(one | two, two)
        self.merge(three | four, four)
        open_calls, done = self.member(campaign, two), self.member(campaign, four)
        self.assertEqual(len(two.activity_ids), 1)
        self.assertRecordValues(open_calls, [{"cost": 12.0, "activity_id": two.activity_ids.id}])
        self.assertRecordValues(done, [{"cost": 12.0, "activity_done_on": TODAY}])
        self.assertFalse(four.activity_ids)
        campaign.action_cancel()
        self.assertFalse(two.activity_ids)
        self.assertEqual((open_calls.state, done.state), ("withdrawn", "offered"))

    def test_merged_members_keep_their_tickets(self):
        team = self.env["helpdesk.ticket.team"].create({"name": "Service", "company_id": self.company.id})
        campaign = self.under_way(self.make_offer("ticket", helpdesk_team_id=team.id), self.partners[:2])
        campaign._deliver()
        tickets = self.members(campaign).ticket_id
        self.merge(self.partners[:2], self.partners[1])
        self.assertEqual([ticket.retention_member_id for ticket in tickets], [self.members(campaign)] * 2)

    def test_end_leaves_calls_to_be_made(self):
        offer = self.make_offer("call", contact_cost=12.0)
        self.partners.user_id = self.user
        campaign = self.under_way(offer, self.partners)
        campaign._deliver()
        campaign.action_end()
        self.assertEqual(set(self.members(campaign).mapped("state")), {"offered"})
        self.assertTrue(all(self.members(campaign).activity_id.mapped("active")))

    def test_nobody_to_do_it(self):
        offer = self.make_offer("call")
        campaign = self.under_way(offer, self.partners, user_id=False)
        campaign._deliver()
        members = self.members(campaign)
        self.assertEqual(set(members.mapped("state")), {"failed"})
        self.assertIn("No account manager, and no responsible user", members[0].hindrance)
        campaign.user_id = self.user
        members.with_user(self.manager).action_retry()
        campaign._deliver()
        self.assertEqual(set(self.members(campaign).mapped("state")), {"offered"})

    def test_ticket(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Check", "company_id": self.company.id})
        team = self.env["helpdesk.ticket.team"].create({"name": "Service", "company_id": self.company.id})
        offer = self.make_offer(
            "ticket", helpdesk_team_id=team.id, helpdesk_category_id=category.id, note="Clean it", contact_cost=30.0
        )
        campaign = self.under_way(offer, self.partners, self.alone)
        campaign._deliver()
        members = self.members(campaign, ("arm", "=", "treatment"))
        self.assertEqual(len(members.ticket_id), 4)
        for member in members:
            self.assertRecordValues(
                member.ticket_id,
                [
                    {
                        "partner_id": member.partner_id.id,
                        "team_id": team.id,
                        "category_id": category.id,
                        "company_id": self.company.id,
                        "retention_member_id": member.id,
                        "name": offer.name,
                    }
                ],
            )
            self.assertIn("Clean it", member.ticket_id.description)
        self.assertFalse(self.env["helpdesk.ticket"].search([("partner_id", "=", self.alone.id)]))
        self.assertEqual(
            self.env["helpdesk.ticket"].search(campaign.action_open_tickets()["domain"]), members.ticket_id
        )

    def test_letter_hindrances(self):
        """Without an address, with one that wants no mail, or read by a customer of the control group: no letter."""
        nobody, blocked, shared, fine = self.partners
        nobody.email = False
        self.env["mail.blacklist"]._add(blocked.email)
        shared.email = "ALONE@example.com"
        offer = self.make_offer("letter")
        campaign = self.under_way(offer, self.partners, self.alone)
        campaign._deliver()
        words = {nobody: "No email address", blocked: "Opted out of emails", shared: "uses the same email address"}
        for partner, hindrance in words.items():
            member = self.member(campaign, partner)
            self.assertEqual(member.state, "failed")
            self.assertIn(hindrance, member.hindrance)
        self.assertEqual(self.letters(campaign).recipient_ids, fine)

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_member_offer")
    def test_one_address_has_one_letter(self):
        """Of two customers with one mailbox, whoever brought more has it; the other does not cost anything."""
        one, other, later = self.partners[:3]
        other.email, later.email = one.email.upper(), one.email
        offer = self.make_offer("coupon", amount=40.0)
        campaign = self.under_way(offer, one | other | self.partners[3])
        self.member(campaign, other).sudo().margin_before = 5.0
        campaign._deliver()
        self.add_members(campaign, later)
        campaign._plan_offers()
        campaign._deliver()
        states = {partner: self.member(campaign, partner).state for partner in self.partners}
        self.assertEqual(list(states.values()), ["offered", "failed", "failed", "offered"])
        self.assertEqual(len(self.letters(campaign)), 2)
        self.assertFalse(self.member(campaign, other).card_ids)
        self.assertEqual(campaign.booked, 80.0)

    def test_second_address_on_the_blacklist(self):
        self.env["mail.blacklist"]._add("boss@example.com")
        for partner, email in zip(
            self.partners,
            ("a@example.com, boss@example.com", "b@example.com / Boss@Example.com", "c@example.com|boss@example.com",
             "boss@example.com"),
            strict=True,
        ):  # fmt: skip
            partner.email = email
        campaign = self.under_way(self.make_offer("letter"), self.partners)
        campaign._deliver()
        self.assertEqual(set(self.members(campaign).mapped("state")), {"failed"})

    def test_letters_that_do_not_arrive(self):
        """The offer was made, and its customer does not know: the member says so."""
        campaign = self.under_way(self.make_offer("coupon", amount=40.0), self.partners[:3])
        campaign._deliver()
        refused, returned, arrived = (self.member(campaign, partner) for partner in self.partners[:3])
        refused.mail_id.sudo()._postprocess_sent_message([], [], failure_reason="550", failure_type="mail_smtp")
        returned.partner_id.sudo()._message_receive_bounce("firm2@example.com", returned.partner_id)
        self.assertIn("550", refused.hindrance)
        self.assertIn("firm2@example.com", returned.hindrance)
        self.assertFalse(arrived.hindrance)
        self.assertEqual({refused.state, returned.state, arrived.state}, {"offered"})

    def test_phone_blacklist(self):
        blocked, free, visited = self.partners[:3]
        (blocked | visited).phone = "+32 456 00 11 22"
        free.phone = "+32 456 00 11 23"
        self.env["phone.blacklist"].sudo().add("+32456001122")
        calls = self.under_way(self.make_offer("call"), blocked | free)
        visits = self.under_way(self.make_offer("visit"), visited)
        (calls | visits)._deliver()
        self.assertEqual([self.member(calls, partner).state for partner in (blocked, free)], ["failed", "offered"])
        self.assertEqual(self.member(visits, visited).state, "offered")

    def test_letter_with_copies(self):
        """A template that also writes to others: not if one of them, or their contact, is in the control group."""
        one, two, three, four = self.partners
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.alone.id, "email": "contact@example.com"}
        )
        template = self.env.ref("customer_value.mail_template_retention_win_back").copy()
        offer = self.make_offer("letter", template_id=template.id)
        template.partner_to = "{{ object.partner_id.id }},{{ object.partner_id.ref or '' }}"
        template.email_cc = "{{ object.partner_id.function or '' }}"
        one.ref = str(contact.id)
        two.function = "Anna <Contact@example.com>"
        three.function = "boss@example.com"
        campaign = self.under_way(offer, self.partners, self.alone)
        campaign._deliver()
        for partner in (one, two):
            self.assertEqual(self.member(campaign, partner).state, "failed")
            self.assertIn(
                "would also go to Left alone, who is in the control group", self.member(campaign, partner).hindrance
            )
        self.assertEqual(self.letters(campaign).recipient_ids, three | four)
        self.assertFalse(self.env["mail.mail"].search([("recipient_ids", "in", contact.ids)]))

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_member_offer")
    def test_letter_to_nobody(self):
        template = self.env.ref("customer_value.mail_template_retention_win_back").copy({"partner_to": False})
        campaign = self.under_way(self.make_offer("letter", template_id=template.id), self.partners[0])
        campaign._deliver()
        self.assertIn("has no recipient", self.members(campaign).hindrance)
        self.assertFalse(self.letters(campaign))

    def test_letter_to_the_address_of_a_contact_left_alone(self):
        self.env["res.partner"].create({"name": "Contact", "parent_id": self.alone.id, "email": "FIRM1@example.com"})
        campaign = self.under_way(self.make_offer("letter"), self.partners, self.alone)
        campaign._deliver()
        self.assertIn("uses the same email address", self.member(campaign, self.partners[0]).hindrance)
        self.assertEqual(self.letters(campaign).recipient_ids, self.partners[1:])

    def test_letter_stands_with_the_customer(self):
        campaign = self.under_way(self.make_offer("letter"), self.partners[:1])
        campaign._deliver()
        mail = self.letters(campaign)
        self.assertEqual(mail.state, "outgoing")
        self.assertEqual((mail.model, mail.res_id), ("res.partner", self.partners[0].id))

    @mute_logger("odoo.addons.customer_value.models.campaign.customer_retention_member_offer")
    def test_one_bad_record(self):
        """A member who cannot be served fails with the reason and can be retried; the others get their offers."""
        offer = self.make_offer("coupon", amount=40.0)
        campaign = self.under_way(offer, self.partners)
        bad = self.partners[2]
        create = type(self.env["loyalty.card"]).create

        def refuse(cards, vals_list):
            if any(vals.get("partner_id") == bad.id for vals in vals_list):
                raise ValueError("This one not")
            return create(cards, vals_list)

        with patch.object(type(self.env["loyalty.card"]), "create", refuse):
            campaign._deliver()
        self.assertRecordValues(
            self.member(campaign, bad),
            [{"state": "failed", "hindrance": "This one not", "cost": 0.0, "face_value": 0.0, "card_code": False}],
        )
        self.assertEqual(len(self.members(campaign, ("state", "=", "offered"))), 3)
        failed = self.member(campaign, bad)
        with self.assertRaises(AccessError):
            failed.with_user(self.user).action_retry()
        failed.with_user(self.manager).action_retry()
        self.assertRecordValues(failed, [{"state": "planned", "hindrance": False, "planned_date": TODAY}])
        campaign._deliver()
        self.assertEqual(self.member(campaign, bad).state, "offered")
        with self.assertRaisesRegex(UserError, "Only failed offers can be tried again"):
            failed.with_user(self.manager).action_retry()

    def test_half_way_and_on(self):
        """Paused after a batch and resumed: each customer gets it exactly once."""
        offer = self.make_offer("coupon", amount=40.0)
        campaign = self.under_way(offer, self.partners)
        self.assertEqual(campaign._deliver(3), 3)
        campaign.action_pause()
        self.assertFalse(campaign._deliver())
        first = self.members(campaign, ("state", "=", "offered"))
        codes = first.mapped("card_code")
        campaign.action_resume()
        self.assertEqual(campaign._deliver(), 1)
        members = self.members(campaign)
        self.assertEqual(set(members.mapped("state")), {"offered"})
        self.assertEqual(first.mapped("card_code"), codes)
        self.assertEqual(self.env["loyalty.card"].search_count([("program_id", "=", offer.made_program_id.id)]), 4)
        self.assertEqual(len(self.letters(campaign)), 4)

    def test_cancelled_half_way(self):
        """Planned members get nothing; members who have a code keep it to its last day."""
        offer = self.make_offer("coupon", amount=40.0)
        campaign = self.under_way(offer, self.partners)
        campaign._deliver(3)
        campaign.action_cancel()
        self.assertFalse(campaign._deliver())
        members = self.members(campaign)
        self.assertEqual(sorted(members.mapped("state")), ["offered", "offered", "offered", "withdrawn"])
        member = members.filtered("card_ids")[0]
        order = self.order(member.partner_id, amount=200.0, confirm=False)
        self.assertNotIn("error", order._try_apply_code(member.card_code))

    def test_not_before_its_day_nor_after_the_end(self):
        campaign = self.under_way(
            self.make_offer("letter"), self.partners, date_start="2025-07-03", date_end="2025-07-04"
        )
        self.deliver_by_job(date(2025, 7, 2))
        self.assertEqual(set(self.members(campaign).mapped("state")), {"planned"})
        self.deliver_by_job(date(2025, 7, 5))
        self.assertEqual(set(self.members(campaign).mapped("state")), {"planned"})
        self.deliver_by_job(date(2025, 7, 4))
        self.assertEqual(set(self.members(campaign).mapped("state")), {"offered"})

    def test_queries(self):
        """A batch takes as many queries for ten as for twenty, but for what Odoo asks for each letter or activity."""
        counts = {}
        for kind, values in {
            "coupon": {"amount": 40.0, "template_id": False},
            "call": {"daily_capacity": 1000},
            "pricelist": {
                "pricelist_id": self.env["product.pricelist"].create({"name": "L", "company_id": self.company.id}).id,
                "expected_discount": 5.0,
                "template_id": False,
            },
            "letter": {},
        }.items():
            for number in (10, 10, 20):
                partners = self.env["res.partner"].create(
                    [{"name": f"P {index}", "email": f"p{index}@example.com"} for index in range(number)]
                )
                campaign = self.under_way(self.make_offer(kind, **values), partners)
                counts.setdefault(kind, []).append(self.count_queries(campaign._deliver))
                self.assertEqual(set(self.members(campaign).mapped("state")), {"offered"})
        for kind, (_warm, ten, twenty) in counts.items():
            with self.subTest(kind=kind):
                self.assertLessEqual(twenty - ten, 10 * {"letter": 2, "call": 1}.get(kind, 0), counts)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
    def test_roles(self):
        """Managers make offers and send; users read; others see nothing, nor do those of another company."""
        offer = self.make_offer("coupon", amount=40.0)
        campaign = self.under_way(offer, self.partners)
        other_company = self.make_company("Other Company", "USD")
        stranger = new_test_user(
            self.env,
            "retention_stranger",
            "base.group_user,customer_value.group_customer_value_manager",
            company_id=other_company.id,
            company_ids=other_company.ids,
        )
        plain = new_test_user(self.env, "retention_plain", "base.group_user,sales_team.group_sale_salesman",
                              company_id=self.company.id, company_ids=self.company.ids)  # fmt: skip
        with self.assertRaises(AccessError):
            campaign.with_user(self.user).action_deliver()
        with self.assertRaises(AccessError):
            offer.with_user(self.user).name = "Mine"
        with self.assertRaises(AccessError):
            offer.with_user(self.user).action_send_test()
        with self.assertRaises(AccessError):
            campaign.with_user(stranger).with_company(other_company).action_deliver()
        with self.assertRaises(AccessError):
            offer.with_user(plain).read(["name"])
        self.assertEqual(offer.with_user(self.user).name, offer.name)
        campaign.with_user(self.manager).action_deliver()
        member = self.members(campaign)[0]
        self.assertTrue(member.with_user(self.user).card_code)
        with self.assertRaises(AccessError):
            member.with_user(self.manager).write({"cost": 0.0})
        with self.assertRaises(AccessError):
            member.with_user(plain).read(["card_code"])
        offer.with_user(self.manager).copy({"name": "Copy"})

    def test_two_companies(self):
        """Each in its own currency, with a program of its own."""
        other = self.make_company("Yen Company", "JPY")
        Offer = self.env["customer.retention.offer"].with_context(allowed_company_ids=(self.company | other).ids)
        offer = Offer.create({"name": "Yen", "kind": "coupon", "amount": 500.0, "company_id": other.id})
        campaign = self.under_way(offer, self.partners, company=other, user_id=self.env.uid)
        campaign._deliver()
        here = self.under_way(self.make_offer("coupon", amount=40.0), self.partners)
        here._deliver()
        theirs, ours = self.members(campaign), self.members(here)
        self.assertEqual(theirs.card_ids.program_id.company_id, other)
        self.assertEqual(theirs.card_ids.program_id.currency_id, other.currency_id)
        self.assertEqual(set(theirs.mapped("face_value")), {500.0})
        self.assertEqual(set(theirs.card_ids.mapped("points")), {500.0})
        self.assertEqual(ours.card_ids.program_id.company_id, self.company)
        self.assertEqual(set(ours.mapped("face_value")), {40.0})

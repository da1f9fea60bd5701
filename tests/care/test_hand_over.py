"""What goes to others when an account manager leaves, and what stays."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .hand_over_case import HandOverCase

WORK = {"sale.order": "quotation_count", "crm.lead": "lead_count", "helpdesk.ticket": "ticket_count"}


@tagged("post_install", "-at_install")
class TestHandOver(HandOverCase):
    def test_customers_and_contacts_go_by_tier(self):
        done = self.hand_over(self.plan(Top=self.anna, Middle=self.ben))
        self.assertEqual((self.top | self.contact).user_id, self.anna)
        self.assertEqual(self.middle.user_id, self.ben)
        self.assertEqual((self.base | self.stranger).user_id, self.leaver, "nobody was named for them")
        self.assertRecordValues(
            done.line_ids,
            [
                {"partner_id": self.top.id, "user_id": self.anna.id, "tier_id": self.tier("Top").id, "revenue": 90},
                {
                    "partner_id": self.middle.id,
                    "user_id": self.ben.id,
                    "tier_id": self.tier("Middle").id,
                    "revenue": 50,
                },
            ],
        )
        self.assertTrue(done.is_partial)
        self.assertEqual((done.from_user_id, done.user_id, done.customer_count), (self.leaver, self.manager, 2))
        rest = self.hand_over(self.plan(Base=self.ben, no_tier=self.anna))
        self.assertEqual((self.base.user_id, self.stranger.user_id), (self.ben, self.anna))
        self.assertFalse(rest.is_partial, "nothing is left")

    def test_open_work_goes_and_closed_work_stays(self):
        moves, stays = self.env["sale.order"], {}
        sent = self.quotation(self.middle)
        sent.state = "sent"
        moves = [
            self.quotation(self.top),
            sent,
            # customer of somebody else, or contact without a manager of their own
            self.quotation(self.customer("Customer of Ben", user_id=self.ben.id)),
            self.lead(self.top, user_id=self.leaver.id),
            self.lead(self.contact, user_id=self.leaver.id, type="lead"),
            self.lead(self.env["res.partner"], user_id=self.leaver.id),
            self.ticket(self.base, user_id=self.leaver.id, stage_id=self.stage_open.id),
            self.ticket(self.env["res.partner"], user_id=self.leaver.id, stage_id=self.stage_open.id),
        ]
        confirmed, cancelled = self.quotation(self.top), self.quotation(self.top)
        confirmed.action_confirm()
        cancelled._action_cancel()
        won, lost = (self.lead(self.top, user_id=self.leaver.id) for _repetition in range(2))
        won.action_set_won()
        lost.action_set_lost()
        stays = [
            confirmed,
            cancelled,
            won,
            lost,
            self.ticket(self.top, user_id=self.leaver.id, stage_id=self.stage_closed.id),
        ]
        bens = self.lead(self.top, user_id=self.ben.id)
        done = self.hand_over()
        for record in moves:
            self.assertEqual(record.user_id, self.anna, record)
        for record in stays:
            self.assertEqual(record.user_id, self.leaver, record)
        self.assertEqual(bens.user_id, self.ben)
        for model, name in WORK.items():
            expected = len([record for record in moves if record._name == model])
            self.assertEqual(done[name], expected, name)
            self.assertEqual(sum(done.line_ids.mapped(name)), expected, name)
            self.assertEqual(done.receiver_ids[name], expected, name)

    def test_activities(self):
        def plan(record, user=self.leaver):
            return record.activity_schedule("mail.mail_activity_data_todo", user_id=user.id, summary="Call")

        order = self.order(self.top, "2025-02-01")
        foreign = self.customer("Only in the other company", company_id=self.other_company.id)
        moves = [
            plan(self.top),
            plan(self.contact),
            plan(order),
            plan(self.lead(self.env["res.partner"], user_id=self.leaver.id)),
        ]
        stays = [plan(foreign), plan(self.product.product_tmpl_id)]
        bens = plan(self.top, self.ben)
        done = self.hand_over()
        for activity in moves:
            self.assertEqual(activity.user_id, self.anna)
        for activity in stays:
            self.assertEqual(activity.user_id, self.leaver)
        self.assertEqual(bens.user_id, self.ben)
        self.assertEqual(done.activity_count, 4)
        self.assertIn("2 planned activities", done.remarks)

    def test_tickets_of_teams(self):
        team, own = self.env["helpdesk.ticket.team"].create(
            [
                {"name": "Without her", "company_id": self.company.id, "user_ids": [Command.set(self.leaver.ids)]},
                {
                    "name": "With her",
                    "company_id": self.company.id,
                    "user_ids": [Command.set((self.leaver | self.anna).ids)],
                },
            ]
        )
        left = self.ticket(self.top, team_id=team.id, user_id=self.leaver.id, stage_id=self.stage_open.id)
        given = self.ticket(self.top, team_id=own.id, user_id=self.leaver.id, stage_id=self.stage_open.id)
        call = left.activity_schedule("mail.mail_activity_data_todo", user_id=self.leaver.id, summary="Call")
        done = self.hand_over()
        self.assertEqual((left.user_id, call.user_id, given.user_id), (self.leaver, self.leaver, self.anna))
        self.assertEqual(done.sudo().left_ticket_ids, left)
        self.assertIn(left.number, done.remarks)
        self.assertEqual(done.ticket_count, 1)
        self.assertEqual(given.stage_id, self.stage_open)

    def test_shared_evenly(self):
        partners = self.customers(7, "Small")
        for number, partner in enumerate(partners, start=1):
            self.invoice(partner, "2025-01-10", number)
        self.run_policy()
        partners.user_id = self.leaver
        done = self.hand_over(self.plan(Base=self.anna | self.ben))
        # 10, 7, 6, 5, 4, 3, 2, 1 in turn, there and back
        self.assertEqual(
            done.line_ids.filtered(lambda line: line.user_id == self.anna).mapped("revenue"), [10, 5, 4, 1]
        )
        self.assertEqual(done.line_ids.filtered(lambda line: line.user_id == self.ben).mapped("revenue"), [7, 6, 3, 2])
        for line in done.line_ids:
            self.assertEqual(line.partner_id.user_id, line.user_id)

    def test_only_selected_customers(self):
        kept = self.quotation(self.middle)
        lead = self.lead(self.env["res.partner"], user_id=self.leaver.id)
        done = self.hand_over(partners=self.contact)
        self.assertEqual(done.line_ids.partner_id, self.top, "a contact stands for the company")
        self.assertEqual((self.top | self.contact).user_id, self.anna)
        for record in (self.middle, self.base, kept, lead):
            self.assertEqual(record.user_id, self.leaver)
        self.assertTrue(done.is_partial)

    def test_other_companies_keep_their_documents(self):
        shared = self.order(self.top, "2025-02-01", company=self.other_company, confirm=False)
        lead = self.lead(self.top, company=self.other_company, user_id=self.leaver.id)
        theirs = self.customer("Theirs", company_id=self.other_company.id, user_id=self.leaver.id)
        ticket = self.ticket(self.top, company=self.other_company, user_id=self.leaver.id, stage_id=self.stage_open.id)
        shared.user_id = self.leaver
        self.hand_over()
        for record in (shared, lead, theirs, ticket):
            self.assertEqual(record.user_id, self.leaver, record)

    def test_a_second_time_does_nothing(self):
        wizard = Form(self.env["customer.value.hand.over.wizard"].with_user(self.manager))
        wizard.from_user_id = self.leaver
        with wizard.line_ids.edit(0) as line:
            line.user_ids.add(self.anna)
        wizard = wizard.save()
        first = wizard.action_hand_over()
        self.assertEqual(self.top.user_id, self.anna)
        self.top.user_id = self.leaver
        self.assertEqual(wizard.action_hand_over(), first)
        self.assertEqual(self.top.user_id, self.leaver, "pressed twice, done once")
        self.assertEqual(self.HandOver.search_count([("from_user_id", "=", self.leaver.id)]), 1)
        self.hand_over()
        with self.assertRaisesRegex(UserError, "nothing to reassign"):
            self.hand_over()

    def test_who_cannot_receive(self):
        archived, portal = self.user("archived"), self.user("portal", "base.group_portal")
        archived.active = False
        elsewhere = self.user("elsewhere", companies=self.other_company)
        clerk = self.user("clerk", "base.group_user")
        for receiver, message in (
            (archived, "archived"),
            (portal, "not an internal user"),
            (elsewhere, "no access to Value Company"),
            (self.leaver, "cannot receive"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self.hand_over(self.everything_to(receiver))
        self.hand_over(self.plan(Base=clerk))
        self.quotation(self.top)
        with self.assertRaisesRegex(UserError, "access rights for Sales"):
            self.hand_over(self.plan(Top=clerk))
        self.assertEqual(self.top.user_id, self.leaver)

    def test_a_leaver_who_is_archived_already(self):
        self.leaver.active = False
        self.hand_over()
        self.assertEqual(self.top.user_id, self.anna)

    def test_tier_that_gives_the_leaver(self):
        """The benefit passes to the recipient, and is revoked from them as it would have been before."""
        self.top.user_id = self.ben
        self.tier("Top").user_id = self.leaver
        self.invoice(self.base, "2025-01-11", 80)
        self.base.user_id = self.ben
        self.run_policy()
        self.assertEqual(self.base.user_id, self.leaver, "the tier assigned the leaver")
        draft = self.Policy._get_active(self.company).action_new_version()
        draft = self.Policy.browse(draft["res_id"])
        top = self.tier("Top")
        done = self.hand_over(self.plan(Top=self.anna), tier_managers={top.id: self.anna})
        self.assertEqual((self.base.user_id, top.user_id), (self.anna, self.anna))
        self.assertEqual(self.tier("Top", draft).user_id, self.anna, "the next version says the same")
        self.assertIn("is now the account manager of", done.remarks)
        self.credit_note(self.base, "2025-01-12", 85)
        self.run_policy()
        self.assertEqual(self.base.user_id, self.ben, "the earlier manager is restored, not the leaver")

    def test_tier_that_still_names_the_leaver(self):
        self.tier("Top").user_id = self.leaver
        self.assertIn("is still the account manager of", self.hand_over().remarks)
        self.assertEqual(self.tier("Top").user_id, self.leaver)

    def test_a_tier_does_not_bring_the_leaver_back(self):
        """The user had the customer before the tier assigned somebody else."""
        self.tier("Top").user_id = self.ben
        self.invoice(self.base, "2025-01-11", 80)
        self.run_policy()
        self.assertEqual(self.base.user_id, self.ben)
        self.hand_over(self.plan(Top=self.anna))
        self.assertEqual(self.base.user_id, self.ben)
        self.credit_note(self.base, "2025-01-12", 85)
        self.run_policy()
        self.assertEqual(self.base.user_id, self.anna)

    def test_letters_and_chatter(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.anna.lang = "fr_FR"
        quotation = self.quotation(self.top)
        self.env["mail.mail"].search([]).unlink()
        done = self.hand_over()
        mails = self.env["mail.mail"].search([])
        self.assertEqual(len(mails), 2, "one to the receiver, one to whoever hands over, none for the records")
        letter = mails.filtered(lambda mail: mail.recipient_ids == self.anna.partner_id)
        for text in (*(self.top | self.middle | self.base | self.stranger).mapped("name"), "Top", "Middle"):
            self.assertIn(text, letter.body_html)
        self.assertIn("90,00", letter.body_html, "in the language of the receiver")
        summary = mails - letter
        self.assertEqual(summary.recipient_ids, self.manager.partner_id)
        self.assertIn("Anna", summary.body_html)
        for record in (self.top, self.contact, quotation):
            lines = [str(message.body) for message in record.message_ids]
            self.assertEqual(len([line for line in lines if "Reassigned from Leaver to Anna" in line]), 1)
        self.assertIn(self.anna.partner_id, quotation.message_partner_ids)
        html = str(
            self.env["ir.actions.report"]._render_qweb_html("customer_value.report_hand_over", done.ids)[0], "utf-8"
        )
        for text in ("Anna", "Leaver", *self.top.mapped("name")):
            self.assertIn(text, html)

    def test_no_letters(self):
        self.env["mail.mail"].search([]).unlink()
        self.hand_over(letters=False)
        self.assertFalse(self.env["mail.mail"].search([]))

    def test_queries_do_not_grow_with_the_customers(self):
        def queries(count):
            partners = self.customers(count, f"Many {count}")
            partners.user_id = self.leaver
            for partner in partners:
                self.quotation(partner)
                self.lead(partner, user_id=self.leaver.id)
                self.ticket(partner, user_id=self.leaver.id, stage_id=self.stage_open.id)
                partner.activity_schedule("mail.mail_activity_data_todo", user_id=self.leaver.id)
            return self.count_queries(self.hand_over)

        queries(2)
        few, many = queries(10), queries(20)
        # Odoo itself looks up a team (twice) for each lead, a warehouse for each quotation, a stage for each ticket
        self.assertLessEqual(many - few, 4 * 10 + 3, f"{few} and {many}")

"""Two transactions that carry out one redress at once: real ones, committed, and cleaned up afterwards."""

from odoo import SUPERUSER_ID
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..core.race_case import RaceCase


@tagged("post_install", "-at_install")
class TestComplaintRedressOnce(RaceCase):
    def setUp(self):
        super().setUp()
        company = self.env.ref("base.main_company")
        self.context = {"allowed_company_ids": company.ids}
        env = self.open(**self.context)
        income = env["account.account"].search(
            [("account_type", "=", "income"), ("company_ids", "in", company.ids)], limit=1
        )
        self.assertTrue(income, "the main company has a chart of accounts")
        partner = env["res.partner"].create({"name": "Redress Race"})
        line = {"name": "Thing", "price_unit": 100.0, "account_id": income.id, "tax_ids": [(5,)]}
        invoice = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": "2025-06-30",
                "invoice_line_ids": [(0, 0, line)],
            }
        )
        invoice.action_post()
        ticket = env["helpdesk.ticket"].create(
            {
                "name": "Race",
                "description": "Two at once",
                "partner_id": partner.id,
                "company_id": company.id,
                "is_complaint": True,
                "complaint_move_id": invoice.id,
            }
        )
        ticket.write({"complaint_loss": 100.0, "complaint_severity": "2", "complaint_state": "assessed"})
        redress = env["customer.complaint.redress"].create(
            {"ticket_id": ticket.id, "kind": "refund", "amount": 40.0, "reason": "Race"}
        )
        redress.write({"state": "approved", "approver_id": SUPERUSER_ID})
        self.partner_id, self.invoice_id, self.ticket_id, self.redress_id = (
            partner.id,
            invoice.id,
            ticket.id,
            redress.id,
        )
        self.addCleanup(self.clean)
        env.cr.commit()

    def redress(self, env):
        return env["customer.complaint.redress"].with_context(**self.context).browse(self.redress_id)

    @mute_logger("odoo.models.unlink")
    def clean(self):
        self.close_all()
        env = self.open(force_delete=True)
        cr = env.cr
        cr.execute("DELETE FROM customer_complaint_redress WHERE id = %s", [self.redress_id])
        for model, number in (("helpdesk.ticket", self.ticket_id), ("customer.complaint.redress", self.redress_id)):
            cr.execute("DELETE FROM mail_activity WHERE res_model = %s AND res_id = %s", [model, number])
            cr.execute("DELETE FROM mail_message WHERE model = %s AND res_id = %s", [model, number])
        cr.execute("DELETE FROM helpdesk_ticket WHERE id = %s", [self.ticket_id])
        invoice = env["account.move"].browse(self.invoice_id)
        invoice.reversal_move_ids.unlink()
        invoice.button_draft()
        invoice.unlink()
        env["res.partner"].browse(self.partner_id).unlink()
        env.cr.commit()
        self.close_all()

    def credit_notes(self):
        return self.open()["account.move"].search_count([("reversed_entry_id", "=", self.invoice_id)])

    @mute_logger("odoo.sql_db")
    def test_second_transaction_gives_nothing(self):
        first, second = self.redress(self.open()), self.redress(self.open())
        # both see it approved, in the snapshots of their transactions
        self.assertEqual((first.state, second.state), ("approved", "approved"))
        first.action_carry_out()
        with self.assertRaisesRegex(
            UserError, f"Another user is currently working on {second.ticket_id.complaint_number}"
        ):
            second.action_carry_out()
        first.env.cr.commit()
        with self.assertRaises(SerializationFailure):
            second.action_carry_out()
        # Odoo tries again with a new snapshot
        self.start_again(second.env)
        second.action_carry_out()
        second.env.cr.commit()
        self.assertEqual(self.credit_notes(), 1)

    @mute_logger("odoo.sql_db")
    def test_threads(self):
        """Four at once, each trying until it comes through."""

        def press(env):
            try:
                self.redress(env).action_carry_out()
            except (UserError, SerializationFailure):
                return False
            env.cr.commit()
            return True

        self.race(press)
        self.assertEqual(self.credit_notes(), 1)
        self.assertEqual(self.redress(self.open()).state, "done")

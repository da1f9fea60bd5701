"""Two transactions that carry out one redress at once: real ones, committed, and cleaned up afterwards."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure


@tagged("post_install", "-at_install")
class TestComplaintRedressOnce(TransactionCase):
    def setUp(self):
        super().setUp()
        self.cursors = []
        env = self.open()
        company = env.ref("base.main_company")
        env = self.env_of(env.cr, company)
        self.company_id = company.id
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

    def open(self):
        """An environment in a transaction of its own."""
        cr = db_connect(self.env.cr.dbname).cursor()
        self.cursors.append(cr)
        return api.Environment(cr, SUPERUSER_ID, {})

    def env_of(self, cr, company):
        return api.Environment(
            cr,
            SUPERUSER_ID,
            {"allowed_company_ids": company.ids, "tracking_disable": True, "mail_create_nosubscribe": True},
        )

    def redress(self, env):
        company = env["res.company"].browse(self.company_id)
        return self.env_of(env.cr, company)["customer.complaint.redress"].browse(self.redress_id)

    @mute_logger("odoo.models.unlink")
    def clean(self):
        for cr in self.cursors:
            cr.rollback()
            cr.close()
        with db_connect(self.env.cr.dbname).cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {"force_delete": True})
            cr.execute("DELETE FROM customer_complaint_redress WHERE id = %s", [self.redress_id])
            for table, column in (("mail_activity", "res_id"), ("mail_message", "res_id")):
                for model, number in (
                    ("helpdesk.ticket", self.ticket_id),
                    ("customer.complaint.redress", self.redress_id),
                ):
                    condition = "res_model" if table == "mail_activity" else "model"
                    cr.execute(f"DELETE FROM {table} WHERE {condition} = %s AND {column} = %s", [model, number])
            cr.execute("DELETE FROM helpdesk_ticket WHERE id = %s", [self.ticket_id])
            invoice = env["account.move"].browse(self.invoice_id)
            invoice.reversal_move_ids.unlink()
            invoice.button_draft()
            invoice.unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def credit_notes(self):
        return self.open()["account.move"].search_count([("reversed_entry_id", "=", self.invoice_id)])

    @mute_logger("odoo.sql_db")
    def test_second_transaction_gives_nothing(self):
        first, second = self.redress(self.open()), self.redress(self.open())
        # both see it approved, in the snapshots of their transactions
        self.assertEqual((first.state, second.state), ("approved", "approved"))
        first.action_carry_out()
        with self.assertRaisesRegex(UserError, "Somebody else is working"):
            second.action_carry_out()
        first.env.cr.commit()
        with self.assertRaises(SerializationFailure):
            second.action_carry_out()
        # Odoo tries again with a new snapshot
        second.env.cr.rollback()
        second.env.invalidate_all()
        second.action_carry_out()
        second.env.cr.commit()
        self.assertEqual(self.credit_notes(), 1)

    @mute_logger("odoo.sql_db")
    def test_threads(self):
        """Four at once, each trying until it comes through."""
        barrier = threading.Barrier(4)
        failures = []
        environments = [self.open() for _number in range(4)]

        def press(env):
            try:
                barrier.wait(timeout=30)
                for _attempt in range(200):
                    try:
                        self.redress(env).action_carry_out()
                        env.cr.commit()
                        return
                    except (UserError, SerializationFailure):
                        env.cr.rollback()
                        env.invalidate_all()
                        threading.Event().wait(0.05)
                failures.append("never came through")
            except Exception as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=press, args=(env,)) for env in environments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        self.assertFalse(failures)
        self.assertEqual(self.credit_notes(), 1)
        self.assertEqual(self.redress(self.open()).state, "done")

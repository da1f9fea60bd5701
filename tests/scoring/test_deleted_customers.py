"""Scores and history of customers who are deleted: no foreign key stands behind them."""

import psycopg2
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.race_case import RaceCase
from ..core.value_case import ValueCase

TABLES = ("customer_value_score", "customer_value_history")


@tagged("post_install", "-at_install")
class TestDeletedCustomers(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_policy(["revenue", "open_pipeline"])
        cls.stays, cls.goes, cls.too = cls.customers(3)
        for partner in cls.stays + cls.goes + cls.too:
            cls.lead(partner)
        cls.run_policy()
        cls.env.flush_all()

    def assert_kept(self, partners):
        """There are rows of these, out of the three."""
        for table in TABLES:
            self.env.cr.execute(
                f"SELECT DISTINCT partner_id FROM {table} WHERE partner_id IN %s",
                [(self.stays + self.goes + self.too)._ids],
            )
            self.assertEqual({partner_id for (partner_id,) in self.env.cr.fetchall()}, set(partners._ids), table)

    def test_no_row_is_looked_up_for_each_row_written(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid::regclass::text IN %s", [TABLES]
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_deleted_by_people(self):
        (self.goes + self.too).unlink()
        self.assert_kept(self.stays)

    def test_deleted_past_odoo(self):
        self.env.cr.execute("DELETE FROM res_partner WHERE id IN %s", [(self.goes + self.too)._ids])
        self.assert_kept(self.stays)

    def test_other_contacts_delete_nothing(self):
        self.customer("Nobody").unlink()
        self.assert_kept(self.stays + self.goes + self.too)

    def test_merging_knows_both_columns(self):
        columns = self.env["base.partner.merge.automatic.wizard"]._get_fk_on("res_partner")
        self.assertEqual(len(columns), len(set(columns)))
        self.assertLessEqual({(table, "partner_id") for table in TABLES}, set(columns))


@tagged("post_install", "-at_install")
class TestDeletedMeanwhile(RaceCase):
    """A new customer is deleted while a run scores them: nothing is left of somebody who is gone."""

    def setUp(self):
        super().setUp()
        env = self.open()
        company = env.ref("base.main_company")
        self.context = {"allowed_company_ids": company.ids}
        partner = env["res.partner"].create({"name": "Prospect"})
        lead = env["crm.lead"].create(
            {
                "name": "Prospect",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": company.id,
                "expected_revenue": 10.0,
            }
        )
        env.cr.commit()
        self.addCleanup(self.remove, partner.id, lead.id)
        self.partner_id = partner.id

    def remove(self, partner_id, lead_id):
        self.close_all()
        env = self.open()
        env["crm.lead"].browse(lead_id).exists().unlink()
        env["res.partner"].browse(partner_id).exists().unlink()
        env.cr.commit()

    def run_for_them(self, env):
        policy = env["customer.value.policy"]._get_active(env.company)
        return policy._run(partners=env["res.partner"].browse(self.partner_id))

    def delete(self, env):
        env.cr.execute("SET LOCAL lock_timeout = '200ms'")
        env.cr.execute("DELETE FROM res_partner WHERE id = %s", [self.partner_id])

    def test_who_deletes_later_waits_for_the_run(self):
        env = self.open(**self.context)
        self.assertEqual(self.run_for_them(env).entered_count, 1)
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.LockNotAvailable):
            self.delete(self.open())

    def test_who_was_deleted_since_it_began_is_not_scored(self):
        env, other = self.open(**self.context), self.open()
        env.cr.execute("SELECT FROM res_partner LIMIT 1")
        self.delete(other)
        other.cr.commit()
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.SerializationFailure):
            self.run_for_them(env)

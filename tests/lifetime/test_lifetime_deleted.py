"""Lifetime values of customers who are deleted: no foreign key stands behind them."""

import psycopg2
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ...analytics.core.storing import store_sql
from ..core.race_case import RaceCase
from ..core.value_case import AS_OF, ValueCase

TABLE = "customer_lifetime_value"


@tagged("post_install", "-at_install")
class TestLifetimeDeleted(ValueCase):
    def test_rows_follow(self):
        stays, goes, too = self.customers(3)
        for partner in stays + goes + too:
            self.env.cr.execute(
                SQL(
                    "INSERT INTO customer_lifetime_value (partner_id, company_id, purchases) VALUES (%s, %s, 1)",
                    partner.id,
                    self.company.id,
                )
            )
        goes.unlink()
        self.env.cr.execute(SQL("DELETE FROM res_partner WHERE id = %s", too.id))
        self.assertEqual(self.env["customer.lifetime.value"].search([]).partner_id & (stays + goes + too), stays)

    def test_no_row_is_looked_up_for_each_row_written(self):
        self.env.cr.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [TABLE]
        )
        self.assertEqual(self.env.cr.fetchall(), [])

    def test_room_in_pages(self):
        """What changes each day is written beside what it was."""
        self.env.cr.execute("SELECT reloptions FROM pg_class WHERE oid = %s::regclass", [TABLE])
        self.assertIn("fillfactor=50", self.env.cr.fetchone()[0])


@tagged("post_install", "-at_install")
class TestLifetimeDeletedMeanwhile(RaceCase):
    """A customer is deleted while their first value is stored."""

    def test_who_deletes_later_waits(self):
        env, other = self.open(), self.open()
        partner = env["res.partner"].create({"name": "Prospect"})
        env.cr.commit()
        self.addCleanup(self.remove, partner.id)
        company = env.ref("base.main_company")
        found = SQL("SELECT %s AS partner_id, 1 AS purchases", partner.id)
        among = SQL("kept.partner_id = %s", partner.id)
        env.cr.execute(
            store_sql(TABLE, ["partner_id"], ["purchases"], company.id, AS_OF, found, among, customer="partner_id")
        )
        self.assertEqual(env.cr.fetchone()[0], 1)
        other.cr.execute("SET LOCAL lock_timeout = '200ms'")
        with mute_logger("odoo.sql_db"), self.assertRaises(psycopg2.errors.LockNotAvailable):
            other.cr.execute(SQL("DELETE FROM res_partner WHERE id = %s", partner.id))

    def remove(self, partner_id):
        self.close_all()
        env = self.open()
        env["res.partner"].browse(partner_id).exists().unlink()
        env.cr.commit()

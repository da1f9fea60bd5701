"""What is stored of where customers came from: when it follows the documents, and that lists say what cells say."""

from datetime import date

import pandas as pd
from dateutil.relativedelta import relativedelta
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .acquisition_case import TODAY, AcquisitionCase


@tagged("post_install", "-at_install")
class TestAcquisitionStored(AcquisitionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.buyers = cls.customers(4, "Buyer")
        for number, buyer in enumerate(cls.buyers):
            for month in range(0, 12, number + 1):
                order = cls.order(
                    buyer, date(2024, 1, 5 + number) + relativedelta(months=month), 100.0 + number + month
                )
                order.source_id = cls.fair_source if number % 2 else cls.search_source
        cls.refresh()
        company = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        groups = "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_manager"
        cls.manager = new_test_user(cls.env, "stored_manager", groups, **company)

    def stored(self):
        """``{(table, keys): values}`` of the company, without ids."""
        self.env.cr.execute(
            "SELECT 'origin', partner_id, NULL::date, first_order, channel_id, margin, margin_3, margin_12, margin_24,"
            " order_months FROM customer_acquisition_origin WHERE company_id = %(company)s"
            " UNION ALL SELECT 'cell', channel_id, cohort, NULL, month, margin, NULL, NULL, NULL, NULL"
            " FROM customer_acquisition_cell WHERE company_id = %(company)s ORDER BY 1, 2, 3, 5",
            {"company": self.company.id},
        )
        return self.env.cr.fetchall()

    def versions(self):
        self.env.cr.execute("SELECT id, xmin::text FROM customer_acquisition_origin ORDER BY id")
        return self.env.cr.fetchall()

    def triggers(self):
        job = self.env.ref("customer_value.cron_customer_acquisition")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])

    def row(self, partner):
        self.env.invalidate_all()
        with self.at():
            return self.Customers.search([("partner_id", "=", partner.id), ("company_id", "=", self.company.id)])

    def test_cells_are_their_lists(self):
        """Each number of the map against the list that it opens, and against pandas over the orders."""
        orders = self.env["sale.order"].search([("partner_id", "in", self.buyers.ids)])
        frame = pd.DataFrame(
            [(o.partner_id.id, o.date_order.date(), o.margin) for o in orders], columns=["p", "d", "m"]
        )
        frame["first"] = frame.groupby("p")["d"].transform("min")
        frame["month"] = [
            next(n for n in range(1, 40) if day < first + relativedelta(months=n))
            for first, day in zip(frame["first"], frame["d"], strict=True)
        ]
        Cohort = self.env["customer.acquisition.cohort"].with_user(self.manager)
        for channel in (False, self.fair.id, self.online.id):
            with self.at():
                page = Cohort.get_page(channel)
                [cohort] = page["cohorts"]
                mine = frame if not channel else frame[
                    frame["p"].isin(self.Customers.search([("channel_id", "=", channel)]).partner_id.ids)
                ]  # fmt: skip
                for cell in cohort["cells"][:12]:
                    action = Cohort.open_cell(cohort["day"], cell["month"], channel)
                    found = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
                    expected = mine[mine["month"] == cell["month"]]
                    self.assertEqual(cell["buyers"], len(found))
                    self.assertEqual(set(found.partner_id.ids), set(expected["p"]))
                    self.assertAlmostEqual(cell["margin"], expected["m"].sum(), 2)
            self.assertIn("06/30/2025", page["as_of"])

    def test_it_is_as_of_a_day(self):
        """What is ordered later is not in it before the next refresh, neither in rows nor in months that are over."""
        before = self.stored()
        self.order(self.buyers[0], date(2025, 1, 20), 999.0)
        self.env.flush_all()
        self.assertEqual(self.stored(), before)
        row = self.row(self.buyers[0])
        margin = row.margin
        self.assertEqual((row.as_of, row.months), (TODAY, 17))
        with self.at(date(2025, 8, 30)):
            self.env.invalidate_all()
            self.assertEqual(self.row(self.buyers[0]).months, 17)
        self.refresh()
        self.assertNotEqual(self.stored(), before)
        self.assertAlmostEqual(self.row(self.buyers[0]).margin, margin + 999.0, 2)

    def test_nothing_new_writes_nothing(self):
        before = self.versions()
        self.assertTrue(before)
        self.refresh()
        self.assertEqual(self.versions(), before)

    def test_channels_change(self):
        """A source that moves to another channel, and a channel that is deleted, whose customers are not lost."""
        due = self.triggers()
        self.fair.source_ids = False
        self.online.source_ids += self.fair_source
        self.assertGreater(self.triggers(), due)
        self.refresh()
        self.assertEqual({self.row(buyer).channel_id for buyer in self.buyers}, {self.online})
        total = sum(self.env["customer.acquisition.cell"].sudo().search([]).mapped("margin"))
        due = self.triggers()
        self.online.unlink()
        self.assertGreater(self.triggers(), due)
        self.assertEqual({self.row(buyer).channel_id for buyer in self.buyers}, {self.other})
        cells = self.env["customer.acquisition.cell"].sudo().search([])
        self.assertEqual(cells.channel_id, self.other)
        self.assertAlmostEqual(sum(cells.mapped("margin")), total, 2)
        after = self.stored()
        self.refresh()
        self.assertEqual(self.stored(), after)

    def test_what_is_deleted_is_left_out(self):
        lead = self.lead(self.buyers[0], day="2023-12-01", source_id=self.fair_source.id)
        self.env["sale.order"].search([("partner_id", "=", self.buyers[0].id)]).opportunity_id = lead
        self.refresh()
        self.assertEqual(self.row(self.buyers[0]).lead_id, lead)
        lead.sudo().unlink()
        self.assertFalse(self.row(self.buyers[0]).lead_id)

    def test_merged_and_moved(self):
        """Who becomes another customer has come as that one at once, as if everything had been worked out anew."""
        first, second, third, fourth = self.buyers
        merge = self.env["base.partner.merge.automatic.wizard"]
        with self.at():
            merge._merge((first + second).ids, second, extra_checks=False)
            self.env.flush_all()
            third.parent_id = fourth
            self.env.flush_all()
        self.env.invalidate_all()
        rows = [row for row in self.stored() if row[0] == "origin"]
        self.assertEqual([row[1] for row in rows], sorted((second + fourth).ids))
        self.refresh()
        self.assertEqual([row for row in self.stored() if row[0] == "origin"], rows)

    def test_nobody_opens_what_is_stored(self):
        for name in ("origin", "cell"):
            with self.assertRaises(AccessError):
                self.env[f"customer.acquisition.{name}"].with_user(self.manager).search([])

    def test_before_the_first_refresh(self):
        other = self.make_company("Another Company", "USD")
        self.manager.company_ids += other
        env = self.env(user=self.manager, context={"allowed_company_ids": other.ids})
        with self.at():
            page = env["customer.acquisition.cohort"].get_page()
            self.assertEqual((page["cohorts"], page["as_of"]), ([], False))
            self.assertFalse(env["customer.acquisition.customer"].search([]))
            self.assertFalse(env["customer.acquisition.report"].search([]))

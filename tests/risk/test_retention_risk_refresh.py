"""When and how the risks are brought in line, and which are not touched."""

from unittest.mock import patch

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2 import DataError

from ..core.value_case import ONE_TO_ONE
from .retention_risk_case import TODAY, RiskCase, days_ago

NOTHING = {"added": 0, "changed": 0, "removed": 0}


@tagged("post_install", "-at_install")
class TestRetentionRiskRefresh(RiskCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.one, cls.two, cls.fine = cls.customers(3)
        for partner in (cls.one, cls.two):
            cls.rhythm(partner, last=41, margin=30)
        cls.rhythm(cls.fine, last=5)

    def job(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_risk").method_direct_trigger()
        self.env.invalidate_all()

    def risks(self, company=None):
        return self.Risk.search([("company_id", "=", (company or self.company).id)], order="id")

    # -- what is written ---------------------------------------------------------------------------------------------

    def test_second_refresh_writes_nothing(self):
        self.assertEqual(self.refresh(), {"added": 2, "changed": 0, "removed": 0})
        before = {name: self.rows(name) for name in ("customer_retention_risk", "res_partner")}
        self.assertEqual(self.refresh(), NOTHING)
        self.assertEqual(self.refresh(partners=self.one), NOTHING)
        for name, rows in before.items():
            self.assertEqual(self.rows(name), rows, name)
        self.env.cr.execute("SELECT last_value FROM customer_retention_risk_id_seq")
        last = self.env.cr.fetchone()
        self.refresh()
        self.env.cr.execute("SELECT last_value FROM customer_retention_risk_id_seq")
        self.assertEqual(self.env.cr.fetchone(), last, "no number is drawn for rows that are not added")

    def test_only_what_changed(self):
        self.refresh()
        before = {row[2]["partner_id"]: row for row in self.rows("customer_retention_risk")}
        self.complaint(self.one)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 1, "removed": 0})
        after = {row[2]["partner_id"]: row for row in self.rows("customer_retention_risk")}
        self.assertEqual({key for key in after if after[key] != before[key]}, {self.one.id})
        self.order(self.one, TODAY)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 1, "removed": 0}, "the complaint is still open")
        self.order(self.two, TODAY)
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 1})
        self.assertEqual(self.risks().partner_id, self.one)

    def test_since_when(self):
        self.refresh(days_ago(10))
        self.refresh()
        self.assertRecordValues(self.risks()[0], [{"since": days_ago(10), "as_of": TODAY}])
        with self.subTest("left as it is"):
            self.env.cr.execute("UPDATE customer_retention_risk SET as_of = %s", [days_ago(1)])
            self.refresh()
            self.assertEqual(self.risks()[0].as_of, days_ago(1))

    def test_equal_customers_are_equal(self):
        self.refresh()
        names = [name for name in self.Risk._fields if name not in ("id", "partner_id", "display_name")]
        first, second = self.risks().read(names)
        self.assertEqual(first | {"id": 0}, second | {"id": 0})
        self.assertEqual(first["stake"], 120)

    def test_some_customers(self):
        """Risks of other customers are not touched; the result is the same as of a refresh for all."""
        contact = self.customer("Contact", parent_id=self.two.id)
        self.assertEqual(self.refresh(partners=contact), {"added": 1, "changed": 0, "removed": 0})
        self.assertEqual(self.risks().partner_id, self.two)
        self.refresh(partners=self.one | self.fine)
        self.assertEqual(self.refresh(), NOTHING)
        self.order(self.one, TODAY)
        self.order(self.two, TODAY)
        self.assertEqual(self.refresh(partners=self.one), {"added": 0, "changed": 0, "removed": 1})
        self.assertEqual(self.risks().partner_id, self.two)

    def test_documents_are_not_hooked(self):
        """No document makes a risk or takes it away; a refresh does."""
        documents = ("sale.order", "sale.order.line", "account.move", "account.move.line", "helpdesk.ticket")
        for name in documents:
            for method in ("create", "write", "unlink"):
                for cls in self.env.registry[name].__mro__:
                    if method in cls.__dict__:
                        self.assertNotIn("customer_retention_risk", cls.__dict__[method].__module__)
            for field in self.env[name]._fields.values():
                hit = {other.model_name for other in self.registry.get_dependent_fields(field) if other.store}
                self.assertNotIn("customer.retention.risk", hit)
        self.refresh()
        before = self.rows("customer_retention_risk")
        self.order(self.one, TODAY)
        self.complaint(self.two)
        self.credit_note(self.fine, TODAY, 10)
        self.assertEqual(self.rows("customer_retention_risk"), before)
        self.refresh()
        self.assertNotEqual(self.rows("customer_retention_risk"), before)

    # -- whose -------------------------------------------------------------------------------------------------------

    def test_contacts_at_any_depth(self):
        office = self.customer("Office", parent_id=self.one.id)
        desk = self.customer("Desk", parent_id=office.id)
        self.order(desk, days_ago(1))
        move = self.invoice(desk, days_ago(30), 50, due=days_ago(20))
        self.complaint(office, complaint_move_id=move.id)
        risk = self.risk(self.one)
        self.assertRecordValues(risk, [{"gap_days": 1, "complaint_count": 1, "disputed_amount": 50}])
        self.assertFalse(self.stored(desk) | self.stored(office))

    def test_archived_customer(self):
        self.refresh()
        self.one.active = False
        self.assertEqual(self.refresh(), {"added": 0, "changed": 0, "removed": 1})
        self.one.active = True
        self.assertEqual(self.refresh()["added"], 1)

    def test_customer_moved_under_another(self):
        self.refresh()
        self.one.parent_id = self.two
        self.assertEqual(self.refresh()["removed"], 1)
        self.assertEqual(self.risks().partner_id, self.two)

    def merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)
        self.env.invalidate_all()

    def test_merged_customers(self):
        """If both are at risk, one row stays; if one is, it moves along. The next refresh finds what both did."""
        self.refresh()
        row = self.stored(self.two)
        self.merge(self.one, self.two)
        self.assertEqual(self.risks(), row)
        self.merge(self.two, self.fine)
        self.assertEqual(self.risks().partner_id, self.fine)
        self.assertEqual(self.refresh()["removed"], 1, "the last order of one of them was five days ago")

    def test_two_companies_with_two_currencies(self):
        other = self.make_company("Elsewhere", "EUR")
        self.env["product.product"].invalidate_model()
        euro = self.currency("EUR", d2023_01_01=0.5)
        self.order(self.fine, days_ago(400), 100, cost=0, currency=euro)
        for days, cost in ((400, 0), (20, 50)):
            self.order(self.fine, days_ago(days), 100, cost=cost, company=other)
        self.complaint(self.fine, 3, company=other)
        here, there = self.risk(self.fine), self.risk(self.fine, company=other)
        self.assertRecordValues(
            here | there,
            [
                {"currency_id": self.company.currency_id.id, "margin_before": 200, "stake": 200, "complaint_count": 0},
                {"currency_id": euro.id, "margin_before": 100, "stake": 100, "complaint_count": 1},
            ],
        )
        self.assertIn("€", there.explanation)
        self.assertEqual(self.refresh(company=other), NOTHING)
        self.assertEqual(self.risks(other).partner_id, self.fine)
        partner = self.fine.with_company(other)
        self.assertEqual((self.fine.retention_risk_id, partner.retention_risk_id), (here, there))

    # -- when --------------------------------------------------------------------------------------------------------

    def triggers(self, name="cron_retention_risk"):
        job = self.env.ref(f"customer_value.{name}")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])

    def asked(self):
        """How often jobs were asked to look at all customers, and at those of small runs."""
        self.assertEqual(self.triggers(), self.triggers("cron_retention_loss"), "losses follow as risks do")
        return self.triggers(), self.triggers("cron_retention_risk_soon")

    def job_for_some(self):
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_risk_soon").method_direct_trigger()
        self.env.invalidate_all()

    def test_after_a_small_run(self):
        """The run does not wait, and the job looks at its customers alone; a simulation asks for nothing."""
        self.make_policy(ONE_TO_ONE)
        everybody, some = self.asked()
        self.run_policy(as_of=TODAY, partners=self.one, simulate=True)
        self.assertEqual(self.asked(), (everybody, some))
        run = self.run_policy(as_of=TODAY, partners=self.one)
        self.assertEqual(self.asked(), (everybody, some + 1))
        self.assertFalse(self.risks())
        self.assertTrue(run.risks_due)
        self.job_for_some()
        self.assertEqual(self.risks().partner_id, self.one)
        self.assertFalse(run.risks_due)

    def test_losses_after_a_small_run(self):
        """The same job looks whether its customers are lost, and at nobody else."""
        self.make_policy(ONE_TO_ONE, dormant_days=20, lost_days=30)
        self.run_policy(as_of=TODAY, partners=self.one | self.two)
        Loss = self.env["customer.retention.loss"]
        self.env["customer.value.run"].search([("risks_due", "=", True)]).risks_due = False
        self.run_policy(as_of=TODAY, partners=self.one)
        self.job_for_some()
        losses = Loss.search([("company_id", "=", self.company.id)])
        self.assertEqual(losses.partner_id, self.one)
        self.assertEqual(losses.last_order, days_ago(41))

    def test_small_runs_together(self):
        """Those of a company in one look, and nobody in the name of another company."""
        self.make_policy(ONE_TO_ONE)
        runs = self.env["customer.value.run"]
        for partner in (self.one, self.two, self.fine):
            runs |= self.run_policy(as_of=TODAY, partners=partner)
        Risk = self.registry["customer.retention.risk"]
        with patch.object(Risk, "_refresh_locked", autospec=True, side_effect=Risk._refresh_locked) as refresh:
            self.job_for_some()
        self.assertEqual(refresh.call_count, 1)
        self.assertEqual(self.risks().partner_id, self.one | self.two)
        self.assertFalse(any(runs.mapped("risks_due")))
        with patch.object(Risk, "_refresh_locked", autospec=True) as refresh:
            self.job_for_some()
        refresh.assert_not_called()

    def test_after_a_run_for_all(self):
        """The job is asked for: the run does not wait."""
        self.make_policy(ONE_TO_ONE)
        before = self.triggers()
        run = self.run_policy(as_of=TODAY)
        self.assertFalse(self.risks())
        self.assertEqual(self.triggers(), before + 1)
        run.action_undo()
        self.assertEqual(self.triggers(), before + 2)
        run = self.run_policy(as_of=days_ago(1), partners=self.one)
        self.assertEqual(self.triggers(), before + 3, "a run for the past says nothing of today")
        self.assertFalse(run.risks_due)

    def test_a_failure_leaves_them_due(self):
        self.make_policy(ONE_TO_ONE)
        Risk = self.registry["customer.retention.risk"]
        run = self.run_policy(as_of=TODAY, partners=self.one)
        for error in (DataError("broken"), ValueError("broken")):
            with (
                patch.object(Risk, "_refresh_locked", side_effect=error),
                mute_logger("odoo.addons.customer_value.models.core.ir_cron"),
            ):
                self.job_for_some()
            self.assertTrue(run.risks_due)
        self.job_for_some()
        self.assertFalse(run.risks_due)
        self.assertEqual(self.risks().partner_id, self.one)

    def test_job(self):
        self.job()
        self.assertEqual(self.risks().partner_id, self.one | self.two)
        before = self.rows("customer_retention_risk")
        self.job()
        self.assertEqual(self.rows("customer_retention_risk"), before)

    def test_job_goes_on_after_a_failure(self):
        other = self.make_company("Elsewhere", "EUR")
        self.order(self.fine, days_ago(20), company=other)
        self.complaint(self.fine, company=other)
        refresh = self.registry["customer.retention.risk"]._refresh

        def fail_here(model, company, *args, **kwargs):
            if company == self.company:
                model.env.cr.execute("SELECT 1 / 0")
            return refresh(model, company, *args, **kwargs)

        with (
            patch.object(self.registry["customer.retention.risk"], "_refresh", fail_here),
            mute_logger("odoo.sql_db", "odoo.addons.customer_value.models.core.ir_cron"),
        ):
            self.job()
        self.assertFalse(self.risks())
        self.assertEqual(self.risks(other).partner_id, self.fine)

    def test_job_comes_after_the_scores(self):
        rescore, risks = (self.env.ref(f"customer_value.{name}") for name in ("cron_rescore", "cron_retention_risk"))
        self.assertGreater(risks.priority, rescore.priority)
        self.assertTrue(risks.active)

    # -- what it costs -----------------------------------------------------------------------------------------------

    def test_queries_of_a_refresh(self):
        """One statement, whatever the number of customers."""

        def queries():
            return self.count_queries(lambda: self.Risk._refresh(self.company))

        queries()
        few = queries()
        for partner in self.customers(4, "More"):
            self.rhythm(partner, last=41)
        self.assertEqual(queries(), few)
        self.assertEqual(len(self.risks()), 6)

    def test_queries_of_the_list(self):
        """Explanation and suggestion included."""
        tiers = self.make_policy(ONE_TO_ONE).tier_ids
        reasons = self.env["customer.retention.reason"].search(self.Risk._get_reasons_domain())
        for number in range(4):
            self.Offer.create(
                {
                    "name": f"Offer {number}",
                    "company_id": self.company.id,
                    "reason_ids": [Command.set(reasons[number : number + 2].ids)],
                    "tier_ids": [Command.set(tiers[: number % 3].ids)],
                }
            )
        partners = self.customers(4, "More")
        for partner in partners:
            self.rhythm(partner, last=41)
            self.invoice(partner, days_ago(10), 50)
            self.complaint(partner, complaint_type_id=self.billing.id)
        self.run_policy(as_of=TODAY)
        self.refresh()
        names = ["partner_id", "level", "reason_id", "explanation", "stake", "tier_id", "user_id", "offer_id", "remedy"]
        specification = {name: {"fields": {"display_name": {}}} if name.endswith("_id") else {} for name in names}

        def look(limit):
            found = self.Risk.web_search_read([("company_id", "=", self.company.id)], specification, limit=limit)
            self.assertTrue(all(row["explanation"] for row in found["records"]))

        def queries(limit):
            return self.count_queries(lambda: look(limit))

        queries(6)
        self.assertEqual(queries(6), queries(3))

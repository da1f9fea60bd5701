"""Why customers left, as they say: recorded, shown, used, taken back, and by whom."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..core.browser_case import BrowserCase
from ..core.value_case import AS_OF
from .test_retention_loss import DORMANT, LOST, LossCase

GROUPS = "base.group_user,customer_value.group_customer_value_{}"


class StatedCase(LossCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        here = {"company_id": cls.company.id, "company_ids": cls.company.ids}
        cls.user = new_test_user(cls.env, "stated_user", GROUPS.format("user"), name="Ann", **here)
        cls.closed = cls.env.ref("customer_value.retention_reason_loss_closed")
        cls.need = cls.env.ref("customer_value.retention_reason_loss_need")
        cls.find()

    def state(self, losses, reason, note=False, user=None):
        losses = losses.with_user(user or self.user)
        action = losses._open_stating_wizard()
        with Form(
            self.env["customer.retention.stating"].with_user(losses.env.user).with_context(**action["context"])
        ) as form:
            form.reason_id = reason
            if note:
                form.note = note
        form.record.action_record()
        self.env.invalidate_all()

    def said(self):
        return self.env["customer.retention.stated.reason"].search([("company_id", "=", self.company.id)])


@tagged("post_install", "-at_install")
class TestStatedReason(StatedCase):
    def test_what_is_said_goes_first(self):
        """Before a complaint that would be the reason; what was found stays to be read."""
        self.complain(self.left)
        self.find()
        self.assertReason("loss_service", "complaint")
        self.state(self.loss(), self.need, "Sold the machine")
        loss = self.loss()
        self.assertEqual(loss.reason_id, self.need)
        self.assertIn("“Sold the machine” (Ann, ", loss.explanation)
        self.assertTrue(loss.explanation.endswith("A complaint was rejected or not resolved."))
        self.assertEqual(loss._get_steps()[loss]["sentence"], self.need.advice)
        self.assertGreater(loss.second_lifetime_value, 0)

    def test_without_words(self):
        self.state(self.loss(), self.need)
        self.assertTrue(self.loss().explanation.startswith("Stated by Ann on "))

    def test_the_customer_knows(self):
        """It stands in the chatter, by who recorded it, with markup as text."""
        self.state(self.loss(), self.need, "<b>Bold</b>")
        message = self.gone.message_ids[0]
        self.assertEqual(message.author_id, self.user.partner_id)
        self.assertIn("Reason for leaving: No longer needed. &lt;b&gt;Bold", message.body)

    def test_cannot_return(self):
        """Nothing is left to win back, and nothing to be done; what they brought stays."""
        self.assertTrue(self.gone._get_next_steps(self.company))
        self.state(self.loss(), self.closed)
        self.assertFalse(self.gone._get_next_steps(self.company))
        self.assertEqual(self.loss().second_lifetime_value, 0)
        self.assertEqual(self.loss().margin, 600)

    def test_the_last_one_counts(self):
        self.state(self.loss(), self.closed)
        self.state(self.loss(), self.need)
        self.assertEqual(self.loss().reason_id, self.need)
        self.assertGreater(self.loss().second_lifetime_value, 0)
        self.assertEqual(len(self.said()), 2)

    def test_it_stays(self):
        """Daily looks, and policies that find them not lost for a while, forget nothing."""
        self.state(self.loss(), self.closed)
        today = self.said().date
        self.find(today)
        before = self.rows("customer_retention_loss")
        self.find(today + timedelta(days=1))
        self.assertEqual(self.rows("customer_retention_loss"), before)
        for lifecycle, reason in (("dormant", self.closed.browse()), ("lost", self.closed)):
            self.env.cr.execute("UPDATE customer_value_score SET lifecycle = %s", [lifecycle])
            self.Loss._refresh(self.company, today)
            self.assertEqual(self.loss().reason_id, reason)

    def test_another_loss(self):
        """Who has ordered again and left again did so for another reason."""
        self.state(self.loss(), self.closed)
        today = self.said().date
        self.order(self.gone, today)
        self.find(today)
        self.assertFalse(self.loss())
        self.find(today + timedelta(days=2 * LOST))
        self.assertEqual(self.loss().reason_id.code, "loss_silence")
        self.assertEqual(len(self.said()), 1)

    def test_of_a_day_in_the_past(self):
        self.state(self.loss(), self.need)
        self.find(AS_OF)
        self.assertEqual(self.loss().reason_id.code, "loss_silence")

    def test_take_back(self):
        self.state(self.loss(), self.closed)
        losses = self.loss().with_user(self.user)
        Wizard = losses.env["customer.retention.stating"].with_context(**losses._open_stating_wizard()["context"])
        wizard = Form(Wizard).save()
        self.assertTrue(wizard.has_stated)
        with self.assertRaisesRegex(UserError, "Choose why they left"):
            wizard.action_record()
        wizard.action_take_back()
        self.assertReason("loss_silence", "")
        self.assertFalse(self.said())
        self.assertIn("taken back", self.gone.message_ids[0].body)

    def test_several(self):
        others = self.customers(3)
        for partner in others:
            self.order(partner, self.left, 50)
        self.find()
        self.state(self.loss(others[0]) | self.loss(others[1]), self.need)
        self.assertEqual(self.loss(others[0]).reason_id, self.need)
        self.assertEqual(self.loss(others[1]).reason_id, self.need)
        self.assertEqual(self.loss(others[2]).reason_id.code, "loss_silence")
        self.assertEqual(self.loss().reason_id.code, "loss_silence")

    def test_of_this_company_alone(self):
        other = self.make_company("Elsewhere", "EUR")
        policy = self.make_policy(["revenue"], company=other, dormant_days=DORMANT, lost_days=LOST)
        self.order(self.gone, self.left, 10, company=other)
        self.run_policy(policy=policy)
        self.Loss.with_company(other)._refresh(other, AS_OF)
        self.state(self.loss(), self.closed)
        theirs = self.Loss.search([("partner_id", "=", self.gone.id), ("company_id", "=", other.id)])
        self.assertEqual(theirs.reason_id.code, "loss_silence")

    def test_merged(self):
        """What is known of a duplicate is known of the customer."""
        double = self.customer("Gone Inc.")
        self.order(double, self.left - timedelta(days=9), 10)
        self.find()
        self.state(self.loss(double), self.closed)
        today = self.said().date
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((self.gone | double).ids, self.gone)
        self.assertEqual(self.said().partner_id, self.gone)
        self.find(today)
        self.assertEqual(self.loss().reason_id, self.closed)

    def test_reasons_to_choose_from(self):
        """Those of lost customers; not that nothing is known. Who reads the kanban view sees the stated ones."""
        self.state(self.loss(), self.closed)
        groups = self.Loss.with_user(self.user).formatted_read_group([], ["reason_id"], ["__count"])
        self.assertIn(self.closed.id, [group["reason_id"][0] for group in groups])

    @mute_logger("odoo.sql_db")
    def test_only_stated_reasons_are_final(self):
        for values in ({"code": "x"}, {"kind": "slipping"}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env["customer.retention.reason"].create({"name": "No", "kind": "lost", "is_final": True} | values)
                self.env.flush_all()

    def test_queries(self):
        """As many for a list of two as for one of four."""
        others = self.customers(4)
        for partner in others:
            self.order(partner, self.left, 50)
        self.find()
        losses = self.Loss.search([("partner_id", "in", others.ids)])
        self.state(losses, self.need, "So")
        few, more = (self.count_queries(lambda some=some: some.mapped("explanation")) for some in (losses[:2], losses))
        self.assertEqual(few, more)


@tagged("post_install", "-at_install")
class TestStatedReasonRights(StatedCase):
    def test_nobody_writes(self):
        self.state(self.loss(), self.need)
        manager = new_test_user(
            self.env,
            "stated_manager",
            GROUPS.format("manager"),
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        for user in (self.user, manager):
            statement = self.said().with_user(user)
            self.assertEqual(statement.reason_id, self.need)
            for forbidden in (
                lambda statement=statement: statement.write({"note": "Other"}),
                lambda statement=statement: statement.unlink(),
                lambda statement=statement: statement.copy(),
            ):
                with self.assertRaises(AccessError):
                    forbidden()

    def test_only_whom_one_may_see(self):
        """Neither strangers, nor users of another company, through the dialog either."""
        stranger = new_test_user(self.env, "stated_stranger", "base.group_user")
        with self.assertRaises(AccessError):
            self.loss().with_user(stranger)._open_stating_wizard()
        elsewhere = self.make_company("Elsewhere", "EUR")
        outsider = new_test_user(
            self.env,
            "stated_outsider",
            GROUPS.format("user"),
            company_id=elsewhere.id,
            company_ids=elsewhere.ids,
        )
        wizard = self.env["customer.retention.stating"].with_user(outsider)
        with self.assertRaises(AccessError):
            wizard.create({"loss_ids": self.loss().ids, "reason_id": self.closed.id}).action_record()
        with self.assertRaises(AccessError):
            wizard.create({"loss_ids": self.loss().ids}).action_take_back()
        self.assertFalse(self.said())


@tagged("post_install", "-at_install")
class TestStatedReasonTour(StatedCase, BrowserCase):
    def test_record_reason(self):
        """From the list: one customer selected, the reason chosen, seen in the list."""
        self.start_tour("/odoo", "customer_value_stated_reason", login=self.user.login)
        self.env.invalidate_all()
        self.assertEqual(self.loss().reason_id, self.closed)
        self.assertEqual(self.said().note, "Closed in May")

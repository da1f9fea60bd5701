"""Lost customers, the reasons, and whether it pays to win them back."""

from datetime import date, timedelta
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import BaseCase, new_test_user, tagged
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ...analytics.risk import second_lifetime
from ...models.risk import customer_retention_loss
from ...models.scoring.customer_value_source import Scope
from ..core.value_case import AS_OF, ValueCase
from ..scoring.till_case import TillCase

QUICK = settings(derandomize=True, deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])

DORMANT, LOST = 90, 180


class LossCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(["revenue"], dormant_days=DORMANT, lost_days=LOST)
        cls.Loss = cls.env["customer.retention.loss"]
        cls.left = AS_OF - timedelta(days=300)
        cls.gone = cls.customer("Gone")
        cls.order(cls.gone, cls.left, 1000, cost=400)

    @classmethod
    def find(cls, as_of=AS_OF, company=None):
        company = company or cls.company
        cls.run_policy(as_of=as_of)
        return cls.Loss.with_company(company)._refresh(company, as_of)

    def loss(self, partner=None):
        self.env.invalidate_all()
        return self.Loss.search([("partner_id", "=", (partner or self.gone).id), ("company_id", "=", self.company.id)])

    def assertReason(self, code, factors, partner=None):
        loss = self.loss(partner)
        self.assertEqual((loss.reason_id.code, loss.factors), (code, factors))
        return loss

    def complain(self, day, **values):
        ticket = self.ticket(self.gone, day)
        self.env.flush_all()
        # the workflow that leads there is tested elsewhere, and counts from today
        values = {
            "is_complaint": True,
            "complaint_received_on": self._moment(day),
            "complaint_state": "received",
        } | values
        columns = ", ".join(f"{name} = %s" for name in values)
        self.env.cr.execute(f"UPDATE helpdesk_ticket SET {columns} WHERE id = %s", [*values.values(), ticket.id])
        self.env.invalidate_all()
        return ticket


@tagged("post_install", "-at_install")
class TestLoss(LossCase):
    def test_silence(self):
        counts = self.find()
        self.assertEqual(counts, {"added": 1, "changed": 0, "removed": 0, "total": 1})
        loss = self.assertReason("loss_silence", "")
        self.assertRecordValues(
            loss,
            [
                {
                    "last_order": self.left,
                    "lost_since": self.left + timedelta(days=LOST + 1),
                    "margin": 600,
                    "as_of": AS_OF,
                    "explanation": "No reason is recorded.",
                }
            ],
        )

    def test_who_is_lost(self):
        """Exactly those that are lost by their lifecycle: on the day after the limit, not on it."""
        self.order(self.gone, AS_OF - timedelta(days=LOST))
        self.find()
        self.assertFalse(self.loss())
        self.find(AS_OF + timedelta(days=1))
        self.assertEqual(self.loss().lost_since, AS_OF + timedelta(days=1))

    def test_goods_for_nothing(self):
        """Who was sent something has not come back, and who got nothing else was never lost."""
        sampled = self.customer("Sampled")
        for partner in (self.gone, sampled):
            free = [{"price_unit": 9.0, "purchase_price": 5.0, "discount": 100.0}]
            self.order(partner, self.left + timedelta(days=20), lines=free)
            self.order(partner, AS_OF - timedelta(days=2), lines=free)
        self.find()
        self.assertEqual((self.loss().last_order, self.loss().margin), (self.left, 600 - 5))
        self.assertFalse(self.loss(sampled))
        self.assertEqual((self.score(self.gone).lifecycle, self.score(sampled).lifecycle), ("lost", "prospect"))
        # paid in full with points
        self.order(self.gone, AS_OF - timedelta(days=1), lines=[{"price_unit": 9.0}, {"price_unit": -9.0}])
        self.find()
        self.assertFalse(self.loss())
        self.assertEqual(self.score(self.gone).lifecycle, "won_back")

    def test_margin_of_the_year_before(self):
        """Of each customer's own year, less what was credited until they were dormant."""
        self.order(self.gone, self.left - relativedelta(years=1) + timedelta(days=1), 50)
        self.order(self.gone, self.left - relativedelta(years=1), 9999)
        order = self.order(self.gone, self.left, 100)
        self.credit_note(self.gone, self.left + timedelta(days=DORMANT), 100, order=order)
        self.credit_note(self.gone, self.left + timedelta(days=DORMANT + 1), 77)
        other = self.customer("Other")
        self.order(other, AS_OF - timedelta(days=700), 10)
        self.find()
        self.assertEqual(self.loss().margin, 650)
        self.assertEqual(self.loss(other).margin, 10)

    def test_complaints(self):
        """Unsettled or rejected, not abusive, of the year before or until dormant."""
        first = self.left - relativedelta(years=1)
        for day, values, counts in (
            (self.left, {}, True),
            (first + timedelta(days=1), {}, True),
            (first, {}, False),
            (self.left + timedelta(days=DORMANT), {}, True),
            (self.left + timedelta(days=DORMANT + 1), {}, False),
            (self.left, {"complaint_state": "closed", "complaint_outcome": "accepted"}, False),
            (self.left, {"complaint_state": "closed", "complaint_outcome": "rejected"}, True),
            (self.left, {"is_complaint": False}, False),
        ):
            with self.subTest(day=day, values=values), self.env.cr.savepoint() as savepoint:
                self.complain(day, **values)
                self.find()
                self.assertReason(*(("loss_service", "complaint") if counts else ("loss_silence", "")))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_complaint_in_bad_faith(self):
        ticket = self.complain(self.left)
        review = self.env["customer.complaint.review"].sudo().create({"ticket_id": ticket.id, "evidence": "Seen"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_complaint_review SET state = 'confirmed', decided_on = %s WHERE id = %s",
            [self.left, review.id],
        )
        self.env.invalidate_all()
        self.find()
        self.assertReason("loss_silence", "")

    def rate(self, points):
        ticket = self.ticket(self.gone, self.left)
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "res_id": ticket.id,
                "rating": points,
                "consumed": True,
            }
        )
        rating.rated_on = self._moment(self.left)

    def test_ratings(self):
        self.rate(3)
        self.find()
        self.assertReason("loss_silence", "")
        self.rate(2)
        self.find()
        self.assertEqual(self.assertReason("loss_service", "rating").explanation, "Our service was rated 2 of 5.")

    def test_returns(self):
        self.invoice(self.gone, self.left, 1000)
        self.credit_note(self.gone, self.left, 199)
        self.find()
        self.assertReason("loss_silence", "")
        self.credit_note(self.gone, self.left, 1)
        self.find()
        self.assertReason("loss_service", "returns")

    def lose(self, about_price, day=None):
        reason = self.env["crm.lost.reason"].create({"name": "So", "is_about_price": about_price})
        lead = self.lead(self.gone, day=self.left)
        lead.action_set_lost(lost_reason_id=reason.id)
        lead.date_closed = self._moment(day or self.left)
        return lead

    def test_opportunities(self):
        self.lose(False)
        self.lose(True, self.left + timedelta(days=DORMANT + 1))
        self.find()
        self.assertReason("loss_silence", "")
        self.lose(True)
        self.find()
        self.assertReason("loss_price", "lead")

    def test_reason_that_comes_with_odoo(self):
        self.assertTrue(self.env.ref("crm.lost_reason_1").is_about_price)

    def test_discounts(self):
        self.order(self.gone, self.left, lines=[{"price_unit": 3000, "discount": 26.66}])
        self.find()
        self.assertReason("loss_silence", "")
        self.order(self.gone, self.left, lines=[{"price_unit": 1000, "discount": 20.1}])
        self.find()
        self.assertReason("loss_price", "discount")

    def test_quotations(self):
        """Only after the last order, and only those that came to nothing."""
        before = self.order(self.gone, self.left - timedelta(days=1), confirm=False)
        before.action_cancel()
        open_still = self.order(self.gone, self.left + timedelta(days=9), confirm=False)
        open_still.validity_date = AS_OF
        self.find()
        self.assertReason("loss_silence", "")
        open_still.validity_date = AS_OF - timedelta(days=1)
        self.find()
        self.assertEqual(
            self.assertReason("loss_price", "quotation").explanation,
            "A quotation was lost after the last order.",
        )

    def test_price_increase(self):
        """By what the customer paid for the same product first and last, in company currency, net of discounts."""
        early = self.left - timedelta(days=200)
        self.order(self.gone, early, lines=[{"price_unit": 920, "product_uom_qty": 3, "purchase_price": 1}])
        self.find()
        self.assertReason("loss_silence", "")  # 8.7 %
        self.order(self.gone, early - timedelta(days=1), lines=[{"price_unit": 1000, "discount": 10}])
        self.find()
        self.assertEqual(self.assertReason("loss_price", "increase").price_increase, 11.11)

    def test_service_goes_before_price(self):
        self.lose(True)
        self.complain(self.left)
        self.find()
        loss = self.assertReason("loss_service", "complaint lead")
        self.assertEqual(
            loss.explanation,
            "A complaint was rejected or not resolved. An opportunity was lost because of the price.",
        )

    def test_only_changes_are_written(self):
        self.find()
        before = self.rows("customer_retention_loss")
        self.Loss._refresh(self.company, AS_OF + timedelta(days=1))
        self.assertEqual(self.rows("customer_retention_loss"), before)

    def test_back_again(self):
        self.find()
        self.order(self.gone, AS_OF)
        self.assertEqual(self.find(), {"added": 0, "changed": 0, "removed": 1, "total": 0})
        self.assertFalse(self.loss())
        self.assertEqual(self.score(self.gone).lifecycle, "won_back")

    def test_some_customers(self):
        """Losses of other customers are not touched; the result is the same as of a refresh for all."""
        others = self.customers(2, "Other")
        for partner in others:
            self.order(partner, self.left, 50)
        contact = self.customer("Contact", parent_id=others[0].id)
        self.complain(self.left)
        self.run_policy()

        def find(partners):
            counts = self.Loss._refresh(self.company, AS_OF, partners)
            return counts["added"], counts["changed"], counts["removed"]

        self.assertEqual(find(contact), (1, 0, 0))
        self.assertEqual(find(self.gone), (1, 0, 0))
        self.assertReason("loss_service", "complaint")
        self.assertFalse(self.loss(others[1]))
        self.assertEqual(find(None), (1, 0, 0))
        before = self.rows("customer_retention_loss")
        self.assertEqual(find(self.gone | others), (0, 0, 0))
        self.order(self.gone, AS_OF)
        self.order(others[0], AS_OF)
        self.run_policy()
        self.assertEqual(find(self.gone), (0, 0, 1))
        gone = {row[2]["partner_id"] for row in before} - {
            row[2]["partner_id"] for row in self.rows("customer_retention_loss")
        }
        self.assertEqual(gone, {self.gone.id})

    def test_some_customers_take_what_was_learned(self):
        """Their worth is by the shares of the last look at all, which a look at some neither reads nor writes."""
        self.find()
        self.company.retention_win_back_losses = 1000
        self.company.retention_win_back_learnt_share = 50
        worth = self.loss().second_lifetime_value
        self.Loss._refresh(self.company, AS_OF, self.gone)
        self.assertEqual(self.company.retention_win_back_losses, 1000)
        self.assertGreater(self.loss().second_lifetime_value, worth)

    def test_of_many(self):
        """Where they are many, documents are read at the same time, and the same is found: from other currencies, of
        contacts, of who became part of another, and without discounts, prices or credit notes.
        """
        early = self.left - timedelta(days=200)
        self.order(self.gone, early, lines=[{"price_unit": 900, "product_uom_qty": 3, "purchase_price": 1}])
        order = self.order(self.customer("Contact", parent_id=self.gone.id), self.left, 200, cost=20)
        self.invoice(self.gone, self.left, 200, order=order)
        self.credit_note(self.gone, self.left + timedelta(days=9), 150, order=order)
        silent, cheap, foreign, part = self.customers(4)
        self.order(silent, self.left - timedelta(days=20), 10)
        self.order(cheap, self.left, lines=[{"price_unit": 3000, "discount": 40}])
        self.invoice(cheap, self.left, 1800)
        self.credit_note(cheap, self.left, 180)
        pound = self.currency("GBP", d2020_01_01=0.8)
        self.order(foreign, self.left - timedelta(days=90), 500, cost=90, currency=pound)
        self.order(part, self.left + timedelta(days=5), 70)
        part.parent_id = foreign
        self.order(self.customer("Here"), AS_OF, 10)
        columns = [name for name, field in self.Loss._fields.items() if field.store and name != "id"]

        def read():
            self.env.invalidate_all()
            losses = self.Loss.search([("company_id", "=", self.company.id)])
            return sorted(losses.read(columns, load=""), key=lambda row: row["partner_id"])

        self.find()
        one_by_one = read()
        self.assertEqual([row["partner_id"] for row in one_by_one], sorted((self.gone | silent | cheap | foreign).ids))
        self.env.cr.execute("DELETE FROM customer_retention_loss WHERE company_id = %s", [self.company.id])
        with patch.object(customer_retention_loss, "are_many", return_value=True):
            counts = self.Loss._refresh(self.company, AS_OF)
        self.assertEqual(counts["added"], 4)
        self.assertEqual([row | {"id": 0} for row in read()], [row | {"id": 0} for row in one_by_one])
        self.assertGreater(max(row["return_share"] for row in one_by_one), 0)

    def test_query_count_of_some(self):
        partners = self.customers(4)
        for partner in partners:
            self.order(partner, self.left)
        self.run_policy()
        self.Loss._refresh(self.company, AS_OF, partners)
        few, more = (
            self.count_queries(lambda some=some: self.Loss._refresh(self.company, AS_OF, some))
            for some in (partners[:2], partners)
        )
        self.assertEqual(few, more)

    def test_query_count(self):
        self.find()
        counts = []
        for count in (2, 4):
            for partner in self.customers(count):
                self.order(partner, self.left)
            self.run_policy()
            counts.append(self.count_queries(lambda: self.Loss._refresh(self.company, AS_OF)))
        self.assertEqual(*counts)
        self.assertLess(counts[0], 30)
        self.assertEqual(self.Loss.search_count([("company_id", "=", self.company.id)]), 7)

    def test_time_zone(self):
        """A day is the company's: what happened on its evening is of that day."""
        self.company.value_tz = "America/New_York"
        person = self.customer("Evening")
        self.order(person, "2024-08-02 02:30:00", 10)
        self.find()
        self.assertEqual(self.loss(person).last_order, date(2024, 8, 1))

    def test_job(self):
        self.run_policy()
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_loss").method_direct_trigger()
        self.assertTrue(self.loss())


@tagged("post_install", "-at_install")
class TestSecondLifetime(LossCase):
    def test_value(self):
        self.company.write(
            {
                "retention_win_back_share": 25,
                "retention_win_back_retention": 50,
                "retention_win_back_discount": 25,
                "retention_win_back_years": 2,
            }
        )
        self.find()
        self.assertEqual(self.loss().second_lifetime_value, 600 * 0.25 * (1 + 0.5 / 1.25))

    def test_loss_is_worth_nothing(self):
        self.order(self.gone, self.left, 1000, cost=5000)
        self.find()
        self.assertEqual((self.loss().margin, self.loss().second_lifetime_value), (-3400, 0))

    def test_learnt(self):
        """Counted one by one: losses a year ago or longer, returns, retention; used only where enough are known."""
        start = date(2020, 1, 1)
        rhythm = {
            "stays": (0, 400, 500),  # lost, back within a year, orders again
            "leaves": (0, 400),  # back, and lost for good
            "late": (0, 600),  # back, but more than a year after the loss
            "never": (0,),
            "regular": (0, 100, 200),
        }
        for name, days in rhythm.items():
            partner = self.customer(name)
            for day in days:
                self.order(partner, start + timedelta(days=day), 10)
                # nobody comes back by it
                self.order(partner, start + timedelta(days=day + 250), 0)
        self.find()
        losses = recaptured = returns = retained = 0
        orders = [[self.left], *([start + timedelta(days=day) for day in days] for days in rhythm.values())]
        for days in orders:
            for index, day in enumerate(days):
                following = days[index + 1] if index + 1 < len(days) else None
                if ((following or AS_OF + timedelta(days=1)) - day).days > LOST:
                    if day + timedelta(days=LOST + 365) <= AS_OF:
                        losses += 1
                        recaptured += bool(following and (following - day).days <= LOST + 365)
                if index and (day - days[index - 1]).days > LOST and day + timedelta(days=365) <= AS_OF:
                    returns += 1
                    retained += bool(following and (following - day).days <= 365)
        self.assertEqual((losses, recaptured, returns, retained), (8, 2, 3, 1))
        self.assertRecordValues(
            self.company,
            [
                {
                    "retention_win_back_losses": losses,
                    "retention_win_back_learnt_share": 25,
                    "retention_win_back_returns": returns,
                    "retention_win_back_learnt_retention": 33.33,
                }
            ],
        )
        terms = self.company._get_win_back_terms()
        self.assertEqual((terms["recaptured"], terms["retention"]), (0.2, 0.6), "too few to learn from")
        self.company.retention_win_back_learn = 3
        terms = self.company._get_win_back_terms()
        self.assertEqual((terms["recaptured"], terms["retention"]), (0.25, 0.3333))
        self.company.retention_win_back_learn = 4
        terms = self.company._get_win_back_terms()
        self.assertEqual((terms["recaptured"], terms["retention"]), (0.25, 0.6))
        self.company.retention_win_back_learn = 0
        self.assertEqual(self.company._get_win_back_terms()["recaptured"], 0.2)

    def test_learnt_lately(self):
        """What was learned serves for a week; the button learns at once."""
        self.find()
        self.assertEqual(self.company.retention_win_back_learnt_on, AS_OF)

        def learns(days=0, **options):
            self.company.retention_win_back_losses = 1000
            self.Loss._refresh(self.company, AS_OF + timedelta(days=days), **options)
            return self.company.retention_win_back_losses != 1000

        self.assertFalse(learns())
        self.assertFalse(learns(6))
        self.assertTrue(learns(learn=True))
        self.assertFalse(learns(6))
        self.assertTrue(learns(7))
        self.assertFalse(learns(8))
        self.assertTrue(learns(0), "of a later day")
        self.company.retention_win_back_losses = 1000
        self.Loss.with_company(self.company).action_refresh()
        self.assertLess(self.company.retention_win_back_losses, 1000)

    def offer(self, name, cost, **values):
        return self.env["customer.retention.offer"].create(
            {"name": name, "company_id": self.company.id, "kind": "call", "contact_cost": cost} | values
        )

    def test_offer_that_pays(self):
        """The specific before the general, but never one that costs more than the customer is worth."""
        self.env["customer.retention.offer"].search([("company_id", "=", self.company.id)]).active = False
        self.find()
        loss = self.loss()
        self.assertFalse(loss.offer_id)
        value = loss.second_lifetime_value
        self.assertGreater(value, 0)
        silence = self.env.ref("customer_value.retention_reason_loss_silence")
        price = self.env.ref("customer_value.retention_reason_loss_price")
        dear = self.offer("Dear", value + 0.01, reason_ids=silence.ids, sequence=1)
        self.offer("For others", 1, reason_ids=price.ids, sequence=1)
        self.assertFalse(self.loss().offer_id, "the one costs too much, the other is for another reason")
        with self.assertRaisesRegex(UserError, "costs less"):
            self.loss().action_start_campaign()
        general = self.offer("General", 5, sequence=2)
        self.assertEqual((self.loss().offer_id, self.loss().offer_cost), (general, 5))
        dear.contact_cost = value
        self.assertEqual((self.loss().offer_id, self.loss().offer_cost), (dear, value))

    def test_settings(self):
        for name, value in (("share", 101), ("retention", -1), ("years", 0), ("learn", -1)):
            with self.subTest(name=name), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                with mute_logger("odoo.sql_db"):
                    self.company[f"retention_win_back_{name}"] = value
                    self.env.flush_all()
        self.env["res.config.settings"].create({"retention_win_back_years": 7}).execute()
        self.assertEqual(self.company.retention_win_back_years, 7)


@tagged("post_install", "-at_install")
class TestSecondLifetimeFormula(BaseCase):
    @QUICK
    @given(
        st.floats(-1e6, 1e6), st.floats(0, 1), st.floats(0, 1), st.sampled_from([0, 0.001, 0.1, 1]), st.integers(0, 20)
    )
    def test_closed_form_like_a_loop(self, margin, recaptured, retention, discount, years):
        total = 0.0
        for year in range(years):
            total += margin * recaptured * retention**year / (1 + discount) ** year
        found = second_lifetime.second_lifetime_value(margin, recaptured, retention, discount, years)
        self.assertAlmostEqual(found, max(total, 0), delta=1e-6 * max(1, abs(total)))

    def test_what_cannot_be(self):
        for terms in ((1.1, 0, 1), (-0.1, 0, 1), (0.5, -0.1, 1), (0.5, 0, -1)):
            with self.assertRaises(ValueError):
                second_lifetime.years_kept(*terms)
        with self.assertRaises(ValueError):
            second_lifetime.second_lifetime_value(1, 2, 0, 0, 1)


@tagged("post_install", "-at_install")
class TestLossRights(LossCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.make_company("Abroad", "EUR")
        cls.make_policy(["revenue"], dormant_days=DORMANT, lost_days=LOST, company=cls.abroad)
        cls.order(cls.gone, cls.left, 50, company=cls.abroad)
        cls.find()
        cls.run_policy(policy=cls.Policy._get_active(cls.abroad))
        cls.Loss.with_company(cls.abroad)._refresh(cls.abroad, AS_OF)
        home = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.user = new_test_user(cls.env, "loss_user", "customer_value.group_customer_value_user", **home)
        cls.manager = new_test_user(cls.env, "loss_manager", "customer_value.group_customer_value_manager", **home)
        cls.nobody = new_test_user(cls.env, "loss_nobody", "sales_team.group_sale_salesman", **home)

    def test_reads_his_companies(self):
        self.assertEqual(len(self.Loss.search([("partner_id", "=", self.gone.id)])), 2)
        self.env.invalidate_all()
        for user in (self.user, self.manager):
            found = self.Loss.with_user(user).search([])
            self.assertEqual(found.company_id, self.company)
            self.assertTrue(found.explanation)
            self.assertGreaterEqual(found.second_lifetime_value, found.offer_cost)
        with self.assertRaises(AccessError):
            self.Loss.with_user(self.nobody).search([])
        self.gone.company_id = self.abroad
        self.env.invalidate_all()
        self.assertFalse(self.Loss.with_user(self.user).search([]), "a partner the user may not see")

    def test_two_companies(self):
        both = self.Loss.search([("partner_id", "=", self.gone.id)])
        self.assertEqual({loss.company_id: loss.margin for loss in both}, {self.company: 600, self.abroad: 50})
        with self.assertRaisesRegex(UserError, "several companies"):
            both.action_start_campaign()

    def test_nobody_writes(self):
        loss = self.loss()
        for user in (self.user, self.manager):
            for change in (lambda own: own.write({"margin": 9}), lambda own: own.unlink()):
                with self.assertRaises(AccessError):
                    change(loss.with_user(user))
        with self.assertRaises(AccessError):
            self.Loss.with_user(self.user).action_refresh()
        action = self.Loss.with_user(self.manager).with_company(self.company).action_refresh()
        self.assertEqual(action["params"]["type"], "success")

    def test_merged(self):
        """Odoo's merge of two lost customers leaves one row."""
        other = self.customer("Same")
        self.order(other, self.left, 10)
        self.find()
        merge = self.env["base.partner.merge.automatic.wizard"].create(
            {"partner_ids": [Command.set((self.gone + other).ids)], "dst_partner_id": self.gone.id}
        )
        merge.action_merge()
        self.assertEqual(len(self.loss()), 1)


@tagged("post_install", "-at_install")
class TestLossTills(TillCase):
    def test_who_came_back_to_a_till_came_back(self):
        """Of two who stayed away for longer than the limit one bought at a till, and another one never left it."""
        back, gone, steady = self.customers(3)
        days = [AS_OF - timedelta(days=number) for number in (1000, 700, 500)]
        for partner in (back, gone):
            self.order(partner, days[0])
        self.sold(back, days[1])
        self.sold(back, days[2])
        for number in range(1000, 0, -100):
            self.sold(steady, AS_OF - timedelta(days=number))
        self.env.flush_all()
        self.company._learn_win_back(Scope.make(self.company, AS_OF, 12), LOST)
        self.assertRecordValues(
            self.company,
            [
                {
                    # 1000 to 700 and 700 to 500 days ago, and for good
                    "retention_win_back_losses": 3,
                    "retention_win_back_learnt_share": 66.67,
                    "retention_win_back_returns": 2,
                    "retention_win_back_learnt_retention": 50,
                }
            ],
        )

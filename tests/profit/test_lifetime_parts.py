"""The parts of lifetime values on random documents in several currencies: each is what its documents come to, and they
add up to the cent.
"""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ...analytics.lifetime.amounts import GammaGamma, MarginRate
from ...analytics.lifetime.purchasing import MbgNbd, discounted
from .retention_profit_case import ProfitCase

AS_OF = datetime(2025, 6, 30).date()

KINDS = ("order", "order", "order", "invoice", "credit", "ticket", "redress", "refund", "offer", "letter", "lead")

documents = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 700),
        st.sampled_from((0.0, 13.37, 40.0, 99.99, 250.0)),
        st.sampled_from(("own", "EUR", "JPY")),
    ),
    min_size=3,
    max_size=12,
)

LEARNED = {
    "mbg": [0.5, 6.0, 0.9, 1.6], "pareto": [0.5, 10.0, 0.6, 11.0], "amounts": [6.0, 3.7, 15.0], "retention": 0.8,
    "weeks": 26.0, "margin_rate": 0.4, "margin_prior": 300.0,
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestLifetimeParts(ProfitCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "retention_ticket_cost": 7.0, "retention_activity_cost": 20.0, "retention_letter_cost": 1.25,
                "retention_interest_rate": 10.0,
            }
        )  # fmt: skip
        cls.currencies = {
            "own": None,
            "EUR": cls.currency("EUR", d2023_01_01=0.5),
            "JPY": cls.currency("JPY", d2023_01_01=150.0),
        }
        cls.Value = cls.env["customer.lifetime.value"]

    def calibration(self, champion="mbg", company=None, **learned):
        return self.env["customer.lifetime.calibration"].create(
            {
                "company_id": (company or self.company).id, "as_of": AS_OF, "weeks": 26, "champion": champion,
                "learned": LEARNED | learned, "grade": "good", "results": {},
            }
        )  # fmt: skip

    def forecast(self, calibration, partners=None, as_of=AS_OF):
        Value = self.Value.sudo()
        company = calibration.company_id
        Value._store(company, as_of, calibration, Value._collect(company, as_of, partners), partners)
        self.env.invalidate_all()

    def net_margin(self, value):
        costs = (amount for amount in (value.details or {}).values() if not isinstance(amount, list))
        return value.lifetime_historical + sum(costs)

    def value(self, partner, company=None):
        company = company or self.company
        return self.Value.search([("partner_id", "=", partner.id), ("company_id", "=", company.id)])

    def happen(self, partner, kind, ago, amount, currency):
        """Let a document happen; amounts of redress, offers and leads are in company currency."""
        moment = datetime(2025, 6, 30, 3) - timedelta(days=ago)
        options = {"currency": self.currencies[currency]}
        if kind == "order":
            self.order(partner, moment, amount, cost=amount * 0.6, **options)
        elif kind == "invoice":
            self.invoice(partner, moment.date(), amount, **options)
        elif kind == "credit":
            self.credit_note(partner, moment.date(), amount / 4, **options)
        elif kind == "ticket":
            self.closed_ticket(partner, moment)
        elif kind == "redress":
            self.redress(self.closed_complaint(partner, moment), moment, amount, kind="apology")
        elif kind == "refund" and amount:
            refund = self.credit_note(partner, moment.date(), amount)
            self.redress(self.closed_complaint(partner, moment), moment, amount, move_id=refund)
        elif kind == "offer":
            self.offered(self.campaign(), partner, moment, cost=amount, is_open=False)
        elif kind == "letter":
            self.care(partner, moment.date())
        elif kind == "lead":
            self.lead(partner, amount * 20, 30.0, day=moment)

    @settings(
        derandomize=True,
        deadline=None,
        max_examples=6,
        # an example takes seconds: a smaller one is not worth the wait
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(st.lists(documents, min_size=2, max_size=4))
    def test_random_documents(self, lives):
        partners = self.customers(len(lives), "Living")
        for partner, life in zip(partners, lives, strict=True):
            for document in life:
                self.happen(partner, *document)
        self.forecast(self.calibration())
        self.check_sums()
        profits = self.env["customer.profit"].with_context(retention_from="1900-01-02", retention_to=str(AS_OF))
        for partner, life in zip(partners, lives, strict=True):
            value = self.value(partner)
            profit = profits.search([("partner_id", "=", partner.id)])
            if not value:
                # those of whom nothing was sold are no customers yet, whatever they cost
                self.assertFalse({kind for kind, *_rest in life} & {"order", "invoice", "credit"}, life)
                continue
            self.assertAlmostEqual(value.lifetime_historical, profit.profit, delta=0.0101, msg=life)
            self.assertAlmostEqual(value.lifetime_current, self.expect_current(value), delta=0.02, msg=life)
            pipeline = sum(amount * 20 * 0.3 for kind, _ago, amount, _c in life if kind == "lead")
            beyond = max(pipeline * value.margin_rate - max(value.lifetime_current, 0), 0)
            self.assertAlmostEqual(value.lifetime_potential, beyond, delta=0.011, msg=life)

    def check_sums(self):
        """In decimals, as they are stored."""
        self.env.cr.execute(
            SQL(
                """SELECT count(*), count(*) FILTER (
                              WHERE lifetime_historical + lifetime_current + lifetime_potential = lifetime_value
                                AND round(lifetime_historical, 2) = lifetime_historical
                                AND round(lifetime_current, 2) = lifetime_current
                                AND round(lifetime_potential, 2) = lifetime_potential)
                     FROM customer_lifetime_value"""
            )
        )
        count, right = self.env.cr.fetchone()
        self.assertTrue(count)
        self.assertEqual(right, count)

    def expect_current(self, value):
        """From orders read one by one."""
        orders = self.env["sale.order"].search([("partner_id", "=", value.partner_id.id), ("state", "=", "sale")])
        days = {}
        # goods for nothing are no purchase
        for order in orders.filtered("amount_untaxed"):
            day = order.date_order.date()
            days[day] = days.get(day, 0) + order.amount_untaxed / order.currency_rate
        if not days:
            return 0.0
        first, last = min(days), max(days)
        paid = [amount for amount in days.values() if amount > 0.005]
        revenue = sum(paid)
        rate = MarginRate(0.4, 300.0).expected([revenue], [self.net_margin(value)])[0]
        amount = GammaGamma(*LEARNED["amounts"]).expected([len(paid)], [revenue / len(paid) if paid else 0.0])[0]
        weeks = 24 * 365.25 / 7 / 12
        model = MbgNbd(LEARNED["mbg"])
        since = ((last - first).days / 7, (AS_OF - first).days / 7)
        orders = discounted(model, weeks, 0.1, [len(days) - 1], [since[0]], [since[1]])[0]
        return orders * amount * rate

    # -- settings and documents ----------------------------------------------------------------------------------------

    def test_what_the_policy_leaves_out(self):
        partner = self.customer()
        for kind, amount in (("order", 100.0), ("ticket", 0.0), ("redress", 13.37), ("offer", 40.0), ("letter", 0.0)):
            self.happen(partner, kind, 100, amount, "own")
        calibration = self.calibration()
        self.forecast(calibration)
        self.assertAlmostEqual(self.value(partner).lifetime_historical, 40 - 2 * 7 - 13.37 - 40 - 1.25, 2)
        self.policy.write({"lifetime_campaigns": False, "lifetime_redress": False})
        self.forecast(calibration)
        self.assertAlmostEqual(self.value(partner).lifetime_historical, 40 - 2 * 7 - 1.25, 2)
        self.check_sums()

    def test_every_line_opens_its_documents(self):
        partner = self.customer()
        for kind in ("order", "ticket", "redress", "offer", "letter", "lead"):
            self.happen(partner, kind, 100, 250.0, "own")
        self.invoice(partner, AS_OF - timedelta(days=50), 100.0)
        self.forecast(self.calibration())
        value = self.value(partner).with_user(self.manager)
        models = {
            "margin": "sale.order", "service": "helpdesk.ticket", "redress": "customer.complaint.redress",
            "campaigns": "customer.retention.member", "care": "customer.value.care", "late_payment": "account.move",
            "orders": "sale.order", "pipeline": "crm.lead",
        }  # fmt: skip
        lines = {line["code"]: line for part in value.get_reckoning() for line in part["lines"]}
        self.assertLessEqual(set(models), set(lines))
        for code, model in models.items():
            self.assertTrue(lines[code]["documents"], code)
            action = value.action_open_part(code)
            self.assertEqual(action["res_model"], model)
            # a complaint is a ticket, too
            self.assertEqual(len(self.env[model].search(action["domain"])), 2 if code == "service" else 1, code)
        with self.assertRaisesRegex(UserError, "no documents"):
            value.action_open_part("amount")

    def test_pipeline_that_is_expected_already(self):
        """The next order of a regular customer may be an open opportunity: it counts once."""
        regular, prospect = self.customers(2)
        for ago in range(20, 600, 20):
            self.happen(regular, "order", ago, 250.0, "own")
        for partner in (regular, prospect):
            self.lead(partner, 1000.0, 50.0, day=AS_OF - timedelta(days=3))
        self.forecast(self.calibration())
        regular, prospect = self.value(regular), self.value(prospect)
        self.assertGreater(regular.lifetime_current, 500.0)
        self.assertEqual(regular.lifetime_potential, 0)
        self.assertEqual(regular.details["pipeline"][1], 0)
        self.assertRecordValues(
            prospect,
            [{"lifetime_potential": 200.0, "lifetime_current": 0, "lifetime_historical": 0, "lifetime_value": 200.0}],
        )
        self.assertIn("expected in the current value", regular.get_reckoning()[2]["lines"][0]["note"])

    def test_company_without_cents(self):
        company = self.make_company("Yen", "JPY")
        partner = self.customer()
        for ago in (10, 40, 80):
            self.order(partner, datetime(2025, 6, 30, 3) - timedelta(days=ago), 3333.0, cost=1111.0, company=company)
        self.lead(partner, 99999.0, 33.0, day=AS_OF - timedelta(days=3), company=company)
        self.forecast(self.calibration(company=company, amounts=[6.0, 3.7, 1500.0]))
        value = self.value(partner, company)
        parts = (value.lifetime_historical, value.lifetime_current, value.lifetime_potential)
        self.assertEqual(value.lifetime_historical, 6666.0)
        for part in parts:
            self.assertEqual(part, round(part))
        self.assertEqual(sum(parts), value.lifetime_value)
        self.assertFalse(self.value(partner))

    def test_two_companies(self):
        """What is bought of one says nothing of the other."""
        other = self.make_company("Other", "USD")
        partner = self.customer()
        self.happen(partner, "order", 100, 250.0, "own")
        self.order(partner, datetime(2025, 5, 1, 3), 40.0, cost=10.0, company=other)
        self.forecast(self.calibration())
        self.forecast(self.calibration(company=other))
        self.assertEqual(self.value(partner).lifetime_historical, 100.0)
        self.assertEqual(self.value(partner, other).lifetime_historical, 30.0)
        self.assertEqual((self.value(partner).purchases, self.value(partner, other).purchases), (1, 1))

    def test_rules_of_thumb(self):
        """A rule that has won makes the forecast, and the probability comes from a model."""
        partner = self.customer()
        for ago in (10, 60, 300):
            self.happen(partner, "order", ago, 250.0, "own")
        self.forecast(self.calibration("same"))
        value = self.value(partner)
        # two orders in 26 weeks, for twelve months
        self.assertAlmostEqual(value.expected_orders, 2 * 365.25 / 7 / 26, 2)
        self.assertGreater(value.p_active, 0.5)
        self.assertAlmostEqual(
            value.lifetime_current, value.orders_ahead * value.order_amount * value.margin_rate, delta=0.00501
        )
        codes = [line["code"] for line in value.get_reckoning()[1]["lines"]]
        self.assertEqual(codes, ["rule", "orders", "amount", "rate"])

    def test_past_day(self):
        """What came later is not known: orders, costs and opportunities."""
        partner = self.customer()
        for ago in (10, 400):
            for kind in ("order", "offer", "lead"):
                self.happen(partner, kind, ago, 100.0, "own")
        day = AS_OF - timedelta(days=200)
        self.forecast(self.calibration(), as_of=day)
        value = self.value(partner)
        self.assertEqual(value.lifetime_historical, 40.0 - 100.0)
        self.assertEqual(value.purchases, 1)
        self.assertEqual(value.details["pipeline"][0], 0.3 * 2000 * value.margin_rate)

"""What is bought together: against an oracle that counts one by one."""

from contextlib import closing
from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odoo import Command
from odoo.exceptions import AccessError
from odoo.sql_db import db_connect
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL, mute_logger
from psycopg2 import IntegrityError

from ...models.core.progress import report_progress
from ...models.selling.customer_retention_association import PROGRESS_NAME
from ..core.value_case import AS_OF
from .association_case import AssociationCase, oracle

QUICK = settings(derandomize=True, deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@tagged("post_install", "-at_install")
class TestAssociationOracle(AssociationCase):
    """Baskets of any shape, straight into the tables: what the ORM adds to an order is tested below."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.many = cls.customers(9)
        cls.all_goods = cls.goods(*"ABCDEF")
        # one order for each customer and product, of which each example confirms some
        cls.orders = {
            (partner.id, template.id): cls.buy(partner, template) for partner in cls.many for template in cls.all_goods
        }

    def check(self, picks, **limits):
        chosen = [order.id for pair, order in self.orders.items() if pair in picks]
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE sale_order SET state = CASE WHEN id = ANY(%s) THEN 'sale' ELSE 'cancel' END"
                " WHERE company_id = %s",
                chosen,
                self.company.id,
            )
        )
        self.env.invalidate_all()
        names = {"min_customers": "customers", "min_support": "support", "min_lift": "lift", "max_products": "products"}
        names["max_basket"] = "basket"
        self.company.write({f"retention_association_{names[name]}": value for name, value in limits.items()})
        self.refresh()
        baskets = {partner.id: {item for owner, item in picks if owner == partner.id} for partner in self.many}
        self.assertRules(oracle(baskets, **limits))

    @QUICK
    @given(
        st.sets(st.tuples(st.integers(0, 8), st.integers(0, 5)), max_size=54),
        st.integers(2, 4),
        st.sampled_from([0, 11.1, 22.2, 100 / 3, 50]),
        st.sampled_from([1, 1.2, 1.5, 2]),
        st.integers(2, 6),
        st.integers(2, 6),
    )
    def test_like_the_oracle(self, picks, min_customers, min_support, min_lift, max_products, max_basket):
        self.check(
            {(self.many[one].id, self.all_goods[other].id) for one, other in picks},
            min_customers=min_customers,
            min_support=min_support,
            min_lift=min_lift,
            max_products=max_products,
            max_basket=max_basket,
        )

    def bought(self, **baskets):
        """Picks by letters: ``A=(0, 1)``: customers 0 and 1 bought product A."""
        index = dict(zip("ABCDEF", self.all_goods, strict=True))
        return {(self.many[one].id, index[letter].id) for letter, owners in baskets.items() for one in owners}

    def test_thresholds_exactly(self):
        """What lies on a threshold passes; what lies just above it does not."""
        # eight customers, A and B by four each, together by three: support 37.5 %, lift 3 * 8 / 16 = 1.5
        picks = self.bought(A=(0, 1, 2, 3), B=(0, 1, 2, 4), C=(5, 6, 7))
        for limits, pairs in (
            ({"min_customers": 3}, 2),
            ({"min_customers": 4}, 0),
            ({"min_support": 37.5}, 2),
            ({"min_support": 37.51}, 0),
            ({"min_lift": 1.5}, 2),
            ({"min_lift": 1.51}, 0),
        ):
            with self.subTest(limits=limits):
                self.check(picks, **{"min_customers": 2, "min_support": 0, "min_lift": 1} | limits)
                self.assertEqual(len(self.rules()), pairs)

    def test_who_buys_everything(self):
        """A customer who buys everything is no evidence, and is not counted at all."""
        picks = self.bought(A=(0, 1, 2, 8), B=(0, 1, 3, 8), C=(2, 3, 8), D=(4, 5, 8))
        self.check(picks, max_basket=3)
        rule = self.Association.search([], limit=1)
        self.assertEqual((rule.population, rule.antecedent_customers), (6, 3))

    def test_only_changes_are_written(self):
        picks = self.bought(A=(0, 1, 2), B=(0, 1, 3), C=(4, 5), D=(4, 5))
        self.check(picks)
        before = self.rows("customer_retention_association")
        self.assertEqual(len(before), 4)
        counts = self.refresh(date(2025, 7, 1))
        self.assertEqual(counts, {"added": 0, "changed": 0, "removed": 0, "total": 4})
        self.assertEqual(self.rows("customer_retention_association"), before)
        # the population is part of every row
        self.check(picks | self.bought(E=(6,)))
        self.assertFalse({row[:2] for row in before} & {row[:2] for row in self.rows("customer_retention_association")})
        self.check(picks - self.bought(D=(4,)))
        self.assertEqual(len(self.rules()), 2)

    def test_query_count(self):
        """As many queries for twice as many customers."""
        counts = []
        for owners in (range(2), range(8)):
            self.check(self.bought(A=owners, B=owners))
            counts.append(self.count_queries(self.refresh))
        self.assertEqual(*counts)
        self.assertLessEqual(counts[0], 30)


@tagged("post_install", "-at_install")
class TestAssociation(AssociationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.desk, cls.chair, cls.lamp = cls.goods("Desk", "Chair", "Lamp")
        cls.one, cls.two, cls.three, cls.other = cls.customers(4)

    def pair(self, desk=None, chair=None):
        return self.rules().get(((desk or self.desk).id, (chair or self.chair).id))

    def both(self, **options):
        for partner in (self.one, self.two):
            self.buy(partner, self.desk, self.chair, **options)
        self.buy(self.three, self.lamp)

    def test_words(self):
        self.both()
        self.refresh()
        rule = self.Association.search([("antecedent_id", "=", self.desk.id)])
        self.assertRecordValues(
            rule,
            [
                {
                    "consequent_id": self.chair.id,
                    "customers": 2,
                    "antecedent_customers": 2,
                    "population": 3,
                    "lacking": 0,
                    "expected_margin": 40,
                    "as_of": AS_OF,
                    "display_name": "Desk → Chair",
                }
            ],
        )

    def test_heat_map(self):
        self.both()
        self.refresh()
        with self.reading_only():
            heat = self.Association.get_heat_map()
        self.assertEqual({product["name"] for product in heat["products"]}, {"Desk", "Chair"})
        self.assertEqual({(cell["from"], cell["to"]) for cell in heat["cells"]}, set(self.rules()))
        self.assertEqual(len(self.Association.get_heat_map(limit=1)["products"]), 1)
        self.assertFalse(self.Association.with_company(self.make_company("Abroad", "EUR")).get_heat_map()["cells"])

    def test_baskets_of_customers(self):
        """Not of orders, nor of contacts: what the company buys through any of them, at any time of the window."""
        for partner in (self.one, self.two):
            contact = self.customer("Contact", parent_id=partner.id)
            self.buy(contact, self.desk, day="2024-07-01")
            self.buy(partner, self.chair)
        self.refresh()
        self.assertEqual(self.pair()[0], 2)

    def test_window(self):
        self.both(day="2024-06-30")
        self.refresh()
        self.assertFalse(self.rules())
        self.refresh(date(2024, 6, 29))
        self.assertFalse(self.rules(), "not ordered yet")
        for day in (date(2025, 6, 29), date(2024, 6, 30)):
            self.refresh(day)
            self.assertEqual(self.pair()[0], 2, day)
        self.company.retention_association_months = 13
        self.refresh()
        self.assertEqual(self.pair()[0], 2)

    def test_variants_are_one(self):
        colors = [Command.create({"name": name}) for name in ("Red", "Blue")]
        attribute = self.env["product.attribute"].create({"name": "Color", "value_ids": colors})
        sofa = self.env["product.template"].create(
            {
                "name": "Sofa",
                "attribute_line_ids": [
                    Command.create({"attribute_id": attribute.id, "value_ids": [Command.set(attribute.value_ids.ids)]})
                ],
            }
        )
        for partner, variant in zip((self.one, self.two), sofa.product_variant_ids, strict=True):
            self.order(partner, lines=[{"product_id": variant.id}, {"product_id": self.chair.product_variant_id.id}])
        self.order(self.one, lines=[{"product_id": sofa.product_variant_ids[1].id}])
        self.refresh()
        self.assertEqual(self.pair(sofa)[0], 2)
        self.assertEqual(self.Association.search([("antecedent_id", "=", sofa.id)]).antecedent_customers, 2)

    def test_what_does_not_count(self):
        """Quotations, services, what was given for nothing, notes, and products that are not sold any more."""
        self.both()
        for partner in (self.one, self.two):
            self.buy(partner, self.lamp, confirm=False)
            self.order(
                partner,
                lines=[
                    {"product_id": self.service.id, "price_unit": 10},
                    {"product_id": self.lamp.product_variant_id.id, "price_unit": 0},
                    {"display_type": "line_note", "product_id": False, "name": "Thanks", "product_uom_qty": 0},
                ],
            )
        self.refresh()
        self.assertEqual(set(self.rules()), {(self.desk.id, self.chair.id), (self.chair.id, self.desk.id)})
        for values in ({"active": False}, {"sale_ok": False}, {"type": "service"}):
            with self.subTest(values=values), self.env.cr.savepoint() as savepoint:
                self.chair.write(values)
                self.refresh()
                self.assertFalse(self.rules())
                savepoint.rollback()
                self.env.invalidate_all()

    def test_a_combo_is_no_discovery(self):
        """Whoever buys a combo gets its parts, which alone are told what goes with them."""
        self.both()
        parts = self.goods("First Part", "Second Part")
        combos = self.env["product.combo"].create(
            [
                {"name": part.name, "combo_item_ids": [Command.create({"product_id": part.product_variant_id.id})]}
                for part in parts
            ]
        )
        [whole] = self.goods("Whole", type="combo", combo_ids=[Command.set(combos.ids)])
        for partner in (self.one, self.two):
            order = self.order(partner, lines=[{"product_id": whole.product_variant_id.id}], confirm=False)
            head = order.order_line
            self.env["sale.order.line"].create(
                [
                    {
                        "order_id": order.id,
                        "product_id": item.product_id.id,
                        "combo_item_id": item.id,
                        "linked_line_id": head.id,
                    }
                    for item in combos.combo_item_ids
                ]
            )
            order.action_confirm()
            order.date_order = f"{AS_OF} 12:00:00"
        self.refresh()
        known = {template_id for pair in self.rules() for template_id in pair}
        self.assertEqual(known, {*(self.desk | self.chair | parts).ids})

    def test_down_payments_and_rewards(self):
        self.both()
        reward = self.env["loyalty.reward"].create(
            {"program_id": self.env["loyalty.program"].create({"name": "Present"}).id}
        )
        for partner in (self.one, self.two):
            self.buy(partner, self.lamp).order_line.is_downpayment = True
            self.buy(partner, self.lamp).order_line.reward_id = reward
        self.refresh()
        self.assertFalse(self.pair(self.lamp))

    def test_returns(self):
        """What was credited in full was not bought; a goodwill credit does not undo a purchase."""
        orders = [self.buy(partner, self.desk) for partner in (self.one, self.two)]
        for partner in (self.one, self.two):
            self.buy(partner, self.chair)
        product = {"product_id": self.desk.product_variant_id.id}
        self.credit_note(self.one, AS_OF, order=orders[0], lines=[product | {"price_unit": 40}])
        self.refresh()
        self.assertEqual(self.pair()[0], 2)
        [margin] = set(self.Association.search([("consequent_id", "=", self.desk.id)]).mapped("expected_margin"))
        self.assertEqual(margin, 32, "half way between 40 and 60% of it")
        self.credit_note(self.one, AS_OF, order=orders[0], lines=[product | {"price_unit": 60}])
        self.refresh()
        self.assertFalse(self.rules())
        self.refresh(date(2025, 6, 29))
        self.assertFalse(self.rules(), "no customer had ordered yet")
        # bought again and kept
        self.buy(self.one, self.desk)
        self.refresh()
        self.assertEqual(self.pair()[0], 2)

    def test_credit_after_the_day(self):
        order = self.buy(self.one, self.desk, day="2025-06-01")
        self.buy(self.two, self.desk)
        for partner in (self.one, self.two):
            self.buy(partner, self.chair, day="2025-06-01")
        self.buy(self.three, self.lamp)
        self.credit_note(self.one, "2025-07-10", order=order, lines=[{"product_id": self.desk.product_variant_id.id}])
        self.refresh()
        self.assertEqual(self.pair()[0], 2)
        self.refresh(date(2025, 7, 10))
        self.assertFalse(self.pair())

    def test_currencies(self):
        """The rate has changed between order and return: it was returned in full nonetheless."""
        euro = self.currency("EUR", d2025_01_01=0.5, d2025_06_29=0.9)
        order = self.buy(self.one, self.desk, day="2025-03-01", currency=euro)
        self.buy(self.two, self.desk, day="2025-03-01", currency=euro)
        for partner in (self.one, self.two):
            self.buy(partner, self.chair)
        self.refresh()
        self.assertEqual(self.pair()[0], 2)
        # 100 less 60 in euro, two dollars to the euro
        margin = self.Association.search([("consequent_id", "=", self.desk.id)]).expected_margin
        self.assertEqual(margin, 2 * sum(order.order_line.mapped("margin")))
        self.credit_note(
            self.one,
            AS_OF,
            order=order,
            currency=euro,
            lines=[{"product_id": self.desk.product_variant_id.id, "price_unit": 100}],
        )
        self.refresh()
        self.assertFalse(self.rules())

    def test_two_companies(self):
        self.both()
        abroad = self.make_company("Abroad", "EUR")
        abroad.write({"retention_association_customers": 2, "retention_association_lift": 1})
        for partner in (self.one, self.two, self.three):
            self.buy(partner, self.desk, self.lamp, company=abroad)
        for company in (self.company, abroad):
            self.refresh(company=company)
        pairs = {(self.desk.id, self.lamp.id), (self.lamp.id, self.desk.id)}
        self.assertEqual(set(self.rules(abroad)), pairs)
        self.assertEqual(set(self.rules()), {(self.desk.id, self.chair.id), (self.chair.id, self.desk.id)})
        self.owned_by(self.company, self.lamp)
        self.refresh(company=abroad)
        self.assertFalse(self.rules(abroad), "of another company")
        rows = self.rows("customer_retention_association")
        abroad_rules = self.Association.search([("company_id", "=", abroad.id)])
        self.assertFalse(abroad_rules)
        self.assertEqual(len(rows), 2)

    def test_branch_sells_what_is_of_the_company_above(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.assertEqual(set(branch._get_product_companies()), {self.company.id, branch.id})
        self.assertEqual(self.company._get_product_companies(), self.company.ids)

    def test_own_people_are_no_customers(self):
        self.both()
        colleague = new_test_user(self.env, "association_colleague", "base.group_user")
        self.buy(colleague.partner_id, self.desk)
        # between its own companies goods are moved, not sold
        inside = self.buy(self.other, self.desk)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET partner_id = %(own)s, value_customer_id = %(own)s WHERE id = %(order)s",
            {"own": self.company.partner_id.id, "order": inside.id},
        )
        self.refresh()
        self.assertEqual(self.Association.search([], limit=1).population, 3)

    def test_job(self):
        """Each company by itself, as of today: what is long past is not found."""
        self.both()
        self.refresh()
        self.assertTrue(self.rules())
        with self.enter_registry_test_mode():
            self.env.ref("customer_value.cron_retention_association").method_direct_trigger()
        self.assertFalse(self.rules())

    def test_settings(self):
        for name, value in (("customers", 1), ("lift", 0.9), ("support", 101), ("months", 0), ("basket", 2001)):
            with self.subTest(name=name), self.assertRaises(IntegrityError), self.env.cr.savepoint():
                with mute_logger("odoo.sql_db"):
                    self.company[f"retention_association_{name}"] = value
                    self.env.flush_all()
        settings_form = self.env["res.config.settings"].create({"retention_association_lift": 3})
        settings_form.execute()
        self.assertEqual(self.company.retention_association_lift, 3)

    def test_company_is_deleted(self):
        self.both()
        self.refresh()
        self.company._unlink_retention_associations()
        self.assertFalse(self.rules())


@tagged("post_install", "-at_install")
class TestAssociationRights(AssociationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.abroad = cls.make_company("Abroad", "EUR")
        cls.desk, cls.chair = cls.goods("Desk", "Chair")
        for company in (cls.company, cls.abroad):
            company.write({"retention_association_customers": 2, "retention_association_lift": 1})
            for partner in cls.customers(2):
                cls.buy(partner, cls.desk, cls.chair, company=company)
            cls.Association._refresh(company, AS_OF)
        home = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        cls.user = new_test_user(cls.env, "association_user", "customer_value.group_customer_value_user", **home)
        cls.manager = new_test_user(cls.env, "association_mgr", "customer_value.group_customer_value_manager", **home)
        cls.nobody = new_test_user(cls.env, "association_nobody", "sales_team.group_sale_salesman", **home)

    def test_reads_his_companies(self):
        self.env.invalidate_all()
        for user in (self.user, self.manager):
            found = self.Association.with_user(user).search([])
            self.assertEqual(found.company_id, self.company)
            self.assertEqual(len(found), 2)
            self.assertTrue(found[0].display_name)
        with self.assertRaises(AccessError):
            self.Association.with_user(self.nobody).search([])

    def test_nobody_writes(self):
        rule = self.Association.search([], limit=1)
        for user in (self.user, self.manager):
            for change in (lambda own: own.write({"lift": 9}), lambda own: own.unlink(), lambda own: own.copy()):
                with self.assertRaises(AccessError):
                    change(rule.with_user(user))

    def test_managers_refresh(self):
        with self.assertRaises(AccessError):
            self.Association.with_user(self.user).action_refresh()
        action = self.Association.with_user(self.manager).with_company(self.company).action_refresh()
        self.assertEqual(action["tag"], "display_notification")
        self.assertFalse(self.rules(), "no customer has bought anything in the last months")
        self.assertTrue(self.rules(self.abroad), "of another company")
        with self.assertRaises(AccessError):
            self.Association.with_user(self.nobody).get_progress()
        with closing(db_connect(self.env.cr.dbname).cursor()) as other:
            report_progress(other, PROGRESS_NAME, self.company.id, "count", 40)
            self.env.cr.execute("SELECT pg_stat_clear_snapshot()")
            progress = self.Association.with_user(self.user).with_company(self.company).get_progress()
        self.assertEqual(progress, {"step": "Analyzing products bought together", "percent": 40})

    def test_managers_make_campaigns(self):
        rule = self.Association.search([("company_id", "=", self.company.id)], limit=1)
        with self.assertRaises(AccessError):
            rule.with_user(self.user).action_make_campaign()
        with self.assertRaises(AccessError):
            self.Association.search([("company_id", "=", self.abroad.id)], limit=1).with_user(
                self.manager
            ).action_view_lacking()

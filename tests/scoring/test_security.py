"""Who may see and do what, in two companies."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..core.value_case import AS_OF, ONE_TO_ONE, ValueCase

CONFIGURATION = ("policy", "dimension", "band", "gate", "tier", "grid.cell", "segment")

RESULTS = ("score", "history")

MODELS = (*CONFIGURATION, *RESULTS, "run", "run.move")

OPERATIONS = ("read", "write", "create", "unlink")

PARTNER_FIELDS = (
    "value_score_id", "value_score", "value_score_change", "value_tier_id", "value_segment_id", "value_abc_class",
    "value_lifecycle", "value_influence",
)  # fmt: skip


class SecurityCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.make_company("Sister Company", "EUR")
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.other_policy = cls.make_policy(ONE_TO_ONE, company=cls.other)
        cls.partner = cls.customer("Shared")
        cls.contact = cls.customer("Contact", parent_id=cls.partner.id)
        cls.theirs = cls.customer("Theirs alone", company_id=cls.other.id)
        cls.invoice(cls.partner, amount=50)
        cls.order(cls.partner, amount=50)
        for partner in (cls.partner, cls.theirs):
            cls.invoice(partner, amount=90, company=cls.other)
        for policy in (cls.policy, cls.other_policy):
            policy._run(as_of=AS_OF, simulate=True)
            policy._run(as_of=AS_OF)
            for metric, model, values in (
                (
                    "influence",
                    "dimension",
                    {"weight": 0.0, "scale": "bands", "band_ids": [Command.create({"from_value": 1, "points": 9})]},
                ),
                ("revenue", "gate", {"value": 10**6, "tier_id": policy.tier_ids[0].id}),
            ):
                cls.env[f"customer.value.{model}"].create({"policy_id": policy.id, "metric": metric} | values)
            cls.env["customer.value.grid.cell"].create(
                {"policy_id": policy.id, "tier_id": policy.tier_ids[0].id, "x_from": 0, "y_from": 0}
            )
        cls.users = {
            role: new_test_user(
                cls.env, f"value_{role}", groups, company_id=cls.company.id, company_ids=[Command.set(cls.company.ids)]
            )
            for role, groups in {
                "employee": "base.group_user",
                "seller": "base.group_user,sales_team.group_sale_manager,account.group_account_invoice",
                "user": "sales_team.group_sale_salesman_all_leads,customer_value.group_customer_value_user",
                "manager": "base.group_user,customer_value.group_customer_value_manager",
                "portal": "base.group_portal",
            }.items()
        }
        cls.users["public"] = cls.env.ref("base.public_user")
        cls.env.invalidate_all()

    def as_role(self, role, records, companies=None):
        """``records`` as somebody in that role sees them, with our company switched on unless told.

        The public user has a company of their own.
        """
        user = self.users[role]
        companies = companies or (user.company_ids if role == "public" else self.company)
        return records.with_user(user).with_context(allowed_company_ids=companies.ids)

    def model(self, name, role, companies=None):
        return self.as_role(role, self.env[f"customer.value.{name}"], companies)


@tagged("post_install", "-at_install")
class TestAccess(SecurityCase):
    def test_rights_of_each_role_on_each_model(self):
        nothing = dict.fromkeys(MODELS, ())
        expected = {
            "employee": nothing,
            "seller": nothing,
            "portal": nothing,
            "public": nothing,
            "user": nothing | dict.fromkeys((*CONFIGURATION, *RESULTS), ("read",)),
            "manager": dict.fromkeys((*CONFIGURATION, "run"), OPERATIONS)
            | dict.fromkeys((*RESULTS, "run.move"), ("read",)),
        }
        for role, rights in expected.items():
            for name in MODELS:
                model = self.model(name, role)
                found = tuple(operation for operation in OPERATIONS if model.has_access(operation))
                self.assertEqual(found, rights[name], f"{role}: {name}")

    def test_outsiders_read_nothing(self):
        for role in ("employee", "seller", "portal", "public"):
            for name in MODELS:
                with self.subTest(role=role, model=name):
                    record = self.env[f"customer.value.{name}"].search([("company_id", "=", self.company.id)], limit=1)
                    self.assertTrue(record, "there is something to hide")
                    with self.assertRaises(AccessError):
                        self.model(name, role).search([])
                    with self.assertRaises(AccessError):
                        self.as_role(role, record).read(["id", "company_id"])

    def test_value_user_reads_his_company_only(self):
        for role, names in (("user", (*CONFIGURATION, *RESULTS)), ("manager", MODELS)):
            for name in names:
                with self.subTest(role=role, model=name):
                    theirs = self.env[f"customer.value.{name}"].search([("company_id", "=", self.other.id)])
                    self.assertTrue(theirs, "there is something to hide")
                    found = self.model(name, role).search([])
                    self.assertEqual(found.sudo().company_id, self.company)
                    self.assertFalse(found & theirs.with_env(found.env))
                    with self.assertRaises(AccessError):
                        self.as_role(role, theirs[0]).read(["company_id"])

    def test_switched_off_company_stays_hidden(self):
        """Users of both companies see the one that they have switched on."""
        manager = self.users["manager"]
        manager.company_ids += self.other
        self.assertEqual(self.model("score", "manager").search([]).company_id, self.company)
        both = self.model("score", "manager", self.company + self.other).search([])
        self.assertEqual(both.company_id, self.company + self.other)
        self.assertEqual(self.as_role("manager", self.partner).value_score, 50)
        self.assertEqual(self.as_role("manager", self.partner, self.other).value_score, 90)

    def test_scores_of_partners_one_may_not_see(self):
        """A score follows its customer: a customer of another company is invisible, with everything about them."""
        self.order(self.customer("Moved", company_id=False))
        hidden = self.customer("Hidden")
        self.invoice(hidden, amount=20)
        self.policy._run(as_of=AS_OF)
        self.env.flush_all()
        self.env.cr.execute("UPDATE res_partner SET company_id = %s WHERE id = %s", [self.other.id, hidden.id])
        self.env.invalidate_all()
        self.assertTrue(self.score(hidden))
        for name in RESULTS:
            self.assertNotIn(hidden, self.model(name, "user").search([]).sudo().partner_id)

    def test_nobody_writes_results(self):
        score, entry = self.score(self.partner), self.history(self.partner)[0]
        for role in ("user", "manager"):
            for record, values in ((score, {"score": 100}), (entry, {"score": 100})):
                with self.subTest(role=role, record=record):
                    with self.assertRaises(UserError):
                        self.as_role(role, record).write(values)
                    with self.assertRaises(AccessError):
                        self.as_role(role, record).unlink()
        for role, name in (("manager", "score"), ("manager", "history"), ("manager", "run.move")):
            with self.assertRaises(AccessError):
                self.model(name, role).create({"partner_id": self.partner.id, "company_id": self.company.id})
        with self.assertRaises(UserError):
            entry.sudo().write({"score": 100})
        with self.assertRaises(UserError):
            entry.sudo().unlink()

    def test_value_user_decides_nothing(self):
        for record, values in (
            (self.policy, {"window_months": 1}),
            (self.policy.tier_ids[0], {"entry_score": 99}),
            (self.policy.dimension_ids[0], {"weight": 5}),
            (self.policy.segment_ids[0], {"name": "Mine"}),
        ):
            with self.assertRaises(AccessError):
                self.as_role("user", record).write(values)
        policy = self.as_role("user", self.policy)
        for action in (policy.action_new_version, policy.copy, policy.action_archive):
            with self.assertRaises(AccessError):
                action()

    def test_value_user_runs_nothing(self):
        for simulate in (True, False):
            with self.assertRaises(AccessError):
                self.as_role("user", self.policy)._run(as_of=AS_OF, simulate=simulate)
        run = self.Run.create({"policy_id": self.policy.id, "as_of": AS_OF})
        for role in ("employee", "user", "portal", "public"):
            for method in ("action_simulate", "action_apply", "get_progress", "get_matrix"):
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    getattr(self.as_role(role, run), method)()

    def test_manager_runs_without_rights_on_documents(self):
        """Managers decide on tiers; they need no access to orders and invoices."""
        with self.assertRaises(AccessError):
            self.as_role("manager", self.env["account.move"]).search([])
        self.invoice(self.partner, amount=40)
        run = self.as_role("manager", self.policy)._run(as_of=AS_OF, simulate=True)
        self.assertEqual((run.state, run.up_count, run.user_id), ("done", 1, self.users["manager"]))
        self.assertEqual(len(run.move_ids), 1)
        run.action_simulate()
        run = self.as_role("manager", self.policy)._run(as_of=AS_OF, partners=self.as_role("manager", self.partner))
        self.assertEqual(run.up_count, 1)
        self.assertEqual(self.score(self.partner).score, 90)

    def test_manager_of_one_company_leaves_the_other_alone(self):
        with self.assertRaises(AccessError):
            self.as_role("manager", self.other_policy)._run(as_of=AS_OF)
        with self.assertRaises(AccessError):
            self.model("run", "manager").create({"policy_id": self.other_policy.id})
        with self.assertRaises(AccessError):
            self.as_role("manager", self.other_policy).write({"window_months": 1})
        with self.assertRaises(AccessError):
            self.as_role("manager", self.other_policy).action_activate()
        with self.assertRaises(AccessError):
            self.model("policy", "manager").create({"name": "Foreign", "company_id": self.other.id})
        with self.assertRaises(AccessError):
            self.model("tier", "manager").create(
                {"name": "Foreign", "policy_id": self.other_policy.id, "entry_score": 99}
            )
        mine = self.model("policy", "manager").create({"name": "Mine"})
        with self.assertRaises(AccessError):
            mine.write({"company_id": self.other.id})

    def test_a_new_version_by_the_manager(self):
        action = self.as_role("manager", self.policy).action_new_version()
        draft = self.model("policy", "manager").browse(action["res_id"])
        draft.tier_ids[0].name = "Renamed"
        draft.action_activate()
        self.assertEqual(draft.state, "active")
        self.assertEqual(draft._run(as_of=AS_OF).state, "done")


@tagged("post_install", "-at_install")
class TestFields(SecurityCase):
    def test_value_fields_of_partners(self):
        for role in ("employee", "seller", "portal", "public"):
            partner = self.as_role(role, self.env["res.partner"]).browse(self.contact.id)
            known = partner.fields_get()
            for name in PARTNER_FIELDS:
                with self.subTest(role=role, field=name):
                    self.assertNotIn(name, known)
                    with self.assertRaises(AccessError):
                        partner.read([name])
                    with self.assertRaises(AccessError):
                        partner.search([(name, "!=", False)])
        for role in ("user", "manager"):
            values = self.as_role(role, self.contact).read(PARTNER_FIELDS)[0]
            self.assertEqual((values["value_score"], values["value_tier_id"][1]), (50, "Middle"))

    def test_grouping_and_sorting_give_nothing_away(self):
        Partner = self.as_role("seller", self.env["res.partner"])
        for name in ("value_tier_id", "value_abc_class"):
            with self.assertRaises(AccessError):
                Partner._read_group([("id", "=", self.partner.id)], [name], ["__count"])
        with self.assertRaises(AccessError):
            Partner.search([("id", "=", self.partner.id)], order="value_score desc")

    def test_value_fields_of_orders(self):
        order = self.env["sale.order"].search(
            [("partner_id", "=", self.partner.id), ("company_id", "=", self.company.id)]
        )
        for name in ("value_tier_id", "value_score"):
            with self.assertRaises(AccessError):
                self.as_role("seller", order).read([name])
        self.assertEqual(self.as_role("user", order).value_tier_id, self.tier("Middle", self.policy))
        with self.assertRaises(AccessError):
            self.as_role("seller", self.env["sale.order"]).search([("value_tier_id", "!=", False)])

    def test_influence_is_set_by_value_users(self):
        with self.assertRaises(AccessError):
            self.as_role("seller", self.partner).value_influence = 50
        self.users["user"].group_ids += self.env.ref("base.group_partner_manager")
        self.as_role("user", self.partner).value_influence = 50
        self.assertEqual(self.partner.value_influence, 50)

    def test_explanation_of_another_company(self):
        theirs = self.score(self.partner, self.other)
        for role in ("user", "manager", "employee", "portal"):
            for call in (
                lambda score: score.get_explanation(),
                lambda score: score.action_open_documents("revenue"),
            ):
                with self.subTest(role=role), self.assertRaises(AccessError):
                    call(self.as_role(role, theirs))

    def test_explanation_for_the_value_user(self):
        explanation = self.as_role("user", self.score(self.partner)).get_explanation()
        self.assertEqual(explanation["tier"], "Middle")
        self.assertEqual(sum(line["contribution"] for line in explanation["lines"]), explanation["score"])

    def test_bars_open_what_their_reader_may_read(self):
        """No bar is a button that ends in an error."""
        reader = self.users["manager"]
        before = self.score(self.partner).with_user(reader).get_explanation()["lines"]
        self.assertFalse([line["metric"] for line in before if line["documents"]])
        reader.group_ids += self.env.ref("sales_team.group_sale_salesman_all_leads")
        lines = self.score(self.partner).with_user(reader).get_explanation()["lines"]
        self.assertTrue([line["metric"] for line in lines if line["documents"]])

    def test_documents_keep_their_own_rules(self):
        """The list of documents opens; what is in it is for the rights on documents to say."""
        action = self.as_role("manager", self.score(self.partner)).action_open_documents("revenue")
        with self.assertRaises(AccessError):
            self.as_role("manager", self.env[action["res_model"]]).search(action["domain"])
        self.assertEqual(len(self.env[action["res_model"]].search(action["domain"])), 1)

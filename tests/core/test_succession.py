"""What is kept of customers who become others: which models act, in which order, and when none is asked."""

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .value_case import ValueCase

HOOKS = (
    "_before_merge",
    "_after_merge",
    "_before_move",
    "_after_move",
    "_before_values",
    "_after_values",
    "_before_exchange",
    "_after_exchange",
)

# From the outermost to the innermost
PARTICIPANTS = [
    "customer.retention.member",
    "customer.retention.grant",
    "customer.value.override",
    "customer.value.pricelist",
    "customer.value.grant",
    "customer.value.membership",
    "customer.value.care",
    "customer.wallet",
    "customer.referral.value",
    "customer.value.fact",
    "customer.acquisition.origin",
    "customer.value.advice",
    "customer.complaint.followup",
    "customer.former.customer",
    "customer.former.number",
    "helpdesk.ticket",
    "customer.contact",
    "customer.duplicate",
]


@tagged("post_install", "-at_install")
class TestSuccession(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.firm, cls.other = cls.customer("Firm", is_company=True), cls.customer("Other", is_company=True)
        cls.contact = cls.customer("Contact", parent_id=cls.firm.id)

    def setUp(self):
        super().setUp()
        self.told = []

    def listen(self):
        """Write down what participants are told from now on; they do as ever."""
        for name in PARTICIPANTS:
            for hook in HOOKS:
                self.patch(self.registry[name], hook, self.listening(name, hook, getattr(self.registry[name], hook)))

    def listening(self, name, hook, original):
        def told(model, *args):
            self.assertTrue(model.env.su, f"{name}.{hook}")
            self.told.append((hook, name))
            return original(model, *args)

        return told

    def heard(self, *hooks):
        """Names of those who were told of ``hooks``, in that order."""
        return [name for hook, name in self.told if hook in hooks]

    def test_order(self):
        self.assertEqual(list(self.env["customer.succession"]._get_names()), PARTICIPANTS)
        layers = [self.env[name]._succession_layer for name in PARTICIPANTS]
        self.assertEqual(len(set(layers)), len(layers), "no two of them lie in one layer by chance")

    def test_merge(self):
        """From the outside inwards before Odoo moves anything, from the inside outwards when all is moved."""
        self.listen()
        source, kept = self.customers(2, "Twin")
        self.env["base.partner.merge.automatic.wizard"]._merge((source | kept).ids, kept)
        self.assertFalse(source.exists())
        self.assertEqual(self.heard("_before_merge"), PARTICIPANTS)
        self.assertEqual(self.heard("_after_merge"), PARTICIPANTS[::-1])
        hooks = [hook for hook, _name in self.told if "merge" in hook]
        self.assertEqual(hooks, ["_before_merge"] * len(PARTICIPANTS) + ["_after_merge"] * len(PARTICIPANTS))

    def test_move(self):
        self.listen()
        self.contact.parent_id = self.other
        self.assertEqual(self.heard("_before_move"), PARTICIPANTS)
        self.assertEqual(self.heard("_after_move"), PARTICIPANTS[::-1])

    def test_moves(self):
        """Another company, none any more, a company of one's own."""
        for vals in (
            {"parent_id": self.other.id, "name": "Renamed"},
            {"parent_id": False},
            {"is_company": True},
        ):
            with self.subTest(vals=vals):
                self.told.clear()
                self.listen()
                self.contact.write(vals)
                self.assertEqual(len(self.heard("_before_move")), len(self.heard("_after_move")))
                self.assertIn("customer.value.grant", self.heard("_before_move"))

    def test_a_move_that_fails(self):
        """Odoo refuses it: no model acts as if it had taken place."""
        self.listen()
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.firm.parent_id = self.contact
        self.assertTrue(self.heard("_before_move"))
        self.assertFalse(self.heard("_after_move"))

    def test_what_moves_nobody(self):
        """No participant is told, and no query is made, where no customer becomes another."""
        self.listen()
        for vals in (
            {"name": "Firm, Renamed"},
            {"parent_id": self.firm.id},
            {"is_company": False},
            {"active": True},
            {"retention_opt_out": False},
        ):
            with self.subTest(vals=vals):
                self.contact.write(vals)
                self.assertFalse(self.told)
        partners = self.customers(10)
        partners.invalidate_recordset()
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        self.assertFalse(partners._get_changing_company({"name": "Same"}))
        self.assertFalse(self.env["customer.succession"]._get_followed({"name": "Same", "grade_id": False}))
        self.assertEqual(self.env.cr.sql_log_count, before)

    def test_opt_out(self):
        """It is written all the same, beside whatever else is, and only those who follow it are told."""
        self.listen()
        self.firm.write({"retention_opt_out": True, "name": "Leave Us Alone"})
        self.assertEqual(self.told, [
            ("_before_values", "customer.retention.member"),
            ("_after_values", "customer.retention.member"),
        ])  # fmt: skip
        self.assertRecordValues(self.firm, [{"retention_opt_out": True, "name": "Leave Us Alone"}])

    def test_exchange(self):
        """Layers around the one that exchanges are asked, those further inside are not."""
        self.listen()
        grants = self.env["customer.value.grant"].sudo()
        grants._exchange(self.company, self.firm, {self.firm.id: self.env["customer.value.tier"]})
        outside = PARTICIPANTS[: PARTICIPANTS.index("customer.value.grant")]
        self.assertEqual(self.heard("_before_exchange"), outside)
        self.assertEqual(self.heard("_after_exchange"), outside[::-1])

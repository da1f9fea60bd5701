"""What a write would change, in whatever form its values come, and that nothing else is written."""

from odoo import Command
from odoo.tests import tagged

from ...models.core.differing import get_differing, write_differing
from .value_case import ValueCase


@tagged("post_install", "-at_install")
class TestDiffering(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tags = cls.env["res.partner.category"].create([{"name": "One"}, {"name": "Two"}])
        cls.parent = cls.customer("Parent")
        cls.same = {
            "name": "Same",
            "parent_id": cls.parent.id,
            "is_company": True,
            "category_id": [Command.set(cls.tags.ids)],
            "value_birthday": "1980-02-29",
            "ref": False,
            "color": 3,
        }
        cls.partner = cls.customer(**cls.same)

    def test_names(self):
        others = {
            "name": "Other",
            "parent_id": False,
            "is_company": False,
            "category_id": [Command.unlink(self.tags[0].id)],
            "value_birthday": False,
            "ref": "R",
            "color": 4,
        }
        self.assertEqual(get_differing(self.partner, self.same), set())
        self.assertEqual(get_differing(self.partner, others), set(others))
        self.assertEqual(get_differing(self.partner, self.same | {"color": 4}), {"color"})
        # the same said in another way
        alike = {
            "value_birthday": self.partner.value_birthday,
            "category_id": [Command.link(self.tags[1].id), Command.set(self.tags[::-1].ids)],
            "ref": "",
            "color": 3.0,
        }
        self.assertEqual(get_differing(self.partner, alike), {"ref"}, "nothing and an empty text are two values")
        self.assertEqual(get_differing(self.partner, {}), set())

    def test_rounding(self):
        """A number is compared as it would be stored."""
        score = self.Score.new({"score": 12.34})
        self.assertFalse(get_differing(score, {"score": 12.3401}))
        self.assertTrue(get_differing(score, {"score": 12.35}))

    def test_written(self):
        """Rows of those who are as they should be stay untouched; all others are written in one go."""
        partners = self.partner | self.customers(2)
        before = {row[2]["id"]: row for row in self.rows("res_partner")}
        self.assertEqual(write_differing(partners, {"color": 3}), partners - self.partner)
        after = {row[2]["id"]: row for row in self.rows("res_partner")}
        self.assertEqual(before[self.partner.id], after[self.partner.id])
        self.assertEqual(partners.mapped("color"), [3, 3, 3])
        self.assertFalse(write_differing(partners, {"color": 3}))
        self.assertFalse(write_differing(partners.browse(), {"color": 5}))

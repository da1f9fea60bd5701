"""Managers alone compare, and each company only its own records."""

from datetime import datetime, time, timedelta

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .effect_case import DAY, EffectCase


@tagged("post_install", "-at_install")
class TestEffectRights(EffectCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.foreign = cls.make_company("Foreign Company", "USD")
        cls.boss = cls.make_user("effect_boss")
        cls.stranger = cls.make_user("effect_stranger", company=cls.foreign)
        cls.reader = cls.make_user(
            "effect_reader", "sales_team.group_sale_manager,customer_value.group_customer_value_user"
        )

    def of(self, record, user):
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def trade(self, company=None):
        partner = self.customer("Buyer")
        self.order(partner, DAY - timedelta(days=200), company=company)
        self.order(partner, DAY - timedelta(days=9), company=company)
        self.order(partner, DAY, company=company)
        return partner

    def test_roles(self):
        partner = self.trade()
        effect = self.measured()
        figure = self.figure(effect, "repeat")
        with self.assertRaises(AccessError):
            self.of(effect, self.reader).read(["name"])
        with self.assertRaises(AccessError):
            self.of(effect, self.reader).action_measure()
        with self.assertRaises(AccessError):
            self.of(figure, self.reader).action_view_after()
        with self.assertRaises(AccessError):
            self.of(self.env["res.partner"], self.reader).search(figure._get_subjects_domain("after"))
        mine = self.of(self.Effect, self.boss).create({"name": "Mine", "date": DAY, "months": "3"})
        mine.action_measure()
        self.assertEqual(self.listed(self.figure(mine, "repeat"), "after", self.boss), partner)
        for record, values in ((mine, {"measured_on": False}), (self.figure(mine, "repeat"), {"before": 9.0})):
            with self.assertRaises(AccessError):
                self.of(record, self.boss).write(values)
        mine.unlink()

    def test_two_companies(self):
        ours, theirs = self.trade(), self.trade(self.foreign)
        effect, other = self.measured(), self.measured(company=self.foreign)
        self.assertFigure(effect, "repeat", 0.0, 0.0, (1, 1), (ours, ours))
        self.assertFigure(other, "repeat", 0.0, 0.0, (1, 1), (theirs, theirs))
        figure = self.figure(effect, "repeat")
        self.assertFalse(self.of(self.Effect, self.stranger).search([("id", "=", effect.id)]))
        Partner = self.of(self.env["res.partner"], self.stranger)
        self.assertFalse(Partner.search(figure._get_subjects_domain("after")))
        figure = self.figure(other, "repeat")
        self.assertEqual(Partner.search(figure._get_subjects_domain("after")), theirs)

    def test_what_is_asked_for_is_checked(self):
        """Figures that are not there, other models and other words find nothing."""
        self.trade()
        figure = self.figure(self.measured(), "repeat")
        name = figure._name
        for asked in (
            *(f"{name}/{rest}" for rest in (f"{figure.id}/between", "0/after", "x/after", "", figure.id)),
            *(f"{model}/{figure.id}/after" for model in ("customer.effect", "res.partner", "nothing", "")),
        ):
            self.assertFalse(self.env["res.partner"].search([("value_evidence", "=", asked)]), asked)
        self.assertFalse(self.env["crm.lead"].search(figure._get_subjects_domain("after")))

    def test_lists_need_their_own_rights(self):
        """A manager who may not read opportunities sees the figure, and no button."""
        lead = self.lead(self.customer("Asking"), day=DAY)
        lead.action_set_won()
        self.set_columns(lead, date_closed=datetime.combine(DAY, time(9)))
        figure = self.figure(self.measured(), "won")
        self.assertTrue(self.of(figure, self.boss)._describe()["opens_after"])
        self.assertEqual(self.listed(figure, "after", self.boss), lead)
        outsider = self.make_user("effect_outsider", "customer_value.group_customer_value_manager")
        theirs = self.of(figure, outsider)
        self.assertEqual(theirs.after_text, "100.0%")
        self.assertFalse(theirs._describe()["opens_after"])
        with self.assertRaises(AccessError):
            theirs.action_view_after()

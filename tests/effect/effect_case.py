from datetime import date, datetime, time, timedelta

from freezegun import freeze_time
from odoo.tests import new_test_user

from ..core.value_case import ValueCase

# The day of the change, and the day on which it is measured: three months are over.
DAY = date(2025, 4, 1)
TODAY = date(2025, 8, 1)
MANAGER = "customer_value.group_customer_value_manager,sales_team.group_sale_salesman_all_leads"


class EffectCase(ValueCase):
    """A company in which something changed on ``DAY``; each test writes the documents of both windows."""

    # a browser needs a clock that goes on
    is_frozen = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.is_frozen:
            cls.enterClassContext(freeze_time(datetime.combine(TODAY, time(12))))
        cls.Effect = cls.env["customer.effect"]
        # times by the clock
        cls.company.resource_calendar_id = False

    @classmethod
    def make_user(cls, login, groups=MANAGER, company=None):
        company = company or cls.company
        return new_test_user(cls.env, login, groups, company_id=company.id, company_ids=company.ids)

    @classmethod
    def effect(cls, **values):
        """Three months from ``DAY`` on against as many days before."""
        company = values.pop("company", cls.company)
        return cls.Effect.create(
            {"name": "New way", "company_id": company.id, "date": DAY, "months": "3", "comparison": "adjacent"} | values
        )

    @classmethod
    def measured(cls, **values):
        effect = cls.effect(**values)
        cls.env.flush_all()
        effect.action_measure()
        cls.env.invalidate_all()
        return effect

    @classmethod
    def figure(cls, effect, code):
        return effect.figure_ids.filtered(lambda figure: figure.code == code)

    def listed(self, figure, side, user=None):
        """The records of the list that the button of a window opens."""
        if user:
            figure = figure.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)
        action = getattr(figure, f"action_view_{side}")()
        Model = figure.env[action["res_model"]].with_context(**action["context"])
        return Model.search(action["domain"])

    def assertFigure(self, effect, code, before, after, counts, records=None):
        """The figure on both sides, how many records it rests on, and as many, or exactly these, in the lists."""
        figure = self.figure(effect, code)
        for side, value, count in zip(("before", "after"), (before, after), counts, strict=True):
            if value is None:
                self.assertFalse(figure[f"has_{side}"], (code, side))
            else:
                self.assertTrue(figure[f"has_{side}"], (code, side))
                self.assertAlmostEqual(figure[side], value, 2, (code, side))
            self.assertEqual(figure[f"count_{side}"], count, (code, side))
            listed = self.listed(figure, side)
            self.assertEqual(len(listed), count, (code, side))
            if records is not None:
                place = ("before", "after").index(side)
                self.assertEqual(set(listed.ids), set(records[place].ids), (code, side))
        return figure

    # -- documents that are written past their workflow ----------------------------------------------------------------

    @classmethod
    def set_columns(cls, record, **values):
        cls.env.flush_all()
        for name, value in values.items():
            cls.env.cr.execute(f'UPDATE "{record._table}" SET "{name}" = %s WHERE id = %s', [value, record.id])
        record.invalidate_recordset()
        return record

    @classmethod
    def complaint(cls, partner, received, answered=None, due=None, closed=None, company=None):
        """A complaint received at a moment; due two days later unless told."""
        received = cls._moment(received)
        ticket = cls.ticket(partner, received, company, is_complaint=True)
        values = {"complaint_received_on": received}
        if closed:
            values |= {"complaint_state": "closed", "complaint_closed_on": cls._moment(closed)}
        cls.set_columns(ticket, **values)
        cls.env.cr.execute(
            """UPDATE customer_complaint_clock SET started = %s, due = %s, stopped = %s
                WHERE ticket_id = %s AND kind = 'answer'""",
            [received, due or received + timedelta(days=2), answered and cls._moment(answered), ticket.id],
        )
        cls.env["customer.complaint.clock"].invalidate_model()
        return ticket

    @classmethod
    def entry(cls, partner, day, tier, move=None, event="changed", company=None):
        """An entry of the history."""
        return cls.History.sudo().create(
            {
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
                "date": day,
                "event": event,
                "tier_id": tier.id,
                "tier_move": move,
                "score": 50.0,
            }
        )

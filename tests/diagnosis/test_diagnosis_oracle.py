"""Random faults, counted in plain Python; and grades that never fall when a record is mended."""

import random
import re
from collections import Counter
from datetime import date

from odoo.tests import tagged

from .diagnosis_case import DiagnosisCase

PILLARS = ("data", "process", "people")


@tagged("post_install", "-at_install")
class TestDiagnosisOracle(DiagnosisCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        draw = random.Random(20250701)
        cls.draw = draw
        mails = ("right@example.com", "wrong(at)example.com", "two@a.example, three@b.example", False, "x@y")
        phones = ("+1 650 253 0000", "12", False, "none")
        partners = cls.env["res.partner"]
        for number in range(24):
            partners |= cls.sound(
                f"Random {number}",
                amount=draw.randrange(1, 500),
                email=draw.choice(mails),
                phone=draw.choice(phones),
                city=draw.choice(("Springfield", False)),
                is_company=draw.random() < 0.7,
                industry_id=draw.choice((cls.industry.id, False)),
                user_id=draw.choice((*(seller.id for seller in cls.sellers), cls.sellers[0].id, False)),
            )
        cls.partners = partners
        cls.leads = cls.env["crm.lead"].union(
            *(
                cls.lead(
                    draw.choice(partners),
                    draw.choice((0.0, 100.0)),
                    user_id=draw.choice(cls.sellers).id,
                    day=date(2025, 6, 1),
                )
                for _number in range(10)
            )
        )
        for lead in cls.leads[:5]:
            lead.action_set_lost()
        cls.tickets = cls.env["helpdesk.ticket"].union(
            *(cls.ticket(draw.choice(partners), date(2025, 6, 1)) for _number in range(6))
        )
        cls.sellers[2].active = False

    def count(self):
        """:return: ``{code: (records, revenue)}`` of what is wrong, from the records alone"""
        partners = self.partners
        right = re.compile(r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s.,;<>()]{2,}$")
        open_leads = self.leads.filtered(lambda lead: lead.active)
        load = Counter(partner.user_id for partner in partners if partner.user_id)
        crowded = [user for user, number in load.items() if user.active and number > 2 * len(partners) / len(load)]
        found = {
            "no_email": [partner for partner in partners if not partner.email],
            "bad_email": [partner for partner in partners if partner.email and not right.match(partner.email)],
            "no_phone": [partner for partner in partners if not partner.phone],
            "bad_phone": [partner for partner in partners if partner.phone in ("12", "none")],
            "no_address": [partner for partner in partners if not partner.city],
            "no_industry": [partner for partner in partners if partner.is_company and not partner.industry_id],
            "no_manager": [partner for partner in partners if not partner.user_id],
            "left_customers": [partner for partner in partners if partner.user_id and not partner.user_id.active],
            "no_amount": [lead for lead in open_leads if not lead.expected_revenue],
            "left_leads": [lead for lead in open_leads if not lead.user_id.active],
            "lost_no_reason": [lead for lead in self.leads - open_leads if not lead.lost_reason_id],
            "unanswered_tickets": [ticket for ticket in self.tickets if not ticket.stage_id.closed],
        }
        revenue = {
            partner: sum(
                self.env["account.move"].search([("partner_id", "=", partner.id)]).mapped("amount_untaxed_signed")
            )
            for partner in partners
        }

        def money(records):
            return sum(
                revenue[customer]
                for customer in {record if record._name == "res.partner" else record.partner_id for record in records}
            )

        counts = {code: (len(records), money(records)) for code, records in found.items()}
        crowd = [partner for partner in partners if partner.user_id in crowded]
        return counts | {"many_customers": (len(crowded), money(crowd))}

    def test_counts(self):
        self.diagnose()
        for code, (number, amount) in self.count().items():
            with self.subTest(code):
                finding = self.finding(code)
                self.assertEqual((finding.count, round(finding.amount, 2)), (number, round(amount, 2)))
                self.assertEqual(len(self.listed(finding)), number)

    def mend(self, code, record):
        """As a user would do it; customers go to the colleague who has the fewest."""
        least = min((self.sellers[1], self.sellers[3], self.sellers[0]), key=lambda user: len(self.of_user(user)))
        closed = self.env["helpdesk.ticket.stage"].search([("closed", "=", True)], limit=1)
        reason = self.env["crm.lost.reason"].search([], limit=1) or self.env["crm.lost.reason"].create(
            {"name": "Price"}
        )
        record.write(
            {
                "no_email": {"email": "mended@example.com"},
                "bad_email": {"email": "mended@example.com"},
                "no_phone": {"phone": "+1 650 253 0000"},
                "bad_phone": {"phone": "+1 650 253 0000"},
                "no_address": {"city": "Springfield"},
                "no_industry": {"industry_id": self.industry.id},
                "no_manager": {"user_id": least.id},
                "left_customers": {"user_id": least.id},
                "left_leads": {"user_id": self.sellers[0].id},
                "no_amount": {"expected_revenue": 10.0},
                "lost_no_reason": {"lost_reason_id": reason.id},
                "unanswered_tickets": {"stage_id": closed.id},
            }[code]
        )

    def of_user(self, user):
        return self.partners.filtered(lambda partner: partner.user_id == user)

    def test_grades_never_fall(self):
        """Whatever is mended next, no score falls; when all is mended, what was random is sound."""
        mendable = ("no_email", "bad_email", "no_phone", "bad_phone", "no_address", "no_industry", "no_manager",
                    "left_customers", "left_leads", "no_amount", "lost_no_reason", "unanswered_tickets")  # fmt: skip
        before = self.diagnose()
        scores = {pillar: before[f"{pillar}_score"] for pillar in PILLARS}
        again = self.diagnose()
        self.assertEqual(
            {pillar: again[f"{pillar}_score"] for pillar in PILLARS}, scores, "the same data, the same grade"
        )
        while wrong := [code for code in mendable if self.finding(code).count]:
            code = self.draw.choice(wrong)
            for record in self.listed(self.finding(code))[:2]:
                self.mend(code, record)
            diagnosis = self.diagnose()
            for pillar in PILLARS:
                self.assertGreaterEqual(diagnosis[f"{pillar}_score"], scores[pillar] - 1e-9, f"{pillar} after {code}")
                scores[pillar] = diagnosis[f"{pillar}_score"]
        self.assertEqual(scores["data"], 100.0)

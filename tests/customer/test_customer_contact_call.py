"""Calls as a telephone system reports them: rights of its key, which way they went, whose they are, and once only."""

import json
import shlex
from datetime import datetime
from pathlib import Path

from odoo.exceptions import ConcurrencyError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from psycopg2.errors import UniqueViolation

from ..core.race_case import RaceCase
from .contact_case import USER, ContactCase

GUIDE = Path(__file__).parents[2] / "docs" / "CONTACTS.md"
ROUTE = "/customer_value/contact"
OURS, THEIRS = "02 290 34 00", "+32 2 290 34 90"


class CallCase(HttpCase, ContactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.write({"phone": "+32 2 290 34 00", "country_id": cls.env.ref("base.be").id})
        cls.viewer.partner_id.phone = "+32 475 12 34 56"
        cls.keys = {
            user: cls.env["res.users.apikeys"].with_user(user).sudo()._generate(None, "PBX", None)
            for user in (cls.viewer, cls.seller)
        }

    def post(self, user=None, key=None, **params):
        call = {"caller": THEIRS, "called": OURS, "time": "2025-06-30T14:05:00+02:00", "call_id": "c-1"}
        key = key or self.keys[user or self.viewer]
        answer = self.url_open(
            ROUTE,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": call | params}),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {key}"},
        )
        return answer.json()

    def refused(self, **params):
        with mute_logger("odoo.http"):
            answer = self.post(**params)
        return answer["error"]["data"]["message"]


@tagged("post_install", "-at_install")
class TestCustomerContactCall(CallCase):
    def test_known_customer(self):
        answer = self.post(duration=95, recording="https://pbx.example.com/c-1.mp3")["result"]
        self.assertEqual(
            answer,
            {
                "id": answer["id"],
                "new": True,
                "direction": "in",
                "customer": {"id": self.person.id, "name": self.person.display_name},
                "candidates": [],
            },
        )
        contact = self.Contact.browse(answer["id"])
        self.assertRecordValues(
            contact,
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.person.id,
                    "channel": "phone",
                    "moment": datetime(2025, 6, 30, 12, 5),
                    "recording_url": "https://pbx.example.com/c-1.mp3",
                    "call_id": "c-1",
                    "phone": "+3222903490",
                    "user_id": False,
                    "create_uid": self.viewer.id,
                }
            ],
        )
        self.assertAlmostEqual(contact.duration * 3600, 95)

    def test_once(self):
        first = self.post()["result"]
        again = self.post(duration=10)["result"]
        self.assertEqual((again["id"], again["new"]), (first["id"], False))
        other = self.post(user=self.seller)["result"]
        self.assertEqual(other["id"], first["id"], "of another key as well")
        self.assertTrue(self.post(call_id="c-2")["result"]["new"])

    def test_direction(self):
        """By which number is ours: that of the company, or of a user, whose contact it is then."""
        out = self.post(caller=OURS, called="003222903490")["result"]
        self.assertEqual((out["direction"], out["customer"]["id"]), ("out", self.person.id))
        mine = self.post(caller="0475/12.34.56", called=THEIRS, call_id="c-2")["result"]
        self.assertEqual(mine["direction"], "out")
        self.assertEqual(self.Contact.browse(mine["id"]).user_id, self.viewer)
        self.assertIn("both ours", self.refused(caller=OURS, called="0475 12 34 56", call_id="c-3"))
        self.assertIn("is ours", self.refused(caller=THEIRS, called="+32 2 111 11 11", call_id="c-4"))

    def test_extension(self):
        self.seller.partner_id.phone = "201"
        answer = self.post(called="201")["result"]
        self.assertEqual(self.Contact.browse(answer["id"]).user_id, self.seller)

    def test_several_or_none(self):
        """Nobody is taken for the customer; all candidates are listed."""
        neighbor = self.customer("Neighbor", phone="+32 2 290 34 90")
        hidden = self.make_company("Call Abroad", "USD")
        self.customer("Hidden", phone="+32 2 290 34 90", company_id=hidden.id)
        answer = self.post()["result"]
        self.assertFalse(answer["customer"])
        self.assertEqual({row["id"] for row in answer["candidates"]}, {self.person.id, neighbor.id})
        self.assertTrue(self.Contact.browse(answer["id"]).is_open)
        nobody = self.post(caller="+32 2 111 22 33", call_id="c-2")["result"]
        self.assertEqual((nobody["customer"], nobody["candidates"]), (False, []))
        self.assertEqual(self.Contact.browse(nobody["id"]).phone, "+3221112233")

    def test_same_customer_twice(self):
        self.firm.phone = "+32 2 290 34 90"
        answer = self.post()["result"]
        self.assertEqual(answer["customer"]["id"], self.firm.id, "one customer: the firm, as it may have been either")

    def test_validation(self):
        cases = {
            "caller": ({"caller": ""}, {"caller": None}, {"caller": ["x"]}, {"caller": "1" * 300}),
            "called": ({"called": "  "},),
            "time": ({"time": "yesterday"}, {"time": ""}, {"time": 17}),
            "call_id": ({"call_id": False},),
            "duration": ({"duration": -1}, {"duration": "95"}, {"duration": 10**9}, {"duration": True}),
            "recording": ({"recording": "javascript:alert(1)"}, {"recording": 7}),
            "company": ({"company": 10**8}, {"company": "x"}),
            "Unknown": ({"duraton": 95},),
        }
        for word, wrongs in cases.items():
            for wrong in wrongs:
                self.assertIn(word, self.refused(**wrong), wrong)
        self.assertFalse(self.Contact.search([("call_id", "=", "c-1")]))

    def test_keys(self):
        self.assertIn("Invalid apikey", self.refused(key="0" * 40))
        outsider = self.user("call_outsider", "base.group_user")
        key = self.env["res.users.apikeys"].with_user(outsider).sudo()._generate(None, "PBX", None)
        self.assertIn("not allowed", self.refused(key=key))

    def test_company(self):
        """A user of two companies names the one that was called; the same number of a call is another there."""
        other = self.make_company("Call Branch", "USD")
        other.partner_id.write({"phone": "+32 2 290 34 77", "country_id": self.env.ref("base.be").id})
        both = self.user("call_both", USER)
        both.company_ids += other
        key = self.env["res.users.apikeys"].with_user(both).sudo()._generate(None, "PBX", None)
        first = self.post()["result"]
        second = self.post(key=key, company=other.id, called="+32 2 290 34 77")["result"]
        self.assertTrue(second["new"])
        self.assertEqual(self.Contact.browse((first["id"], second["id"])).company_id, self.company + other)
        self.assertIn("company", self.refused(company=other.id, call_id="c-9"))

    def test_example_of_the_guide(self):
        """What the guide says to run works as it stands there."""
        text = GUIDE.read_text()
        command = text.split("```sh\ncurl ", 1)[1].split("```", 1)[0].replace("\\\n", " ")
        url, *words = shlex.split(command)
        self.assertTrue(url.endswith(ROUTE))
        options = dict(zip(words[::2], words[1::2], strict=True))
        body = json.loads(options["--json"])
        headers = {"Content-Type": "application/json"}
        name, value = options["--header"].split(": ")
        headers[name] = value.replace("$KEY", self.keys[self.viewer])
        self.company.partner_id.phone = body["params"]["called"]
        answer = self.url_open(ROUTE, data=json.dumps(body), headers=headers).json()
        self.assertTrue(answer["result"]["new"])
        shown = json.loads(text.split("```json\n", 1)[1].split("```", 1)[0])
        self.assertEqual(shown["result"].keys(), answer["result"].keys())


@tagged("post_install", "-at_install")
class TestCallRace(RaceCase):
    def setUp(self):
        super().setUp()
        env = self.open()
        self.partner_id = env.ref("base.main_company").partner_id.id
        partner = env["res.partner"].browse(self.partner_id)
        self.phone = partner.phone
        partner.phone = "+3222903411"
        env.cr.commit()
        self.addCleanup(self.clean)

    @mute_logger("odoo.models.unlink")
    def clean(self):
        self.close_all()
        env = self.open()
        env["customer.contact"].search([("call_id", "=", "race")]).unlink()
        env["res.partner"].browse(self.partner_id).phone = self.phone
        env.cr.commit()
        self.close_all()

    def test_two_at_once(self):
        told = []

        def attempt(env):
            company = env.ref("base.main_company")
            Contact = env["customer.contact"].with_context(allowed_company_ids=company.ids)
            try:
                contact, is_new = Contact._record_call(
                    "+3222903490", "+3222903411", datetime(2025, 6, 30), 0.0, False, "race"
                )
            except ConcurrencyError:
                return False
            env.cr.commit()
            told.append((contact.id, is_new))
            return True

        self.race(attempt)
        self.assertEqual(len(told), 4)
        self.assertEqual(len({number for number, _is_new in told}), 1)
        self.assertEqual(sum(is_new for _number, is_new in told), 1)

    def test_index(self):
        """Whoever goes around the lock meets the database."""
        values = {"call_id": "race", "channel": "phone", "direction": "in", "company_id": 1}
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"), self.env.cr.savepoint():
            self.env["customer.contact"].create([values, dict(values)])
            self.env.flush_all()

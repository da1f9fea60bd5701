"""Two users enter referrals at the same time that would make a circle together."""

import psycopg2
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..core.race_case import RaceCase


@tagged("post_install", "-at_install")
class TestReferralRace(RaceCase):
    def setUp(self):
        super().setUp()
        env = self.open()
        self.partners = env["res.partner"].create([{"name": f"Racing Referrer {number}"} for number in range(4)])
        env.cr.commit()
        self.addCleanup(self.remove, self.partners.ids)

    def remove(self, ids):
        env = self.open()
        env["res.partner"].browse(ids).unlink()
        env.cr.commit()
        self.close_all()

    def test_no_circle(self):
        """Each refers the next; all start from the same state, and one of them is refused however often they try."""
        ids = self.partners.ids
        turns = iter(range(len(ids)))
        places, refused = {}, []

        def attempt(env):
            place = places.setdefault(id(env), None)
            if place is None:
                place = places[id(env)] = next(turns)
            try:
                partner = env["res.partner"].browse(ids[place])
                partner.referrer_id = ids[(place + 1) % len(ids)]
                env.flush_all()
                env.cr.commit()
            except psycopg2.OperationalError:
                return False
            except ValidationError:
                env.cr.rollback()
                refused.append(place)
            return True

        with mute_logger("odoo.sql_db"):
            self.race(attempt, runners=len(ids))
        env = self.open()
        left = env["res.partner"].browse(ids).filtered("referrer_id")
        self.assertEqual(len(refused), 1)
        self.assertEqual(len(left), len(ids) - 1)

"""What one user does from several windows at once: real transactions, committed, and cleaned up afterwards."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.core.locking import LOCK_INTAKE, take_turn
from .race_case import RaceCase

NAME = "Customer Value Turn"

MOST = 5


@tagged("post_install", "-at_install")
class TestTurns(RaceCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean)

    @mute_logger("odoo.models.unlink")
    def clean(self):
        self.close_all()
        env = self.open()
        env["res.partner.category"].search([("name", "=", NAME)]).unlink()
        env.cr.commit()
        self.close_all()

    def test_no_more_than_are_allowed(self):
        """Requests that come at once see each other, though their transactions began before the others ended."""

        def attempt(env):
            count = env["res.partner.category"].search_count([("name", "=", NAME)])
            with take_turn(env.user, LOCK_INTAKE) as present:
                has_room = present["res.partner.category"].search_count([("name", "=", NAME)]) < MOST
            self.assertEqual(env["res.partner.category"].search_count([("name", "=", NAME)]), count)
            if has_room:
                env["res.partner.category"].create({"name": NAME})
            env.cr.commit()
            return not has_room

        self.race(attempt)
        self.assertEqual(self.open()["res.partner.category"].search_count([("name", "=", NAME)]), MOST)

"""Real transactions side by side: committed, so that what uses them cleans up afterwards."""

import threading

from odoo import SUPERUSER_ID, api
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase

QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True}


class RaceCase(TransactionCase):
    def setUp(self):
        super().setUp()
        self.cursors = []
        self.addCleanup(self.close_all)

    def open(self, **context):
        """An environment of the superuser in a transaction of its own."""
        cr = db_connect(self.env.cr.dbname).cursor()
        self.cursors.append(cr)
        return api.Environment(cr, SUPERUSER_ID, QUIET | context)

    def close_all(self):
        for cr in self.cursors:
            cr.rollback()
            cr.close()
        self.cursors.clear()

    def start_again(self, env):
        """A new snapshot, as Odoo takes it when a transaction could not be serialized."""
        env.cr.rollback()
        env.invalidate_all()

    def race(self, attempt, runners=4, attempts=400):
        """Let so many threads call ``attempt(env)``, each in its own transaction, until it says that it is done."""
        barrier = threading.Barrier(runners)
        failures = []

        def run(env):
            try:
                barrier.wait(timeout=30)
                for _number in range(attempts):
                    if attempt(env):
                        return
                    self.start_again(env)
                    threading.Event().wait(0.02)
                failures.append("never came to an end")
            except Exception as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=run, args=(self.open(),)) for _number in range(runners)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        self.assertFalse(failures)

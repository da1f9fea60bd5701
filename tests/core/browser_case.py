"""What the tests in a browser share."""

import unittest

from odoo.tests import HttpCase


class BrowserCase(HttpCase):
    """A browser that is not there is a failure: a test that is skipped proves nothing."""

    def browser_js(self, *args, **kwargs):
        try:
            return super().browser_js(*args, **kwargs)
        except unittest.SkipTest as skipped:
            self.fail(f"The browser could not be used: {skipped}")

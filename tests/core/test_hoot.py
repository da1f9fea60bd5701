import logging
import re

from odoo.tests import no_retry, tagged

from .browser_case import BrowserCase

SUITE = "@customer_value"


def job_id(name):
    """The id by which a suite is chosen in the address of the test page."""
    code = 0
    for char in name:
        code = ((code << 5) - code + ord(char)) & 0xFFFFFFFF
    return f"{code:08x}"


@tagged("post_install", "-at_install")
class TestHoot(BrowserCase):
    @no_retry
    def test_components(self):
        """The unit tests of the components pass, and there are some."""
        console = self._logger.getChild("browser")
        messages = []
        listener = logging.Handler()
        listener.emit = lambda record: messages.append(record.getMessage())
        console.addHandler(listener)
        self.addCleanup(console.removeHandler, listener)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={job_id(SUITE)}",
            code="",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
        passed = re.search(r"Passed (\d+) tests", "\n".join(messages))
        self.assertTrue(passed and int(passed[1]), "No unit test of a component ran")

"""What only root can install: the browser for tests, and what makes PDFs."""

import shutil

from .apt import has_font, install_on_machine
from .console import say

BROWSERS = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")


def missing():
    """The Debian packages that this machine lacks."""
    packages = []
    if not any(map(shutil.which, BROWSERS)):
        packages.append("chromium")
    if not shutil.which("wkhtmltopdf"):
        packages.append("wkhtmltopdf")
    if not has_font("zh"):
        packages += ["fontconfig", "fonts-wqy-microhei"]
    return packages


def require(log):
    """Have a browser and PDFs; raises LaunchError with the line to run where root is needed."""
    packages = missing()
    if packages:
        install_on_machine(packages, "The tests need a browser, and fonts and a program for PDFs.", log)


def advise():
    """Say what would be needed for printing."""
    packages = [name for name in missing() if name != "chromium"]
    if packages:
        say(f"To print PDFs, install: sudo apt-get install -y --no-install-recommends {' '.join(packages)}")

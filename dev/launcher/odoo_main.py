"""Runs in the virtual environment, with Odoo on PYTHONPATH, in the place of `odoo-bin`."""

import os
import sys

# The folder of this file comes first on the path, and its modules are not Odoo's.
sys.path[:] = [folder for folder in sys.path if folder != os.path.dirname(os.path.abspath(__file__))]

import odoo.cli  # noqa: E402

if __name__ == "__main__":
    sys.argv[0] = "odoo"
    odoo.cli.main()

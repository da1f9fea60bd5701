"""Whether this machine can print."""

import os

from odoo.tools.misc import find_in_path


def find_in_path_or_none(name):
    try:
        path = find_in_path(name)
    except OSError:
        return None
    return path if os.access(path, os.X_OK) else None

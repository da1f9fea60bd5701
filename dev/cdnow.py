"""CDNOW for the tools in this folder: see `tests/scoring/cdnow.py` and `cdnow_loader.py`.

They live in the addon's `tests` package, which cannot be imported outside of a test run; the modules
needed here do without its other modules, and are loaded as a package of their own.
"""

import sys
import types
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]

package = types.ModuleType("customer_value_data")
package.__path__ = [str(CHECKOUT / "tests")]
sys.modules.setdefault(package.__name__, package)

from customer_value_data.scoring import cdnow as readers  # noqa: E402
from customer_value_data.scoring.cdnow import CdnowError, Purchase, read_master, read_sample  # noqa: E402

__all__ = ["CHECKOUT", "CdnowError", "Purchase", "load_full", "read_master", "read_sample", "readers"]


def load_full(env, **options):
    """The full file into a database by set-based SQL; only where Odoo can be imported."""
    from customer_value_data.scoring import cdnow_loader

    return cdnow_loader.load_full(env, **options)

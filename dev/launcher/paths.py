"""Where the launcher keeps things, and how two checkouts stay apart."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

ADDON = "customer_value"
CHECKOUT = Path(__file__).resolve().parents[2]


def cache_root(environ=os.environ):
    """The cache directory: $CUSTOMER_VALUE_CACHE, or one in the user's cache folder."""
    if environ.get("CUSTOMER_VALUE_CACHE"):
        return Path(environ["CUSTOMER_VALUE_CACHE"]).expanduser().absolute()
    if environ.get("XDG_CACHE_HOME"):
        return Path(environ["XDG_CACHE_HOME"]).expanduser().absolute() / ADDON
    return Path.home() / ".cache" / ADDON


def checkout_key(checkout):
    """A short name for a checkout, the same whenever it lies at the same place."""
    return hashlib.sha256(str(Path(checkout).resolve()).encode()).hexdigest()[:8]


def digest(*parts):
    """A short hash of texts, bytes and the contents of files (`Path`s)."""
    sha = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else part
        data = data.encode() if isinstance(data, str) else data
        sha.update(len(data).to_bytes(8, "big"))
        sha.update(data)
    return sha.hexdigest()[:12]


def point(link, target):
    """Make `link` a link to `target`, unless it is."""
    if not link.is_symlink() or link.readlink() != target:
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(target)


@dataclass(frozen=True)
class Paths:
    """All directories of one checkout in one cache.

    What is downloaded (Odoo, Python packages, data sets) is shared by the
    checkouts; databases, file stores and configuration are of one checkout.
    """

    cache: Path
    checkout: Path

    @classmethod
    def default(cls):
        return cls(cache_root(), CHECKOUT)

    @property
    def key(self):
        return checkout_key(self.checkout)

    @property
    def own(self):
        return self.cache / "checkouts" / self.key

    # shared

    @property
    def apt(self):
        return self.cache / "apt"

    @property
    def odoo_root(self):
        return self.cache / "odoo"

    @property
    def venv(self):
        return self.cache / "venv"

    @property
    def venv_python(self):
        return self.venv / "bin" / "python"

    @property
    def cdnow(self):
        return self.cache / "cdnow"

    @property
    def journey(self):
        return self.cache / "journey"

    @property
    def stamps(self):
        return self.cache / "stamps"

    # of this checkout

    @property
    def addons(self):
        """A folder holding a link named as the addon: Odoo names an addon after
        its folder, and the checkout may be called anything."""
        return self.own / "addons"

    @property
    def logs(self):
        return self.own / "logs"

    @property
    def data(self):
        return self.own / "data"

    @property
    def dev(self):
        return self.checkout / "dev"

"""CDNOW: the purchases of a music shop's customers, from January 1997 to June 1998.

All 23,570 people who first bought in the first quarter of 1997, with each of their 69,659 purchases;
and the well-known sample of one in ten of them. Published by Peter Fader and Bruce Hardie. The files
are fetched by the set-up and are no part of this project.

Standard library only.
"""

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

MASTER_FILE = "CDNOW_master.txt"

SAMPLE_FILE = "CDNOW_sample.txt"

MASTER_COUNTS = (23570, 69659)

SAMPLE_COUNTS = (2357, 6919)

FIRST_DAY = datetime.date(1997, 1, 1)

LAST_DAY = datetime.date(1998, 6, 30)


class CdnowError(ValueError):
    """A CDNOW file is missing or not what it should be; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """One purchase: number of the customer in the full file, day, number of CDs, US cents."""

    customer: int
    date: datetime.date
    cds: int
    cents: int

    def lines(self):
        """(number of CDs, price of one in cents) pairs that add up to the purchase exactly.

        The amount rarely divides by the number of CDs: some then cost one cent more.

        >>> Purchase(4, FIRST_DAY, 2, 2933).lines()
        [(1, 1466), (1, 1467)]
        >>> Purchase(4, FIRST_DAY, 2, 2934).lines()
        [(2, 1467)]
        """
        price, dearer = divmod(self.cents, self.cds)
        pairs = [(self.cds - dearer, price), (dearer, price + 1)]
        return [pair for pair in pairs if pair[0]]


def folder(environ=None):
    """Where the files are: $CUSTOMER_VALUE_CDNOW, else the place where the set-up puts them."""
    environ = os.environ if environ is None else environ
    if environ.get("CUSTOMER_VALUE_CDNOW"):
        return Path(environ["CUSTOMER_VALUE_CDNOW"])
    if environ.get("CUSTOMER_VALUE_CACHE"):
        return Path(environ["CUSTOMER_VALUE_CACHE"]).expanduser() / "cdnow"
    cache = Path(environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "customer_value" / "cdnow"


def read_master(path=None):
    """All purchases of the full file, in its order (by customer, then by day).

    Raises CdnowError when the file is missing, malformed or incomplete.
    """
    path = Path(path or folder() / MASTER_FILE)
    lines = _lines(path)
    if lines[:1] != [["customer_id", "date", "number_of_cds", "dollar_value"]]:
        raise CdnowError(_not_cdnow(path, 1, "the heading is missing"))
    purchases = [_purchase(path, number, words) for number, words in enumerate(lines[1:], 2)]
    return _checked(path, purchases, MASTER_COUNTS)


def read_sample(path=None):
    """All purchases of the one-in-ten sample; customers have the numbers of the full file.

    Raises CdnowError when the file is missing, malformed or incomplete.
    """
    path = Path(path or folder() / SAMPLE_FILE)
    purchases = []
    for number, words in enumerate(_lines(path), 1):
        if len(words) != 5:
            raise CdnowError(_not_cdnow(path, number, f"5 columns expected, {len(words)} found"))
        purchases.append(_purchase(path, number, [words[0], *words[2:]]))
    return _checked(path, purchases, SAMPLE_COUNTS)


def _lines(path):
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as error:
        raise CdnowError(
            f"{path} is missing. `make setup` fetches it; or set CUSTOMER_VALUE_CDNOW to the folder that"
            f" has {MASTER_FILE} and {SAMPLE_FILE} (both are in the Python package lifetimes 0.11.3)."
        ) from error
    except UnicodeDecodeError as error:
        raise CdnowError(_not_cdnow(path, 1, "it is not plain text")) from error
    return [line.split() for line in text.splitlines()]


def _purchase(path, number, words):
    """The purchase on a line: customer, day as YYYYMMDD, number of CDs, dollars."""
    try:
        customer, day, cds, dollars = words
        whole, _point, cents = dollars.partition(".")
        if len(cents) != 2:
            raise ValueError(f"{dollars} is no amount with two decimals")
        purchase = Purchase(
            int(customer),
            datetime.datetime.strptime(day, "%Y%m%d").date(),
            int(cds),
            int(whole) * 100 + int(cents),
        )
        if purchase.cds < 1 or purchase.cents < 0 or not FIRST_DAY <= purchase.date <= LAST_DAY:
            raise ValueError("a value is out of range")
    except ValueError as error:
        raise CdnowError(_not_cdnow(path, number, str(error))) from error
    return purchase


def _checked(path, purchases, counts):
    found = (len({purchase.customer for purchase in purchases}), len(purchases))
    if found != counts:
        raise CdnowError(
            f"{path} holds {found[1]:,} purchases of {found[0]:,} customers instead of {counts[1]:,} of"
            f" {counts[0]:,}: it is cut short or another file. Remove it and run `make setup`."
        )
    return purchases


def _not_cdnow(path, number, why):
    return f"{path}, line {number}: {why}. Remove the file and run `make setup` to fetch it again."

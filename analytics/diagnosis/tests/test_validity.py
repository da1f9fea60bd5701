"""Numbers of which authorities say whether they are right."""

import re

import pytest

from ..validity import FREE_MAIL, MAIL, is_phone, is_tax_number


@pytest.mark.parametrize(
    ("number", "country", "right"),
    [
        ("+86 10 6552 9988", "", True),
        ("010 6552 9988", "CN", True),
        ("0086 10 6552 9988", "CN", True),
        ("010 6552 9988", "", False),
        ("+86 1", "CN", False),
        ("555", "US", False),
        ("call me", "US", False),
        ("", "US", False),
    ],
)
def test_phones(number, country, right):
    assert is_phone(number, country) is right


@pytest.mark.parametrize(
    ("number", "country", "right"),
    [
        ("DE136695976", "DE", True),
        ("DE136695978", "DE", False),
        ("136695976", "DE", True),
        # the prefix takes priority over the country of the address
        ("BE 0477.472.701", "FR", True),
        ("BE 0477.472.702", "FR", False),
        # nobody knows how numbers look there
        ("4711", "XX", True),
        ("4711", "", True),
        ("/", "DE", True),
        (" / ", "DE", True),
    ],
)
def test_tax_numbers(number, country, right):
    assert is_tax_number(number, country) is right


@pytest.mark.parametrize(
    ("address", "right"),
    [
        ("a@b.example", True),
        ("first.last+tag@mail.b.example", True),
        ("a@b", False),
        ("a b@c.example", False),
        ("a@b.example, c@d.example", False),
        ("@b.example", False),
        ("a@@b.example", False),
    ],
)
def test_mail(address, right):
    assert bool(re.match(MAIL, address)) is right


def test_free_mail_is_sorted():
    """So that nothing stands there twice."""
    assert list(FREE_MAIL) == sorted(set(FREE_MAIL))

"""Phone numbers of every country, in the notations in which the library writes its examples."""

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from analytics.core import phones

KINDS = (PhoneNumberType.FIXED_LINE, PhoneNumberType.MOBILE)
EXAMPLES = [
    (region, example)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in KINDS
    if (example := phonenumbers.example_number_for_type(region, kind))
]


def e164(example):
    return phonenumbers.format_number(example, PhoneNumberFormat.E164)


def test_there_are_examples():
    assert len({region for region, _example in EXAMPLES}) == len(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(("region", "example"), EXAMPLES)
def test_every_notation(region, example):
    expected = e164(example)
    national = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    international = phonenumbers.format_number(example, PhoneNumberFormat.INTERNATIONAL)
    assert phones.normalize(national, region) == expected
    for abroad in ("US", "BE", "CN", None):
        assert phones.normalize(international, abroad) == expected
        assert phones.normalize(expected.replace("+", "00"), abroad) == expected
        assert expected in phones.get_meanings(national, abroad)
        assert phones.get_meanings(international, abroad) == [expected]
    assert phones.get_meanings(national, region)[0] == expected


@pytest.mark.parametrize("text", ["", None, "12", "ask for Jim", "+", "+999 12345678", "0" * 40])
def test_no_number(text):
    assert phones.normalize(text, "BE") is None

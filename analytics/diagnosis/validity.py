"""Whether a phone number or a tax number can be right. No ``env``."""

import phonenumbers
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

# An address that a mail server would take: one word, an at sign, and a name with a dot. PostgreSQL and Python read this
# expression alike.
MAIL = r"^[^@\s,;<>()]+@[^@\s,;<>()]+\.[^@\s.,;<>()]{2,}$"

# Written where a customer has no tax number.
NO_TAX_NUMBER = "/"

# Addresses there say nothing about whom somebody works for.
FREE_MAIL = (
    "126.com", "139.com", "163.com", "aliyun.com", "aol.com", "foxmail.com", "free.fr", "gmail.com", "gmx.com",
    "gmx.de", "gmx.net", "googlemail.com", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net",
    "libero.it", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "orange.fr", "outlook.com",
    "proton.me", "protonmail.com", "qq.com", "sina.com", "sohu.com", "t-online.de", "wanadoo.fr", "web.de",
    "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.ru", "yeah.net",
)  # fmt: skip


def is_phone(number, country):
    """Whether a number can be called, by the plans of the world's countries.

    :param str number: in any notation
    :param str country: code of two letters, for numbers without a prefix; empty where it is not known

    >>> is_phone("+1 650 253 0000", ""), is_phone("(650) 253-0000", "US"), is_phone("12", "US"), is_phone("none", "US")
    (True, True, False, False)
    """
    try:
        # many write 00 for the plus sign, which is right from some countries only
        text = "+" + number[2:] if number.startswith("00") else number
        return phonenumbers.is_valid_number(phonenumbers.parse(text, country or None))
    except phonenumbers.NumberParseException:
        return False


def is_tax_number(number, country):
    """Whether a tax number has the form and the check digits that it has in its country.

    A number of a country whose rules are not known is taken to be right.

    :param str number: with or without the prefix of the country
    :param str country: code of two letters, or empty; a prefix of the number takes priority

    >>> is_tax_number("BE0477472701", "BE"), is_tax_number("BE0477472700", "BE"), is_tax_number("/", "BE")
    (True, False, True)
    """
    number = number.strip()
    if number == NO_TAX_NUMBER:
        return True
    known = _find_rules(number[:2]) if number[:2].isalpha() else None
    rules = known or _find_rules(country)
    if rules is None:
        return True
    try:
        rules.validate(number)
    except ValidationError:
        return False
    return True


def _find_rules(country):
    """:return: the module for tax numbers of a country, or None"""
    return get_cc_module(country.lower(), "vat") if country else None

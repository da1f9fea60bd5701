"""Phone numbers in any notation, compared in E.164. Plain functions on texts and ISO codes of countries."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

# An ending of fewer digits belongs to half the town; a whole number has as few as four, on some islands.
LEAST_DIGITS = 7
LEAST_WHOLE = 4


def get_digits(text):
    """
    >>> get_digits("02/290.34.90")
    '022903490'
    """
    return "".join(character for character in text or "" if character.isdecimal())


def normalize(text, region=None):
    """A number as the whole world writes it; numbers that nobody has been given yet count as well.

    >>> normalize("02/290.34.90", "BE"), normalize("0032 2 290 34 90", "US"), normalize("+32 2 290 34 90")
    ('+3222903490', '+3222903490', '+3222903490')
    >>> normalize("201", "BE"), normalize("ask for Jim", "BE"), normalize("02 290 34 90")
    (None, None, None)

    :param str text: as somebody has written it
    :param str region: ISO code of the country in which a national number is meant
    :return: E.164, or None where the text is no number that is possible there
    """
    text = (text or "").strip()
    if text.startswith("00"):
        # two zeros lead abroad in most countries; where they do not, no number begins with them
        return _parse(f"+{text[2:]}", None) or _parse(text, region)
    return _parse(text, region)


def _parse(text, region):
    try:
        number = phonenumbers.parse(text, region and region.upper())
    except NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        # without its area code, a local number is another one in the next town
        return None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def normalize_or_digits(text, region=None):
    """E.164; of what fits no country's numbers, such as extensions, the digits alone, and None without any.

    >>> normalize_or_digits("201", "BE"), normalize_or_digits("02 290 34 90", "BE"), normalize_or_digits("-")
    ('201', '+3222903490', None)
    """
    return normalize(text, region) or get_digits(text) or None


def get_meanings(text, region=None):
    """What somebody may mean by a number: in ``region`` first, and as customers of any other country dial it.

    >>> get_meanings("+32 2 290 34 90")
    ['+3222903490']
    >>> meant = get_meanings("02 290 34 90", "US")
    >>> "+3222903490" in meant, "+8222903490" in meant
    (True, True)

    :return: list of E.164, the likeliest first, each once
    """
    text = (text or "").strip()
    least = LEAST_DIGITS if any(character.isalpha() for character in text) else LEAST_WHOLE
    if len(get_digits(text)) < least:
        return []
    known = normalize(text, region)
    if text.startswith(("+", "00")):
        return [known] if known else []
    meanings = [known] if known else []
    meanings += filter(None, (normalize(text, other) for other in sorted(phonenumbers.SUPPORTED_REGIONS)))
    return list(dict.fromkeys(meanings))


def get_ending(text):
    """The digits by which a number is found that was written down in part, or without its country.

    >>> get_ending("290 34 90"), get_ending("0032 2 290 34 90"), get_ending("34 90")
    ('2903490', '22903490', None)
    """
    digits = get_digits(text)
    return digits[-max(LEAST_DIGITS, len(digits) - 4) :] if len(digits) >= LEAST_DIGITS else None

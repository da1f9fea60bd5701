"""Amounts of money in words.

Cheques, contracts and letters say an amount twice, in figures and in words, so that nobody can add a digit. num2words
does it for some fifty languages, but not for Chinese, where there are two ways of writing: capital numerals on
documents of payment in renminbi (壹仟元整), and ordinary ones in running text (一千美元).
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from num2words import CONVERTER_CLASSES


class Numerals(NamedTuple):
    """How Chinese writes numbers: ten digits, the powers of ten up to 1000, ten thousand and a hundred million."""

    digits: str
    powers: tuple
    wan: str
    yi: str
    minus: str
    point: str

    def say(self, number):
        """``number``, a natural one, in words."""
        if number >= 10**8:
            head, tail = divmod(number, 10**8)
            return self._join(head, self.yi, tail, 10**7)
        if number >= 10**4:
            head, tail = divmod(number, 10**4)
            return self._join(head, self.wan, tail, 10**3)
        words, gap = "", False
        for power in (3, 2, 1, 0):
            digit = number // 10**power % 10
            if digit:
                words += (self.digits[0] if gap and words else "") + self.digits[digit] + self.powers[power]
                gap = False
            else:
                gap = True
        return words or self.digits[0]

    def _join(self, head, unit, tail, full):
        """One zero stands for all that are missing between the unit and what follows it."""
        words = self.say(head) + unit
        if tail:
            words += (self.digits[0] if tail < full else "") + self.say(tail)
        return words

    def spell(self, digits):
        """Digits after the decimal point, one by one."""
        return "".join(self.digits[int(digit)] for digit in digits)


PLAIN = Numerals("零一二三四五六七八九", ("", "十", "百", "千"), "万", "亿", "负", "点")

PLAIN_TRADITIONAL = PLAIN._replace(wan="萬", yi="億", minus="負", point="點")

CAPITAL = PLAIN._replace(digits="零壹贰叁肆伍陆柒捌玖", powers=("", "拾", "佰", "仟"))

CAPITAL_TRADITIONAL = PLAIN_TRADITIONAL._replace(digits="零壹貳參肆伍陸柒捌玖", powers=CAPITAL.powers)

# What Odoo has no Chinese word for: unit and subunit of the currencies that Chinese businesses invoice in
CHINESE_UNITS = {
    "CNY": ("元", "分"),
    "USD": ("美元", "美分"),
    "EUR": ("欧元", "欧分"),
    "GBP": ("英镑", "便士"),
    "JPY": ("日元", ""),
    "HKD": ("港元", "分"),
    "TWD": ("新台币元", "分"),
    "MOP": ("澳门元", "分"),
    "SGD": ("新加坡元", "分"),
    "AUD": ("澳元", "分"),
    "CAD": ("加元", "分"),
    "CHF": ("瑞士法郎", "生丁"),
    "KRW": ("韩元", ""),
}

TRADITIONAL_UNITS = {
    "EUR": ("歐元", "歐分"),
    "GBP": ("英鎊", "便士"),
    "MOP": ("澳門元", "分"),
    "KRW": ("韓元", ""),
}


def is_chinese(lang):
    """Whether ``lang``, a code such as zh_CN, is Chinese."""
    return lang.split("_")[0].lower() == "zh"


def is_traditional(lang):
    """Whether that kind of Chinese is written in traditional characters."""
    return lang.upper().endswith(("_TW", "_HK", "_MO", "_HANT"))


def round_amount(amount, digits):
    """``amount`` as a Decimal with ``digits`` places, halves away from zero.

    :param amount: int, Decimal, str, or a float, which is taken as it is printed
    :raise ValueError: not a finite number
    """
    exact = Decimal(str(amount))
    if not exact.is_finite():
        raise ValueError(f"{amount} has no words: it is not a number.")
    # as many places as it takes: the usual 28 are too few for large amounts of some currencies
    sign, figures, exponent = exact.scaleb(digits).as_tuple()
    whole = int(Decimal((0, figures, exponent)).to_integral_value(ROUND_HALF_UP))
    return Decimal((sign, tuple(map(int, str(whole))), -digits)) if whole else Decimal(0)


def _parts(amount, digits):
    """:return: whether negative, whole units, and the places after the point as a string"""
    rounded = round_amount(amount, digits)
    whole, _point, places = f"{abs(rounded):f}".partition(".")
    return rounded < 0, int(whole), places.ljust(digits, "0")


def renminbi(amount, lang="zh_CN"):
    """An amount of CNY as on a cheque, by the rules of the People's Bank of China for filling in documents of payment.

    Of the ways that they leave open, the one that nothing can be added to: 整 closes every amount without fen, and 零
    stands wherever a place between yuan and fen is skipped.

    >>> renminbi(1234.56)
    '人民币壹仟贰佰叁拾肆元伍角陆分'
    >>> renminbi(107000.53), renminbi(16409.02)
    ('人民币壹拾万柒仟元零伍角叁分', '人民币壹万陆仟肆佰零玖元零贰分')
    >>> renminbi(-1000), renminbi(0)
    ('人民币负壹仟元整', '人民币零元整')
    """
    traditional = is_traditional(lang)
    numerals = CAPITAL_TRADITIONAL if traditional else CAPITAL
    negative, yuan, places = _parts(amount, 2)
    jiao, fen = map(int, places)
    words = "人民幣" if traditional else "人民币"
    if negative:
        words += numerals.minus
    if yuan or not (jiao or fen):
        words += numerals.say(yuan) + "元"
    if yuan and ((jiao and not yuan % 10) or (fen and not jiao)):
        words += numerals.digits[0]
    if jiao:
        words += numerals.digits[jiao] + "角"
    return words + (numerals.digits[fen] + "分" if fen else "整")


def chinese_amount(amount, currency, digits, lang="zh_CN", unit=None, subunit=None):
    """An amount in running Chinese text, with ordinary numerals.

    :param str currency: ISO code; CNY is written as on a cheque
    :param int digits: decimal places of the currency
    :param str unit: what a unit is called, for currencies that are not known here; their code stands in for it
    :param str subunit: the same for the minor unit; without one the decimals are read digit by digit

    >>> chinese_amount(1234.56, "USD", 2), chinese_amount(1050000, "JPY", 0)
    ('一千二百三十四美元五十六美分', '一百零五万日元')
    >>> chinese_amount(-0.5, "XAF", 2)
    '负零点五零 XAF'
    """
    if currency == "CNY":
        return renminbi(amount, lang)
    traditional = is_traditional(lang)
    numerals = PLAIN_TRADITIONAL if traditional else PLAIN
    known = CHINESE_UNITS | (TRADITIONAL_UNITS if traditional else {})
    unit, subunit = known.get(currency, (unit or currency, subunit or ""))
    negative, whole, places = _parts(amount, digits)

    def count(number, name):
        words = numerals.say(number)
        if words.startswith(numerals.digits[1] + numerals.powers[1]):
            # ten is 十 where a number begins, and 一十 within one
            words = words[1:]
        return words + (" " if name.isascii() else "") + name

    sign = numerals.minus if negative else ""
    if not int(places or 0):
        return sign + count(whole, unit)
    if subunit:
        return sign + (count(whole, unit) if whole else "") + count(int(places), subunit)
    return sign + count(whole, numerals.point) + numerals.spell(places) + (" " if unit.isascii() else "") + unit


# What num2words raises where a language is missing, half done, or too small for the number
UNREADABLE = (NotImplementedError, ArithmeticError, LookupError, TypeError, ValueError)


def minus_word(lang):
    """The word for *minus* in ``lang``; English where num2words does not know the language.

    >>> minus_word("de_DE"), minus_word("fr_FR"), minus_word("xx")
    ('minus', 'moins', 'minus')
    """
    converter = CONVERTER_CLASSES.get(lang) or CONVERTER_CLASSES.get(lang.split("_")[0])
    try:
        word, one, _rest = converter.to_cardinal(-1).rpartition(converter.to_cardinal(1)) if converter else ("", "", "")
    except UNREADABLE:
        one = ""
    # some languages count wrongly below zero
    return word.strip() if one else "minus"

"""Amounts in words: what the People's Bank of China published, and every other amount read back by a parser."""

from decimal import Decimal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st
from num2words import num2words
from odoo.tests import TransactionCase, tagged

from ...analytics.core import words

QUICK = settings(derandomize=True, deadline=None, max_examples=300)

# 正确填写票据和结算凭证的基本规定 (Payment and Settlement Measures, annex 1), section four. What it allows to leave out
# is written here: 整 after 角, and the first of the two forms where it gives two.
PUBLISHED = {
    "1409.50": "人民币壹仟肆佰零玖元伍角整",
    "6007.14": "人民币陆仟零柒元壹角肆分",
    "1680.32": "人民币壹仟陆佰捌拾元零叁角贰分",
    "107000.53": "人民币壹拾万柒仟元零伍角叁分",
    "16409.02": "人民币壹万陆仟肆佰零玖元零贰分",
    "325.04": "人民币叁佰贰拾伍元零肆分",
}

DIGITS = {char: index for index, char in enumerate("零壹贰叁肆伍陆柒捌玖")} | {
    char: index for index, char in enumerate("零一二三四五六七八九")
}

POWERS = {"拾": 10, "十": 10, "佰": 100, "百": 100, "仟": 1000, "千": 1000, "万": 10**4, "亿": 10**8}

cents = st.one_of(
    st.integers(-(10**6), 10**6),
    st.integers(-(10**19), 10**19),
    # many zeros, which is where words go wrong
    st.lists(st.sampled_from("0001"), min_size=1, max_size=18).map(lambda digits: int("".join(digits))),
)


def parse(text):
    """A natural number in Chinese: what stands before the last great unit is counted in it."""
    for unit in "亿万":
        head, found, tail = text.rpartition(unit)
        if found:
            return parse(head) * POWERS[unit] + parse(tail)
    total, digit = 0, None
    for char in text:
        if char in POWERS:
            # ten is also said without a one before it
            total, digit = total + (1 if digit is None else digit) * POWERS[char], None
        else:
            digit = DIGITS[char]
    return total + (digit or 0)


def parse_renminbi(text):
    """Cents of an amount as on a cheque."""
    text = text.removeprefix("人民币")
    sign = -1 if text.startswith("负") else 1
    yuan, _unit, rest = text.removeprefix("负").rpartition("元")
    total = 100 * parse(yuan) if yuan else 0
    rest = rest.strip("整").lstrip("零")
    for place, worth in (("角", 10), ("分", 1)):
        head, found, tail = rest.partition(place)
        if found:
            total, rest = total + DIGITS[head] * worth, tail
    assert not rest, rest
    return sign * total


@tagged("post_install", "-at_install")
class TestWords(TransactionCase):
    def in_words(self, amount, currency, lang):
        money = self.env["res.currency"].with_context(active_test=False).search([("name", "=", currency)])
        return money._value_amount_in_words(amount, lang)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for lang in ("zh_CN", "de_DE", "fr_FR", "vi_VN"):
            cls.env["res.lang"]._activate_lang(lang)

    def test_published_examples(self):
        for amount, expected in PUBLISHED.items():
            self.assertEqual(words.renminbi(amount), expected)
            self.assertEqual(words.renminbi(float(amount)), expected)
            self.assertEqual(parse_renminbi(expected), Decimal(amount) * 100, "the parser knows them too")

    def test_limits_of_cheques(self):
        for amount, expected in {
            0: "零元整",
            0.01: "壹分",
            0.5: "伍角整",
            10: "壹拾元整",
            200000: "贰拾万元整",
            100010000: "壹亿零壹万元整",
            100001000: "壹亿零壹仟元整",
            10**12: "壹万亿元整",
            -88.88: "负捌拾捌元捌角捌分",
            -0.004: "零元整",
            1.005: "壹元零壹分",
        }.items():
            self.assertEqual(words.renminbi(amount), f"人民币{expected}")
        self.assertEqual(words.renminbi(21345, "zh_TW"), "人民幣貳萬壹仟參佰肆拾伍元整")

    @given(cents)
    @QUICK
    def test_cheques_are_read_back(self, number):
        text = words.renminbi(Decimal(number).scaleb(-2))
        self.assertEqual(parse_renminbi(text), number, text)
        self.assertNotIn("零零", text)
        self.assertEqual(text.endswith("整"), not number % 10, "closed, unless there are fen")

    @given(st.integers(0, 10**15))
    @QUICK
    def test_running_chinese_is_read_back(self, number):
        text = words.chinese_amount(number, "JPY", 0)
        self.assertEqual(parse(text.removesuffix("日元")), number, text)

    @given(st.integers(-(10**14), 10**14))
    @QUICK
    def test_english(self, number):
        """As num2words says the whole and the cents."""
        text = self.in_words(number / 100, "USD", "en_US")
        whole, rest = divmod(abs(number), 100)
        expected = f"{num2words(whole).title()} Dollars"
        if rest:
            expected += f" and {num2words(rest).title()} Cents"
        self.assertEqual(text, f"Minus {expected}" if number < 0 else expected)

    def test_languages_and_currencies(self):
        self.assertEqual(self.in_words(1234.56, "CNY", "zh_CN"), "人民币壹仟贰佰叁拾肆元伍角陆分")
        self.assertEqual(self.in_words(1234.56, "EUR", "zh_CN"), "一千二百三十四欧元五十六欧分")
        self.assertEqual(self.in_words(12.6, "JPY", "zh_CN"), "十三日元", "there is no minor unit")
        self.assertEqual(self.in_words(12.5, "JPY", "en_US"), "Thirteen Yen")
        self.assertEqual(self.in_words(-0.5, "USD", "en_US"), "Minus Zero Dollars and Fifty Cents")
        self.assertEqual(self.in_words(-3, "EUR", "de_DE"), "Minus Drei Euros")
        self.assertIn("Mille Deux Cent", self.in_words(1234, "EUR", "fr_FR"))
        self.assertTrue(self.in_words(-1, "VND", "vi_VN").startswith("Minus "), "num2words says nineteen")

    def test_every_language_of_num2words(self):
        """None of them breaks a letter, whatever it makes of the number."""
        for lang in words.CONVERTER_CLASSES:
            self.assertTrue(words.minus_word(lang))
        self.env["res.lang"]._activate_lang("am_ET")
        self.assertTrue(self.in_words(-5.25, "USD", "am_ET").startswith("Minus "))
        with patch.object(words.CONVERTER_CLASSES["de"], "to_cardinal", side_effect=OverflowError):
            self.assertEqual(self.in_words(5, "USD", "de_DE"), "Five Dollars")

    def test_no_number(self):
        for amount in (float("nan"), float("inf")):
            with self.assertRaises(ValueError):
                self.in_words(amount, "USD", "en_US")

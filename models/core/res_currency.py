from odoo import models
from odoo.tools import get_lang

from ...analytics.core import words


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def _value_amount_in_words(self, amount, lang=None):
        """``amount`` of this currency in words, rounded as the currency is.

        Renminbi in Chinese are written as on a cheque, other currencies in Chinese with ordinary numerals; every other
        language is written as on Odoo's own documents. Where numbers of a language are not known they are in English.

        :param float amount: negative for a credit
        :param str lang: code of an installed language; the user's if not given
        :raise ValueError: ``amount`` is infinite or not a number
        """
        self.ensure_one()
        # also refuses what is no number
        rounded = words.round_amount(amount, self.decimal_places)
        lang = get_lang(self.env, lang).code
        currency = self.with_context(lang=lang)
        if words.is_chinese(lang):
            return words.chinese_amount(
                rounded,
                self.name,
                self.decimal_places,
                lang,
                currency.currency_unit_label,
                currency.currency_subunit_label,
            )
        try:
            text = currency.amount_to_text(float(abs(rounded)))
        except words.UNREADABLE:
            text = self.with_context(lang="en_US").amount_to_text(float(abs(rounded)))
        # Odoo would lose the sign of amounts smaller than one unit
        return f"{words.minus_word(lang).capitalize()} {text}" if rounded < 0 else text

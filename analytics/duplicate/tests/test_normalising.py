"""Ways of writing that mean the same."""

import pytest

from analytics.duplicate.normalising import code, mail, name_words, phone, street_words


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"),
        ("MULLER SOHNE", "muller sohne"),
        ("Acme Ltd.", "acme"),
        ("Acme Co., Ltd", "acme"),
        ("Acme S.A.R.L.", "acme"),
        ("Acme s.r.o.", "acme"),
        ("Acme Sp. z o.o.", "acme"),
        ("Acme UG (haftungsbeschränkt)", "acme"),
        ("上海华腾科技有限公司", "上海华腾科技"),
        ("上海华腾科技股份有限公司", "上海华腾科技"),
        ("華為技術有限公司 Huawei", "華為技術 huawei"),
        ("华腾Huateng", "华腾 huateng"),
        ("株式会社トヨタ", "トヨタ"),
        ("ＡＣＭＥ　Ｉｎｃ．", "acme"),
        ("O'Brien's", "obriens"),
        # where nothing else is left it is the name
        ("AG", "ag"),
        ("有限公司", "有限公司"),
        ("", ""),
        (None, ""),
    ],
)
def test_names(written, words):
    assert " ".join(name_words(written)) == words


@pytest.mark.parametrize("written", ["Hauptstraße 5", "Hauptstr. 5", "HAUPTSTRASSE 5", "Hauptstrasse, 5"])
def test_streets(written):
    assert street_words(written) == ["hauptst", "5"]


def test_general_words_of_streets():
    assert street_words("12 Kater Street") == street_words("12, kater st.")


@pytest.mark.parametrize("written", ["+49 30 1234567", "0049 30/1234567", "+49-30-1234567", "+49 (30) 123 45 67"])
def test_phones(written):
    assert phone(written) == "49301234567"


def test_codes_and_mailboxes():
    assert code(" de 123.456-789") == "DE123456789"
    assert code(None) == ""
    assert mail("Info@Acme.Example; second@acme.example") == "info@acme.example"
    assert mail("unknown") == mail("@") == mail(None) == ""

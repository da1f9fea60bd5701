"""What is left of names, addresses and numbers once the ways of writing them are taken off."""

import re
import unicodedata

# As they stand at the end of a name once dots are gone: of two or more words first.
LEGAL_FORMS = frozenset(
    """gmbh mbh ag kg ohg gbr ug haftungsbeschrankt ek ev eg se kgaa ltd limited llc llp lp plc inc incorporated corp
    corporation co company cie pty pte bhd sdn sa sas sasu sarl eurl srl srls spa snc sl slu bv nv vof bvba ab as asa oy
    oyj aps ivs sro spol spzoo kft zrt nyrt doo dooel ad eood ood lda ltda eireli sci kk gk pt tbk jsc ooo zao pvt and
    und et""".split()
)
SPELLED_FORMS = re.compile(r"(?:\s+(?:sp z o ?o|s r o|a s|d o o|e k|e v|e g|s a|s l|g m b h|b v|n v))+$")
CHINESE_FORMS = re.compile(r"(?:股份有限公司|有限责任公司|有限責任公司|有限公司|株式会社|株式會社|公司)+$")
JAPANESE_FRONT = re.compile(r"^(?:株式会社|株式會社|有限会社)")

STREETS = {
    "street": "st", "str": "st", "strasse": "st", "straat": "st", "road": "rd", "avenue": "ave", "av": "ave",
    "drive": "dr", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "boulevard": "blvd", "bd": "blvd",
    "platz": "pl", "circuit": "cct", "crescent": "cres", "close": "cl", "highway": "hwy", "suite": "ste",
}  # fmt: skip
JOINED_STREET = re.compile(r"(?<=\w\w)(?:strasse|str)$")

DOTTED = re.compile(r"\b(?:\w\.){2,}")
NO_WORD = re.compile(r"[^\w]+|_")
CHINESE = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# between a Chinese and another letter a word ends, whether or not there is a space
CHANGE_OF_SCRIPT = re.compile(rf"(?<=[{CHINESE}])(?=[^\W{CHINESE}])|(?<=[^\W{CHINESE}])(?=[{CHINESE}])")
IS_CHINESE = re.compile(rf"[{CHINESE}]")
DIGITS = re.compile(r"\D+")


def clean(text):
    """Small letters without accents, words apart by one space; full-width letters as ordinary ones."""
    text = DOTTED.sub(lambda found: found[0].replace(".", "") + " ", text or "")
    text = unicodedata.normalize("NFKC", text).casefold()
    if not text.isascii():
        text = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
        text = unicodedata.normalize("NFC", text)
        text = CHANGE_OF_SCRIPT.sub(" ", text)
    return NO_WORD.sub(" ", text.replace("'", "").replace("’", "")).strip()


def is_chinese(text):
    """Whether there are Chinese or Japanese characters in it."""
    return IS_CHINESE.search(text) is not None


def name_words(text):
    """The words of a name without its legal form, which stays where nothing else would."""
    name = clean(text)
    if IS_CHINESE.search(name):
        words = [JAPANESE_FRONT.sub("", CHINESE_FORMS.sub("", word)) or word for word in name.split()]
        name = " ".join(words)
    name = SPELLED_FORMS.sub("", name)
    words = name.split()
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return words


def street_words(text):
    """Words and numbers of a street; what a street is called in general, in one way."""
    return [STREETS.get(word) or JOINED_STREET.sub("st", word) for word in clean(text).split()]


def code(text):
    """Letters and digits of a postcode or a tax number."""
    return NO_WORD.sub("", unicodedata.normalize("NFKC", text or "")).upper()


def is_same_tax_number(one, other):
    """Whether two codes are one tax number, which may lack the two letters of its country in one of them."""
    short, long = sorted((one, other), key=len)
    return short == long or (len(long) == len(short) + 2 and long[:2].isalpha() and long[2:] == short)


def phone(text):
    """The digits of a number. One that begins with its country is known as such: +49 30 123 and 0049 30 123."""
    text = unicodedata.normalize("NFKC", text or "").strip()
    digits = DIGITS.sub("", text)
    return digits[2:] if digits.startswith("00") and not text.startswith("+") else digits


def mail(text):
    """Small letters; empty where there is no mailbox. Of several addresses the first one counts."""
    address = re.split(r"[\s,;]+", (text or "").strip().casefold())[0]
    return address if "@" in address.strip("@") else ""

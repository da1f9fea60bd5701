"""What a complaint by mail says in spite of the program that sent it: letters, senders, and whether a human wrote.

Plain functions on ``email.message.EmailMessage``, texts and addresses.
"""

import codecs
import copy
import re
from email.header import decode_header

# Programs name the small character set and use the large one: the WHATWG Encoding Standard reads these labels so, too.
SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "iso-8859-6": "cp1256",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "us-ascii": "utf-8",
}
# Tried where a text is neither in the set that it names nor in the superset of that; the last one can read anything
FALLBACKS = ("utf-8", "cp1252", "latin-1")
# Answers of machines to what we sent, by RFC 3834 and by what Microsoft and older programs write
ANSWERED_BY_MACHINE = ("auto-replied", "auto-notified")
MACHINE_PRECEDENCES = ("auto_reply", "auto-reply", "junk")
MACHINE_HEADERS = ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")
# Lists, and the customers' own systems, pass on what a human has to say
PASSED_ON_PRECEDENCES = ("bulk", "list")
LIST_HEADERS = ("List-Id", "List-Post", "Mailing-List", "X-Google-Group-Id")
NOBODY = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|nao[-_.]?responda|mailer[-_.]?daemon|noreply.*)$", re.IGNORECASE
)
ENCODED_WORD = re.compile(r"=\?([^?*\s]+)(\*[^?\s]*)?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
# The head of a forwarded mail, as the common programs write it in the languages of our users
FORWARDED_FROM = re.compile(
    r"^[>\s*]*(?:from|von|de|van|da|från|fra|od|от|发件人|發件人|寄件者|差出人|보낸\s?사람)\s*\**\s*[:：]\**\s*(.+)$",
    re.IGNORECASE | re.MULTILINE,
)
ADDRESS = re.compile(r"[^\s<>\"'(),;:\[\]]+@[^\s<>\"'(),;:\[\]]+\.[^\s<>\"'(),;:\[\]]+")


def charset_of(content, declared):
    """The character set in which ``content`` can be read without losing a letter.

    >>> charset_of("黄镕喆".encode("gbk"), "gb2312")
    'gb18030'
    >>> charset_of("“größer”".encode("cp1252"), "iso-8859-1")
    'cp1252'
    >>> charset_of("größer".encode(), "us-ascii")
    'utf-8'
    >>> charset_of("größer".encode("latin-1"), None)
    'cp1252'

    :param bytes content: the text as it came
    :param declared: what the mail says, or None
    :return: name of a codec
    """
    declared = (declared or "us-ascii").lower()
    superset = SUPERSETS.get(declared)
    names = dict.fromkeys(filter(None, (superset, declared, *FALLBACKS)))
    return next(name for name in names if _can_read(content, name))


def _can_read(content, charset):
    try:
        codecs.lookup(charset)
        content.decode(charset)
    except (LookupError, ValueError):
        return False
    return True


def needs_reading_anew(message):
    """Whether the mail names a character set that programs use for a larger one, or has a NUL in an encoded word.

    :param message: ``EmailMessage``
    """
    values = [str(value) for part in message.walk() for _name, value in part.raw_items()]
    charsets = {charset.lower() for value in values for charset, *_rest in ENCODED_WORD.findall(value)}
    for part in message.walk():
        if part.is_multipart():
            continue
        charset = (part.get_content_charset() or "us-ascii").lower()
        # most mails say us-ascii, or nothing, and are right
        if charset != "us-ascii" or not (part.get_payload(decode=True) or b"").isascii():
            charsets.add(charset)
    return bool(charsets & SUPERSETS.keys()) or any("\0" in _decode_words(value) for value in values)


def read_anew(message):
    """A copy of the mail that names the character sets in which it really is written, without NUL in its head.

    :param message: ``EmailMessage``
    :return: ``EmailMessage``
    """
    message = copy.deepcopy(message)
    for part in message.walk():
        items = [(name, _relabel_words(str(value))) for name, value in part.raw_items()]
        for name in {name.lower() for name, _value in items}:
            del part[name]
        for name, value in items:
            part.set_raw(name, value)
        if part.get_content_maintype() == "text":
            part.set_param("charset", charset_of(part.get_payload(decode=True) or b"", part.get_content_charset()))
    return message


def cut_subject(message, most):
    """Keep the beginning of a subject that is longer than ``most`` characters, as they came.

    :param message: ``EmailMessage``, which is changed
    """
    for name, value in list(message.raw_items()):
        if name.lower() == "subject" and len(str(value)) > most:
            del message[name]
            message.set_raw(name, str(value)[:most])


def without_nul(value):
    """``value`` without NUL, which no database takes; lists, tuples and dicts are looked through.

    >>> without_nul({"a": ["b\\0c"], "n": 1})
    {'a': ['bc'], 'n': 1}
    """
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {key: without_nul(item) for key, item in value.items()}
    if isinstance(value, tuple) and hasattr(value, "_make"):
        return value._make(map(without_nul, value))
    if isinstance(value, list | tuple):
        return type(value)(map(without_nul, value))
    return value


def is_answer_of_machine(headers):
    """Whether this is an absence note or the like: neither a complaint nor an answer to our question.

    >>> is_answer_of_machine({"Auto-Submitted": "auto-replied (vacation)"})
    True
    >>> is_answer_of_machine({"Precedence": "list"}), is_answer_of_machine({"Auto-Submitted": "auto-generated"})
    (False, False)

    :param headers: anything with ``get``
    """
    submitted = _word(headers, "Auto-Submitted")
    return (
        submitted in ANSWERED_BY_MACHINE
        or _word(headers, "Precedence") in MACHINE_PRECEDENCES
        or any(headers.get(name) for name in MACHINE_HEADERS)
    )


def is_passed_on(headers):
    """Whether a list or a program sent this for somebody: taken in, but not answered by a machine of ours.

    >>> is_passed_on({"List-ID": "<complaints.example.com>"}), is_passed_on({"Auto-Submitted": "auto-generated"})
    (True, True)
    >>> is_passed_on({"Auto-Submitted": "no"})
    False
    """
    present = {name.lower() for name in headers.keys()}  # noqa: SIM118 - a message iterates over its lines
    return (
        _word(headers, "Auto-Submitted") not in ("", "no")
        or _word(headers, "Precedence") in PASSED_ON_PRECEDENCES
        or any(name.lower() in present for name in LIST_HEADERS)
    )


def is_nobody(address):
    """Whether nobody reads what is sent to this address, by its name.

    >>> is_nobody("No-Reply@shop.example.com"), is_nobody("norbert@shop.example.com")
    (True, False)
    """
    return bool(NOBODY.match((address or "").partition("@")[0]))


def forwarded_senders(text):
    """Addresses in the heads of the mails that a text forwards or quotes, the outermost first.

    >>> forwarded_senders("Please handle.\\n---------- Forwarded message ---------\\nFrom: Ann <ann@example.org>\\n")
    ['ann@example.org']
    >>> forwarded_senders("> 发件人：王芳 <wang@example.cn>")
    ['wang@example.cn']
    >>> forwarded_senders("I am from: nowhere")
    []
    """
    found = [ADDRESS.search(line) for line in FORWARDED_FROM.findall(text or "")]
    return list(dict.fromkeys(match[0].strip(".").lower() for match in found if match))


def _word(headers, name):
    return str(headers.get(name) or "").split(";")[0].split("(")[0].strip().lower()


def _decode_words(value):
    """The text of a header's encoded words, for looking at."""

    def text(match):
        try:
            [(content, _charset)] = decode_header(match[0])
        except Exception:
            return match[0]
        return content.decode("latin-1") if isinstance(content, bytes) else content

    return ENCODED_WORD.sub(text, value)


def _relabel_words(value):
    """Encoded words with the character set that they are in, and without NUL."""

    def relabel(match):
        try:
            [(content, charset)] = decode_header(match[0])
        except Exception:
            return match[0]
        if isinstance(content, str):
            content = content.encode("latin-1", "replace")
        name = charset_of(content, charset)
        words = content.replace(b"\0", b"").decode(name)
        encoded = codecs.encode(words.encode(), "base64").decode().replace("\n", "")
        return f"=?utf-8?b?{encoded}?="

    return ENCODED_WORD.sub(relabel, value.replace("\0", ""))

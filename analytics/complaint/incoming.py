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
    "x-gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "x-euc-jp": "euc_jp",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "iso-8859-1": "cp1252",
    "iso-8859-6": "cp1256",
    "iso-8859-8-i": "cp1255",
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
# What filters write on mails whose sender is mostly forged: an answer would go to a stranger
SPAM_HEADERS = ("X-Spam-Flag", "X-Spam-Status", "X-Spam")
# Titles of absence notes whose program says nothing of itself, as common programs write them
ABSENCE = re.compile(
    r"^\s*(?:automatic reply|auto(?:matic)?[- ]?reply|auto(?:mated)? response|out[- ]of[- ](?:the[- ])?office|"
    r"automatische antwort|automatisch antwoord|abwesenheitsnotiz|abwesend|réponse automatique|absence du bureau|"
    r"respuesta automática|risposta automatica|resposta automática|autosvar|automatiskt svar|automaattinen vastaus|"
    r"automatická odpověď|autoodpowiedź|odpowiedź automatyczna|автоответ|"
    r"自动回复|自動回覆|自動応答|자동 회신)\s*[:：(\[]",
    re.IGNORECASE,
)
NOBODY = re.compile(
    r"^(no[-_.]?reply|do[-_.]?not[-_.]?reply|nao[-_.]?responda|mailer[-_.]?daemon|noreply.*)$", re.IGNORECASE
)
ENCODED_WORD = re.compile(r"=\?([^?*\s]+)(\*[^?\s]*)?\?([bq])\?([^?]*)\?=", re.IGNORECASE)
ENCODED_WORDS = re.compile(rf"{ENCODED_WORD.pattern}(?:\s+{ENCODED_WORD.pattern})*", re.IGNORECASE)
# The head of a forwarded mail, as the common programs write it in the languages of our users; the address may stand on
# the line below it
FORWARDED_FROM = re.compile(
    r"^[>|\s*]*(?:from|von|de(?:\s+la)?|van|da|från|fra|od|kimden|gönderen|feladó|lähettäjä|από|от|від|dari|từ|จาก|من|מאת|"
    r"发件人|發件人|寄件者|寄件人|差出人|送信者|보낸\s?사람)\s*\**\s*[:：]\**[^\S\n]*(.*(?:\n.*)?)$",
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


def name_charsets(message):
    """Have each text name a character set that can be read: a name may be unknown, or that of no character set at all.

    :param message: ``EmailMessage``, which is changed
    """
    for part in message.walk():
        charset = part.get_content_charset()
        if charset is None:
            continue
        content = part.get_payload(decode=True) or b""
        try:
            content.decode(charset or "utf-8", "replace")
        except (LookupError, ValueError, OverflowError):
            part.set_param("charset", charset_of(content, charset))


def _can_read(content, charset):
    try:
        codecs.lookup(charset)
        content.decode(charset)
    except (LookupError, ValueError):
        return False
    return True


def needs_reading_anew(message):
    """Whether the mail names a character set that programs use for a larger one, or its head cannot be read as it is.

    That is: with a NUL in an encoded word, a letter that is divided between two of them, or letters that stand there as
    they are, in whatever character set.

    :param message: ``EmailMessage``
    """
    values = [str(value) for part in message.walk() for _name, value in part.raw_items()]
    if any(_is_raw(value) for value in values):
        return True
    charsets = {charset.lower() for value in values for charset, *_rest in ENCODED_WORD.findall(value)}
    for part in message.walk():
        if part.is_multipart():
            continue
        charset = (part.get_content_charset() or "us-ascii").lower()
        # most mails say us-ascii, or nothing, and are right
        if charset != "us-ascii" or not (part.get_payload(decode=True) or b"").isascii():
            charsets.add(charset)
    return bool(charsets & SUPERSETS.keys()) or any(
        "\0" in content.decode("latin-1") or not _can_read(content, charset or "us-ascii")
        for value in values
        for content, charset in _words_of(value)
    )


def read_anew(message):
    """A copy of the mail that names the character sets in which it really is written, without NUL in its head.

    :param message: ``EmailMessage``
    :return: ``EmailMessage``
    """
    message = copy.deepcopy(message)
    # letters of the head that name no character set are in that of the text
    written = next(filter(None, (part.get_content_charset() for part in message.walk())), None)
    for part in message.walk():
        items = [(name, _relabel_words(_read_raw(str(value), written))) for name, value in part.raw_items()]
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
    """``value`` without NUL and halves of characters, which no database takes; lists, tuples and dicts as well.

    >>> without_nul({"a": ["b\\0c"], "n": 1, "h": "\\ud83d!"})
    {'a': ['bc'], 'n': 1, 'h': '?!'}
    """
    if isinstance(value, str):
        # of the same class: what is marked as HTML has to stay so
        return type(value)(value.replace("\0", "").encode("utf-8", "replace").decode())
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


def is_of_program(headers):
    """Whether a program sent this: for somebody, as a form does, or an absence note that does not say what it is.

    Nobody can tell which, and neither is to be lost. Exchange writes its absence notes so.

    >>> is_of_program({"Auto-Submitted": "auto-generated"}), is_of_program({"X-Auto-Response-Suppress": "All"})
    (True, True)
    >>> is_of_program({"Subject": "Automatic reply: Late"}), is_of_program({"Return-Path": "<>"})
    (True, True)
    >>> is_of_program({"Auto-Submitted": "no", "Subject": "Out of office chairs", "Return-Path": "<ann@example.org>"})
    False
    """
    return (
        _word(headers, "Auto-Submitted") not in ("", "no")
        or bool(_word(headers, "X-Auto-Response-Suppress"))
        or str(headers.get("Return-Path") or "").strip() == "<>"
        or bool(ABSENCE.match(str(headers.get("Subject") or "")))
    )


def is_passed_on(headers):
    """Whether a list or a program sent this for somebody: taken in, but not answered by a machine of ours.

    Nor is what a filter calls spam: there, the sender is mostly forged.

    >>> is_passed_on({"List-ID": "<complaints.example.com>"}), is_passed_on({"Auto-Submitted": "auto-generated"})
    (True, True)
    >>> is_passed_on({"X-Spam-Status": "Yes, score=15.2"}), is_passed_on({"X-Spam-Status": "No, score=0.1"})
    (True, False)
    >>> is_passed_on({"Auto-Submitted": "no"})
    False
    """
    present = {name.lower() for name in headers.keys()}  # noqa: SIM118 - a message iterates over its lines
    return (
        is_of_program(headers)
        or _word(headers, "Precedence") in PASSED_ON_PRECEDENCES
        or any(name.lower() in present for name in LIST_HEADERS)
        or any(_word(headers, name).startswith("yes") for name in SPAM_HEADERS)
    )


def spellings(address):
    """How the address of one mailbox may be written: its domain in letters or in their code, with or without a tag.

    >>> spellings("ann+shop@b\u00fccher.example")
    ['ann+shop@bücher.example', 'ann+shop@xn--bcher-kva.example', 'ann@bücher.example', 'ann@xn--bcher-kva.example']

    :param str address: normalized
    :return: list, the address itself first
    """
    box, _at, domain = (address or "").partition("@")
    if not box or not domain:
        return []
    domains = [domain]
    for recode in (
        lambda: domain.encode("ascii").decode("idna"),
        lambda: domain.encode("idna").decode("ascii"),
    ):
        try:
            domains.append(recode())
        except ValueError:
            continue
    boxes = [box, box.partition("+")[0] or box]
    return list(dict.fromkeys(f"{name}@{host}" for name in boxes for host in domains))


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
    >>> forwarded_senders("From: Ann\\nann@example.org\\nTo: sam@example.com")
    ['ann@example.org']
    >>> forwarded_senders("I am from: nowhere")
    []
    """
    found = []
    for lines in FORWARDED_FROM.findall(text or ""):
        first, _newline, second = lines.partition("\n")
        # a second line with a colon is the next line of the head
        below = "" if re.match(r"[>|\s*]*[^\s:：]+\s?[^\s:：]*\s*[:：]", second) else second
        found.append(ADDRESS.search(first) or ADDRESS.search(below))
    return list(dict.fromkeys(match[0].strip(".").lower() for match in found if match))


def attached_senders(message):
    """Addresses of the senders of mails that are attached to this one.

    :param message: ``EmailMessage``
    :return: text as of the head of a forwarded mail, for :func:`forwarded_senders`
    """
    inner = [part for part in message.walk() if part.get_content_type() == "message/rfc822" and part.is_multipart()]
    return "\n".join(f"From: {part.get_payload(0).get('From') or ''}" for part in inner)


def _word(headers, name):
    return str(headers.get(name) or "").split(";")[0].split("(")[0].strip().lower()


def _is_raw(value):
    """Whether bytes of a header were no ASCII, and are kept as halves of characters."""
    return not value.isascii() and any("\udc80" <= char <= "\udcff" for char in value)


def _read_raw(value, declared):
    if not _is_raw(value):
        return value
    content = value.encode("utf-8", "surrogateescape")
    return content.decode(charset_of(content, declared))


def _words_of(value):
    """Content and character set of each encoded word of a header.

    :return: list of tuples of bytes and name
    """
    found = []
    for match in ENCODED_WORD.finditer(value):
        try:
            [(content, charset)] = decode_header(match[0])
        except Exception:
            continue
        found.append((content if isinstance(content, bytes) else content.encode("latin-1", "replace"), charset))
    return found


def _relabel_words(value):
    """Encoded words with the character set that they are in, and without NUL.

    Words that follow each other are one text, whose letters may be divided between them.
    """

    def relabel(match):
        words = _words_of(match[0])
        charsets = {(charset or "").lower() for _content, charset in words}
        if not words or len(words) != len(ENCODED_WORD.findall(match[0])):
            return match[0]
        if len(charsets) == 1:
            words = [(b"".join(content for content, _charset in words), words[0][1])]
        text = "".join(content.replace(b"\0", b"").decode(charset_of(content, charset)) for content, charset in words)
        encoded = codecs.encode(text.encode(), "base64").decode().replace("\n", "")
        return f"=?utf-8?b?{encoded}?="

    return ENCODED_WORDS.sub(relabel, value.replace("\0", ""))

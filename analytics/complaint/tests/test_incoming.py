"""Reading mails in the character sets that they are written in, whatever they say."""

import base64
from email import message_from_bytes, policy

import pytest

from analytics.complaint.incoming import cut_subject, needs_reading_anew, read_anew

# what programs write, under the label that they put on it
WRITTEN = {
    "gb2312": ("gbk", "黄镕喆 – 投诉"),
    "gbk": ("gb18030", "㐀𠀀"),
    "big5": ("big5hkscs", "嘅喺"),
    "euc-kr": ("cp949", "똠방각하 뷁"),
    "shift_jis": ("cp932", "①㈱髙"),
    "iso-8859-1": ("cp1252", "“größer” – 5 €"),
    "iso-8859-6": ("cp1256", "شكوى پ"),
    "tis-620": ("cp874", "ร้องเรียน…"),
    "us-ascii": ("utf-8", "größer"),
}


def mail(label, codec, text):
    encoded = base64.b64encode(text.encode(codec)).decode()
    word = f"=?{label}?B?{encoded}?="
    return message_from_bytes(
        (
            f"From: {word} <a@example.org>\nSubject: {word}\nMIME-Version: 1.0\n"
            f'Content-Type: text/plain; charset="{label}"\nContent-Transfer-Encoding: base64\n\n{encoded}\n'
        ).encode(),
        policy=policy.SMTP,
    )


@pytest.mark.parametrize("label", WRITTEN)
def test_no_letter_is_lost(label):
    codec, text = WRITTEN[label]
    message = mail(label, codec, text)
    assert needs_reading_anew(message)
    read = read_anew(message)
    assert read["Subject"] == text
    assert read["From"].addresses[0].display_name == text
    assert read.get_content().strip() == text


def test_what_is_right_stays():
    message = mail("utf-8", "utf-8", "größer 投诉")
    assert not needs_reading_anew(message)
    assert read_anew(message).get_content().strip() == message.get_content().strip()


@pytest.mark.parametrize("head", ("", 'Content-Type: text/plain; charset="us-ascii"\n', "Content-Type: text/plain\n"))
def test_plain_ascii_is_read_once(head):
    plain = f"From: Ann <a@example.org>\nSubject: Late\n{head}\nWhere is it?\n".encode()
    assert not needs_reading_anew(message_from_bytes(plain, policy=policy.SMTP))
    written = plain.replace(b"Where", "größer".encode())
    message = message_from_bytes(written, policy=policy.SMTP)
    assert needs_reading_anew(message)
    assert read_anew(message).get_content().strip() == "größer is it?"


def test_nul_in_an_encoded_word_goes():
    message = mail("utf-8", "utf-8", "a\0b")
    assert needs_reading_anew(message)
    assert read_anew(message)["Subject"] == "ab"


def test_an_endless_subject_is_cut():
    for subject, kept in (("Late", "Late"), ("A1 " * 100_000, "A1 A1 A1 A")):
        message = message_from_bytes(f"From: a@example.org\nSubject: {subject}\n\nx\n".encode(), policy=policy.SMTP)
        cut_subject(message, 10)
        assert message["Subject"] == kept
        assert message["From"] == "a@example.org"

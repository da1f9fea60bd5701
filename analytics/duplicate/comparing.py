"""At which level two values of a field agree.

Every different pair of values is compared once, in C: values of a column are numbered, pairs of numbers are made
unique, and only these go to ``rapidfuzz``. Memory is that of a chunk of pairs.
"""

from dataclasses import dataclass

import numpy as np
from rapidfuzz import distance, fuzz, process

from . import normalising
from .linking import CLOSE, DIFFERENT, EXACT, MISSING, PARTLY

# Pairs that are compared at once
CHUNK = 200_000
# A domain of more mailboxes than this is not one company's own
MOST_MAILBOXES = 20
# How much of a word is the same where it is shared, and of all words where the one text is within the other; in 100
SHARED, WITHIN = 85, 97
# Characters of a Chinese name that is long enough to be recognized within another
CHINESE_NAME = 4
# Digits of a phone number that are the same where only the country or the area is written otherwise; and those at its
# end by which the extensions of one switchboard differ
ENDING, EXTENSION = 7, 3


@dataclass(frozen=True)
class Column:
    """A field of all records.

    :param codes: array (records,): number of the value of each, 0 where there is none
    :param values: dict of lists (of the same length, ``""`` first): each value in the ways in which it is compared
    """

    codes: np.ndarray
    values: dict

    def __getitem__(self, way):
        return self.values[way]


def _numbered(values):
    numbers = {"": 0}
    codes = np.fromiter((numbers.setdefault(value, len(numbers)) for value in values), np.int32)
    return codes, list(numbers)


def _words_column(lists):
    """Words in any order are the same value."""
    codes, values = _numbered(" ".join(sorted(words)) for words in lists)
    first = dict(zip(codes.tolist(), (" ".join(words) for words in lists), strict=True))
    plain = [first.get(number, "") for number in range(len(values))]
    return Column(codes, {"sorted": values, "joined": [value.replace(" ", "") for value in plain]})


def name_column(texts):
    column = _words_column([normalising.name_words(text) for text in texts])
    chinese = [normalising.is_chinese(value) for value in column["sorted"]]
    return Column(column.codes, column.values | {"chinese": chinese})


def street_column(texts):
    column = _words_column([normalising.street_words(text) for text in texts])
    lettered = [
        " ".join(word for word in value.split() if len(word) > 3 and not word.isdigit()) for value in column["sorted"]
    ]
    return Column(column.codes, column.values | {"lettered": lettered})


def city_column(texts):
    return _words_column([normalising.clean(text).split() for text in texts])


def code_column(texts):
    codes, values = _numbered(map(normalising.code, texts))
    return Column(codes, {"plain": values})


def phone_column(texts):
    codes, values = _numbered(map(normalising.phone, texts))
    return Column(codes, {"plain": values})


def mail_column(texts):
    codes, values = _numbered(map(normalising.mail, texts))
    domains = [value.partition("@")[2] for value in values]
    boxes = {}
    for domain in domains:
        boxes[domain] = boxes.get(domain, 0) + 1
    own = [domain if boxes[domain] <= MOST_MAILBOXES else "" for domain in domains]
    return Column(codes, {"plain": values, "own": own})


# -- levels of pairs of different values ---------------------------------------------------------------------------


def _alike(one, other, scorer):
    """Array of floats from 0 to 1."""
    return process.cpdist(one, other, scorer=scorer, dtype=np.float32, workers=1)


def _edits(one, other):
    return process.cpdist(one, other, scorer=distance.OSA.distance, dtype=np.int32, workers=1)


def _words_likeness(column, one, other):
    likeness = np.zeros(len(one), np.float32)
    for way in ("sorted", "joined"):
        values = column[way]
        alike = _alike([values[i] for i in one], [values[j] for j in other], distance.OSA.normalized_similarity)
        likeness = np.maximum(likeness, alike)
    return likeness


def _graded(likeness, close, shared):
    return np.select([likeness >= close, shared >= SHARED], [CLOSE, PARTLY], DIFFERENT).astype(np.uint8)


def compare_words(column, one, other):
    """Close: nearly the same letters. Partly: a word in common."""
    values = column["sorted"]
    shared = _alike([values[i] for i in one], [values[j] for j in other], fuzz.partial_token_ratio)
    return _graded(_words_likeness(column, one, other), 0.8, shared)


def compare_names(column, one, other):
    """The same; a Chinese name within a longer one is close, as with and without the city in front."""
    found = compare_words(column, one, other)
    values, chinese = column["joined"], column["chinese"]
    for place, (i, j) in enumerate(zip(one, other, strict=True)):
        if chinese[i] and chinese[j] and found[place] < CLOSE:
            short, long = sorted((values[i], values[j]), key=len)
            if len(short) >= CHINESE_NAME and short in long:
                found[place] = CLOSE
    return found


def compare_streets(column, one, other):
    """Close: nearly the same letters, or all words of the shorter one. Partly: a word in common, beside numbers."""
    values = column["lettered"]
    shared = _alike([values[i] for i in one], [values[j] for j in other], fuzz.partial_token_ratio)
    found = _graded(_words_likeness(column, one, other), 0.75, shared)
    values = column["sorted"]
    within = _alike([values[i] for i in one], [values[j] for j in other], fuzz.token_set_ratio)
    found[within >= WITHIN] = CLOSE
    return found


def compare_codes(column, one, other):
    """One edit, or two characters that have changed places, is close."""
    values = column["plain"]
    return np.where(_edits([values[i] for i in one], [values[j] for j in other]) <= 1, CLOSE, DIFFERENT)


def compare_tax_numbers(column, one, other):
    """As codes; a number without its country is close to that with it."""
    found = compare_codes(column, one, other)
    values = column["plain"]
    for place in np.flatnonzero(found == DIFFERENT):
        if normalising.is_same_tax_number(values[one[place]], values[other[place]]):
            found[place] = CLOSE
    return found


def compare_phones(column, one, other):
    values = column["plain"]
    ends = [value[-ENDING:] if len(value) >= ENDING else "" for value in values]
    starts = [value[:-EXTENSION] if len(value) > ENDING + EXTENSION else "" for value in values]
    close = np.array([ends[i] == ends[j] != "" for i, j in zip(one, other, strict=True)], bool)
    partly = np.array([starts[i] == starts[j] != "" for i, j in zip(one, other, strict=True)], bool)
    return np.select([close, partly], [CLOSE, PARTLY], DIFFERENT)


def compare_mails(column, one, other):
    """Two mailboxes of a domain of their own say nothing: people of one company have them, and so have its branches."""
    values, own = column["plain"], column["own"]
    alike = _alike([values[i] for i in one], [values[j] for j in other], distance.OSA.normalized_similarity)
    same = np.array([own[i] == own[j] != "" for i, j in zip(one, other, strict=True)], bool)
    return np.select([alike >= 0.9, same], [CLOSE, MISSING], DIFFERENT)


# kind of field: how its column is made, and how two different values of it are compared
KINDS = {
    "name": (name_column, compare_names),
    "street": (street_column, compare_streets),
    "city": (city_column, compare_words),
    "code": (code_column, compare_codes),
    "tax": (code_column, compare_tax_numbers),
    "phone": (phone_column, compare_phones),
    "mail": (mail_column, compare_mails),
}


def levels_of(columns, kinds, one, other):
    """Levels of agreement.

    :param columns: ``Column`` by name of field
    :param kinds: key of ``KINDS`` by name of field
    :param one, other: arrays (pairs,) of positions of records
    :return: array (pairs, fields) of small integers, fields in the order of ``kinds``
    """
    found = np.empty((len(one), len(kinds)), np.uint8)
    for place, (name, kind) in enumerate(kinds.items()):
        for start in range(0, len(one), CHUNK):
            part = slice(start, start + CHUNK)
            found[part, place] = _levels(columns[name], KINDS[kind][1], one[part], other[part])
    return found


def _levels(column, compare, one, other):
    a, b = column.codes[one].astype(np.int64), column.codes[other].astype(np.int64)
    found = np.where(a == b, EXACT, DIFFERENT).astype(np.uint8)
    found[(a == 0) | (b == 0)] = MISSING
    open_ = np.flatnonzero(found == DIFFERENT)
    if len(open_):
        size = int(column.codes.max()) + 1
        pairs, back = np.unique(np.minimum(a, b)[open_] * size + np.maximum(a, b)[open_], return_inverse=True)
        found[open_] = compare(column, (pairs // size).tolist(), (pairs % size).tolist())[back]
    return found

"""Which pairs are looked at: those that share a key in one of several passes, each pair once.

A pass is a list of records and their keys. Records of a common key are a block. Of a block that is larger than its
pass allows, each record is compared with those that follow it in the order of names only; blocks like that are
reported with what was left out. What is spelled differently at its beginning is found by another pass, or by its
neighbours in the order of names.
"""

from dataclasses import dataclass

import numpy as np

# Records of a block that are all compared with each other; and how many followers each has in a larger one
MOST, FOLLOWERS = 40, 6
# Words are more common than whole values, and there are several of each record
MOST_WORDS = 25


@dataclass(frozen=True)
class Oversized:
    """A block of which not all pairs were compared."""

    title: str
    key: str
    records: int
    compared: int

    @property
    def left_out(self):
        return self.records * (self.records - 1) // 2 - self.compared


@dataclass(frozen=True)
class Pass:
    """What records of a block share.

    :param str title: names of the fields
    :param keys: function of all columns that yields (position, key)
    :param int most: the most records that are all compared with each other
    :param int followers: how many followers a record of a larger block is compared with
    :param bool reported: whether larger blocks are worth a word
    :param bool teaches: whether the model learns from its pairs. It does not from those in one house: where they are
        more than the duplicates, it would learn that customers of different names are the same.
    """

    title: str
    keys: object
    most: int = MOST
    followers: int = FOLLOWERS
    reported: bool = True
    teaches: bool = True


def whole(name, shortest=1):
    """A pass over equal values of a field."""

    def keys(columns):
        values = columns[name].values
        values = values.get("sorted") or values["plain"]
        for position, number in enumerate(columns[name].codes.tolist()):
            if number and len(values[number]) >= shortest:
                yield position, values[number]

    return Pass(name, keys)


def ending(name, length):
    """A pass over equal last characters of a field."""

    def keys(columns):
        values = columns[name]["plain"]
        for position, number in enumerate(columns[name].codes.tolist()):
            if len(values[number]) >= length:
                yield position, values[number][-length:]

    return Pass(name, keys)


def beginning(name, first, *others, teaches=True):
    """A pass over the first characters of a field together with equal values of others."""

    def keys(columns):
        values = columns[name]["joined"]
        rest = [(columns[other].codes.tolist(), columns[other].values) for other in others]
        rest = [(codes, values.get("joined") or values["plain"]) for codes, values in rest]
        for position, number in enumerate(columns[name].codes.tolist()):
            parts = [values[number][:first]] + [texts[codes[position]] for codes, texts in rest]
            if all(parts):
                yield position, "/".join(parts)

    return Pass("+".join((name, *others)), keys, teaches=teaches)


def words(name, shortest=4, first=6, most=MOST_WORDS):
    """A pass over words of a field, by their first characters; of Chinese, which has no spaces, over any two."""

    def pieces(value):
        for word in value.split():
            if word.isascii():
                if len(word) >= shortest and not word.isdigit():
                    yield word[:first]
            elif len(word) > 1:
                yield from (word[start : start + 2] for start in range(len(word) - 1))

    def keys(columns):
        split = [tuple(dict.fromkeys(pieces(value))) for value in columns[name]["sorted"]]
        for position, number in enumerate(columns[name].codes.tolist()):
            for piece in split[number]:
                yield position, piece

    return Pass(f"{name} words", keys, most, followers=2)


def neighbours(followers=3):
    """A pass in which all are one block: each with those who follow in the order of names."""

    def keys(columns):
        return ((position, "") for position, number in enumerate(columns["name"].codes.tolist()) if number)

    return Pass("order of names", keys, 0, followers, reported=False)


def find_pairs(columns, passes, order="name"):
    """Candidates.

    :param columns: ``comparing.Column`` by name of field
    :param passes: list of ``Pass``
    :return: two arrays (pairs,) of positions, the smaller one first, ascending; an array (pairs,) of whether the model
        may learn from the pair; and a list of ``Oversized``, the largest first
    """
    records = len(columns[order].codes)
    place = np.empty(records, np.int64)
    ranks = np.argsort(np.argsort(np.array(columns[order]["sorted"], dtype=object), kind="stable"), kind="stable")
    place[np.argsort(ranks[columns[order].codes], kind="stable")] = np.arange(records)
    teaching = others = np.zeros(0, np.int64)
    oversized = []
    for one in passes:
        codes, blocks = _pass_pairs(one, columns, place, records)
        if one.teaches:
            teaching = np.union1d(teaching, codes)
        else:
            others = np.union1d(others, codes)
        oversized += blocks
    pairs = np.union1d(teaching, others)
    teaches = np.zeros(len(pairs), bool)
    teaches[np.searchsorted(pairs, teaching)] = True
    oversized.sort(key=lambda block: (-block.left_out, block.title, block.key))
    return pairs // max(records, 1), pairs % max(records, 1), teaches, oversized


def _pass_pairs(one, columns, place, records):
    numbers, positions, keys = {}, [], []
    for position, key in one.keys(columns):
        positions.append(position)
        keys.append(numbers.setdefault(key, len(numbers)))
    if not positions:
        return np.zeros(0, np.int64), []
    positions, keys = np.array(positions, np.int64), np.array(keys, np.int64)
    sizes = np.bincount(keys)
    # those who are alone in their block need not be looked at
    together = sizes[keys] > 1
    positions, keys = positions[together], keys[together]
    sorting = np.lexsort((place[positions], keys))
    positions, keys = positions[sorting], keys[sorting]
    reach = np.where(sizes > one.most, one.followers, sizes)
    found = []
    for step in range(1, int(reach[keys].max(initial=0)) + 1):
        first = np.flatnonzero((keys[:-step] == keys[step:]) & (reach[keys[:-step]] >= step))
        if not len(first):
            break
        a, b = positions[first], positions[first + step]
        found.append(np.minimum(a, b) * records + np.maximum(a, b))
    large = np.flatnonzero(sizes > one.most) if one.reported else []
    texts = list(numbers)
    blocks = [
        Oversized(
            one.title, texts[number], int(size), int(sum(max(size - step, 0) for step in range(1, one.followers + 1)))
        )
        for number, size in ((number, sizes[number]) for number in large)
    ]
    return np.concatenate(found) if found else np.zeros(0, np.int64), blocks

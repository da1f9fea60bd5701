"""Duplicates among customers: which fields are compared, which pairs are looked at, and what comes of it."""

from dataclasses import dataclass

import numpy as np

from . import blocking, comparing, linking

# Field of a customer: how it is compared
FIELDS = {
    "name": "name",
    "street": "street",
    "city": "city",
    "postcode": "code",
    "vat": "tax",
    "phone": "phone",
    "mail": "mail",
}
# What is evidence of its own: fields by name. Who is in the same city mostly has a postcode like the others there.
TERMS = {
    "name": ("name",),
    "street": ("street",),
    "place": ("city", "postcode"),
    "vat": ("vat",),
    "phone": ("phone",),
    "mail": ("mail",),
}
PHONE_ENDING = 7
PASSES = (
    blocking.whole("vat", 5),
    blocking.whole("mail"),
    blocking.ending("phone", PHONE_ENDING),
    blocking.beginning("name", 3, "postcode"),
    blocking.beginning("street", 6, "postcode", teaches=False),
    blocking.whole("name"),
    blocking.beginning("name", 5, "city"),
    blocking.words("name"),
    blocking.neighbours(),
)
# From this probability on a pair is taken for a duplicate
MATCH = 0.5
DRAWN = 300_000


@dataclass(frozen=True)
class Found:
    """Pairs that are duplicates with a probability of ``MATCH`` or more, the most probable first.

    :param one, other: arrays (pairs,) of positions of records, the smaller one first
    :param probability: array (pairs,) from 0 to 1
    :param evidence: array (pairs, terms): what each term says, in bits
    :param levels: array (pairs, fields): at which level each field agrees
    :param model: ``linking.Model``
    :param int candidates: number of pairs that were compared
    :param oversized: list of ``blocking.Oversized``
    """

    one: np.ndarray
    other: np.ndarray
    probability: np.ndarray
    evidence: np.ndarray
    levels: np.ndarray
    model: linking.Model
    candidates: int
    oversized: list


def find(texts, fields=None, terms=None, passes=PASSES):
    """Look for duplicates.

    :param texts: dict from each field to a list with the text of each record, ``""`` or None where there is none
    :param fields: dict from names of fields to keys of ``comparing.KINDS``; those of a customer if not given
    :param terms: tuples of one or two names of fields; those of a customer if not given
    :param passes: list of ``blocking.Pass``
    :return: ``Found``
    """
    return find_among(columns_of(texts, fields), fields, terms, passes)


def columns_of(texts, fields=None):
    """What is compared of each field. Texts are not needed any more then, and take more memory than this.

    :param texts, fields: as of :func:`find`
    :return: ``comparing.Column`` by name of field
    """
    return {name: comparing.KINDS[kind][0](texts[name]) for name, kind in (fields or FIELDS).items()}


def find_among(columns, fields=None, terms=None, passes=PASSES):
    """Look for duplicates.

    :param columns: of :func:`columns_of`
    :param fields, terms, passes: as of :func:`find`
    :return: ``Found``
    """
    fields = fields or FIELDS
    terms = terms or tuple(TERMS.values())
    records = len(columns["name"].codes)
    one, other, teaches, oversized = blocking.find_pairs(columns, passes)
    levels = comparing.levels_of(columns, fields, one, other)
    drawn = comparing.levels_of(columns, fields, *linking.draw_pairs(records, DRAWN))
    places = {name: place for place, name in enumerate(fields)}
    model = linking.learn(
        tuple(tuple(places[name] for name in term) for term in terms), levels[teaches], drawn, records
    )
    probability = model.probability(levels)
    candidates = len(one)
    kept = np.flatnonzero(probability >= MATCH)
    kept = kept[np.argsort(-probability[kept], kind="stable")]
    return Found(
        one[kept],
        other[kept],
        probability[kept],
        model.evidence(levels[kept]),
        levels[kept],
        model,
        candidates,
        oversized,
    )

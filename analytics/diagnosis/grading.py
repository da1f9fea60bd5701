"""Grades and severities of a diagnosis. No ``env``, no text in any language."""

# A pillar with at least this score has the grade; below the last, ``e``.
LIMITS = ((90.0, "a"), (80.0, "b"), (65.0, "c"), (50.0, "d"))


def pillar_score(checks):
    """How sound a pillar is: ``100 × (1 − Σ weight × faulty / all ÷ Σ weight)``.

    Checks of nothing say nothing and are left out. With the records the same, each record that is mended raises the
    score, and none that is mended lowers it; a faulty record that is mended by being taken away does not either.

    :param checks: triples of weight, number of faulty records and number of all records
    :return: 0 to 100, or None where nothing could be checked

    >>> pillar_score([(2, 1, 4), (1, 0, 10)])
    83.33333333333334
    >>> pillar_score([(1, 0, 0)]) is None
    True
    """
    known = [(weight, faulty / total) for weight, faulty, total in checks if total]
    if not known:
        return None
    return 100 * (1 - sum(weight * share for weight, share in known) / sum(weight for weight, _share in known))


def letter(score):
    """The grade of a pillar.

    :param float score: 0 to 100, or None
    :return: ``a`` to ``e``, or False where nothing is known

    >>> [letter(score) for score in (100.0, 80.0, 79.99, 0.0, None)]
    ['a', 'b', 'c', 'e', False]
    """
    if score is None:
        return False
    return next((grade for limit, grade in LIMITS if score >= limit), "e")


def severity(faulty, total, amount, revenue, high, medium):
    """How grave a finding is: by its share of the records, or by that of the revenue it touches.

    :param float amount: revenue of the customers concerned; ``revenue`` that of all customers
    :param high, medium: pairs of shares in percent, of the records and of the revenue, from which it is so grave
    :return: ``high``, ``medium`` or ``low``

    >>> [severity(*found, (25, 15), (5, 3)) for found in ((1, 100, 20, 100), (6, 100, 0, 100), (1, 100, 1, 100))]
    ['high', 'medium', 'low']
    """
    share = 100 * faulty / total if total else 0.0
    money = 100 * amount / revenue if revenue > 0 else 0.0
    for name, (least_share, least_money) in (("high", high), ("medium", medium)):
        if share >= least_share or money >= least_money:
            return name
    return "low"

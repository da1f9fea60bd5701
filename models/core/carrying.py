"""What copies of records take over from fields that not everybody may read.

Odoo copies a field as the user who copies, and refuses the whole copy where they may not read it. Such fields of ours
on records of others are ``copy=False``, therefore; what a copy needs all the same is carried over.
"""


def carry_over(originals, copies, default, *names):
    """Give copies what stands in hidden fields of their originals.

    :param copies: records, one for each of ``originals``, in the same order
    :param dict default: values that the copies were given, or None; they stay
    :param str names: fields
    """
    given = default or {}
    # sudo: that is what it is for
    for original, copied in zip(originals.sudo(), copies.sudo(), strict=True):
        for name in names:
            if name not in given and original[name]:
                copied[name] = original[name]

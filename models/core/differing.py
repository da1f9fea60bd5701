"""What a write would change. Where SQL writes only what differs, ``analytics/core/storing.py`` does it."""


def get_differing(record, vals):
    """:return: set of the names in ``vals`` (as for ``write``) whose value is another than that of ``record``"""

    def differs(name):
        field = record._fields[name]
        return field.convert_to_record(field.convert_to_cache(vals[name], record), record) != record[name]

    return {name for name in vals if differs(name)}


def write_differing(records, vals):
    """Write ``vals`` where something of them differs: what is as it should be keeps its date, and costs no write.

    :return: the records written
    """
    differing = records.filtered(lambda record: get_differing(record, vals))
    if differing:
        differing.write(vals)
    return differing

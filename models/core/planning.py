from contextlib import contextmanager


@contextmanager
def planning(cr, settings):
    """Have statements within planned with other settings; whatever comes after is planned as before.

    :param dict settings: texts by name, as the server takes them
    """
    cr.execute("SELECT name, current_setting(name) FROM unnest(%s) AS name", [list(settings)])
    before = cr.fetchall()
    _set(cr, settings.items())
    # after an error the transaction is undone, and the settings with it
    yield
    _set(cr, before)


def _set(cr, settings):
    names, values = zip(*settings, strict=True)
    cr.execute(
        "SELECT set_config(name, value, true) FROM unnest(%s, %s) AS setting (name, value)", [list(names), list(values)]
    )

from contextlib import contextmanager


@contextmanager
def planning(cr, settings):
    """Have statements within planned with other settings; whatever comes after is planned as before.

    :param dict settings: texts by name, as the server takes them, or functions that make them of what is set
    """
    cr.execute("SELECT name, current_setting(name) FROM unnest(%s) AS name", [list(settings)])
    before = cr.fetchall()
    wanted = ((name, settings[name], value) for name, value in before)
    _set(cr, [(name, made(value) if callable(made) else made) for name, made, value in wanted])
    # after an error the transaction is undone, and the settings with it
    yield
    _set(cr, before)


def _set(cr, settings):
    names, values = zip(*settings, strict=True)
    cr.execute(
        "SELECT set_config(name, value, true) FROM unnest(%s, %s) AS setting (name, value)", [list(names), list(values)]
    )

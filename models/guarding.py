def without_suggestions(model, defaults, guarded):
    """What ``default_get`` says, where fields that only a workflow sets begin as the model says.

    The context of a call, and defaults that users keep for themselves, would else enter what may not be entered.

    :param dict defaults: what ``super().default_get()`` says
    :param set guarded: names of fields
    """
    if model.env.su:
        return defaults
    names = guarded & defaults.keys()
    own = {name: model._fields[name].default(model) for name in names if model._fields[name].default}
    return {name: value for name, value in defaults.items() if name not in names} | model._convert_to_write(own)

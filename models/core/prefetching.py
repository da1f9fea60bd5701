OURS = "customer_value"


def read_apart(model, everyday=()):
    """Have our columns of a model of Odoo read together, once one of them is needed.

    Odoo reads all of its own with nearly every request: a dozen columns more make each of them slower, whether or not
    it has to do with the value of customers.

    :param everyday: names of fields that are needed with documents, and stay with those of Odoo
    :return: the fields that are ours
    """
    fields = [
        field for field in model._fields.values() if field._modules == (OURS,) and field.name not in set(everyday)
    ]
    for field in fields:
        if field.prefetch is True:
            field.prefetch = OURS
    return fields

from odoo import api, models


def without_suggestions(model, defaults, guarded):
    """What ``default_get`` says, where fields that only a workflow sets begin as the model says.

    The context of a call, and defaults that users keep for themselves, would else enter what may not be entered. The
    latter do so as superuser, too: the workflow goes on in the environment of who pressed its button.

    :param dict defaults: what ``super().default_get()`` says
    :param set guarded: names of fields
    """
    names = guarded & defaults.keys()
    own = {name: model._fields[name].default(model) for name in names if model._fields[name].default}
    return {name: value for name, value in defaults.items() if name not in names} | model._convert_to_write(own)


class CustomerValueWorkflowRecord(models.AbstractModel):
    """A record that a workflow writes, and nobody by hand: no default that users keep gets into it.

    Where a workflow adds to a record of others, ``_workflow_fields`` names what is its own: that only it writes.
    """

    _name = "customer.value.workflow.record"
    _description = "Record of a Workflow"

    _workflow_fields = None

    @api.model
    def default_get(self, fields):
        return without_suggestions(self, super().default_get(fields), set(self._workflow_fields or self._fields))

    def _has_field_access(self, field, operation):
        if operation == "write" and field.name in (self._workflow_fields or ()) and not self.env.su:
            return False
        return super()._has_field_access(field, operation)

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# For records that a workflow makes as a whole
NOT_ENTERED = _lt("The app keeps these records itself. Nobody enters or changes them by hand.")


class CustomerValueWorkflowRecord(models.AbstractModel):
    """Fields that only a workflow sets: users cannot enter them, and defaults are ignored.

    A field of a workflow has ``workflow=`` with a translatable message (``_lt``) for users who try to enter it:
    which button does it. A record that is a workflow's as a whole has the sentence in ``_workflow``; it holds for every
    field that does not say ``workflow=False``.

    The workflow itself writes as superuser. It does so in the environment of the user who pressed its button:
    without the guard, defaults of that user and of the context would get into the records it creates.
    """

    _name = "customer.value.workflow.record"
    _description = "Workflow Record"

    _workflow = None

    # Fields of the workflow that a call may ask for in its context: ``create`` judges what becomes of it
    _workflow_asked = ()

    def _valid_field_parameter(self, field, name):
        return name == "workflow" or super()._valid_field_parameter(field, name)

    @api.model
    def _get_workflow_sentence(self, name):
        """:return: the translatable sentence against entering the field ``name``, or something false"""
        return getattr(self._fields.get(name), "workflow", self._workflow)

    def _check_workflow(self, names):
        """:raise AccessError: only the workflow sets one of these fields"""
        if self.env.su:
            return
        for name in names:
            if sentence := self._get_workflow_sentence(name):
                raise AccessError(self.env._(sentence))

    @api.model
    def default_get(self, fields):
        """What belongs to a workflow begins as the model says."""
        defaults = super().default_get(fields)
        names = {name for name in defaults if self._get_workflow_sentence(name)} - {*self._workflow_asked}
        own = {name: self._fields[name].default(self) for name in names if self._fields[name].default}
        kept = {name: value for name, value in defaults.items() if name not in names}
        return kept | self._convert_to_write(own)

    def _read_group_groupby(self, alias, groupby_spec, query):
        """Odoo does not ask who may read a many2many before it groups by it.

        :raise AccessError: the user may not read the field
        """
        if field := self._fields.get(groupby_spec.partition(":")[0].partition(".")[0]):
            self._check_field_access(field, "read")
        return super()._read_group_groupby(alias, groupby_spec, query)

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: somebody enters what only the workflow sets"""
        for vals in vals_list:
            self._check_workflow(vals)
        return super().create(vals_list)

    def write(self, vals):
        """:raise AccessError: somebody enters what only the workflow sets"""
        self._check_workflow(vals)
        return super().write(vals)

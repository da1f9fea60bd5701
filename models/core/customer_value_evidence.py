from odoo import models


class CustomerValueEvidence(models.AbstractModel):
    """A finding or a figure, and the records that it rests on: these inherit ``customer.value.subject``."""

    _name = "customer.value.evidence"
    _description = "Figure With Its Records"

    def _find_subjects(self, model, part):
        """The records behind the figure, as of now.

        :param str model: whose records are looked for
        :param str part: which ones, where the figure has several sets of them
        :return: SQL of ids in brackets, or None where there are none of this model
        """
        raise NotImplementedError

    def _get_subjects_domain(self, part=""):
        """The records of the model that the figure is about, as a domain of it."""
        return [("value_evidence", "in", [f"{figure._name}/{figure.id}/{part}" for figure in self])]

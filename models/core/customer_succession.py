from contextlib import contextmanager

from odoo import api, models, tools

PARTICIPANT = "customer.succession.participant"


class CustomerSuccession(models.AbstractModel):
    """Tells models that keep something of customers when these become others: the one place that does.

    Participants are all models that inherit ``customer.succession.participant``; of which there are, nothing is known
    here. Before a change they act from the outermost layer inwards, after it outwards; see there.
    """

    _name = "customer.succession"
    _description = "What Follows When Customers Become Others"

    @api.model
    @tools.ormcache()
    def _get_names(self):
        """Names of the models that take part, from the outermost layer inwards."""
        names = set(self.env.registry.descendants([PARTICIPANT], "_inherit")) - {PARTICIPANT}
        return tuple(sorted(names, key=lambda name: (self.env[name]._succession_layer, name)))

    @api.model
    def _get_participants(self):
        # sudo: users who merge or edit customers need no rights on what is kept about them, and must not fail for it
        return [self.env[name].sudo() for name in self._get_names()]

    @api.model
    def _begin_merge(self, partners):
        for participant in self._get_participants():
            participant._before_merge(partners)

    @api.model
    def _end_merge(self, partner):
        for participant in reversed(self._get_participants()):
            participant._after_merge(partner)

    @api.model
    @contextmanager
    def _move(self, partners):
        """Around the write that gives ``partners`` another company. If it fails, nothing more happens."""
        states = [(participant, participant._before_move(partners)) for participant in self._get_participants()]
        yield
        for participant, state in reversed(states):
            participant._after_move(partners, state)

    @api.model
    def _get_followed(self, vals):
        """:return: dict from participants to the names in ``vals`` that they follow; without those who follow none"""
        followed = {participant: participant._get_followed(vals) for participant in self._get_participants()}
        return {participant: names for participant, names in followed.items() if names}

    @api.model
    @contextmanager
    def _change(self, partners, vals, followed):
        """Around the write of ``vals``, which are followed.

        :param dict followed: as of :meth:`_get_followed`
        """
        states = [
            (participant, participant._before_values(partners, {name: vals[name] for name in names}))
            for participant, names in followed.items()
        ]
        yield
        for participant, state in reversed(states):
            participant._after_values(partners, state)

    @api.model
    @contextmanager
    def _exchange(self, inner, company, partners):
        """While the participant ``inner`` changes what it has put on customers, those around it have theirs taken off.

        :param inner: the model that takes part
        """
        outside = [other for other in self._get_participants() if other._succession_layer < inner._succession_layer]
        states = [(participant, participant._before_exchange(company, partners)) for participant in outside]
        yield
        for participant, state in reversed(states):
            participant._after_exchange(state)

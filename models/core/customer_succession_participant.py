from odoo import api, models


class CustomerSuccessionParticipant(models.AbstractModel):
    """A model that keeps something of customers, and has to act when these become others.

    It says what it does by overriding some of the methods below, and is called by ``customer.succession``: always as
    superuser, because users who merge or edit customers need no access to what is kept of them.
    """

    _name = "customer.succession.participant"
    _description = "Keeps Something of Customers"

    # Participants lie around a change like the layers of an onion: the lower, the further outside. The outermost is the
    # first to act before a change and the last to act after it. Whatever lies on top of what others give is outside.
    _succession_layer = 100

    # -- customers are merged ----------------------------------------------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """``partners`` are about to become one: leave nothing that one customer cannot have twice.

        Odoo moves what refers to them right after this, in SQL: everything has to be flushed.
        """

    @api.model
    def _after_merge(self, partner):
        """Others have become ``partner``, who has their values now. They still exist, without anything of their own."""

    # -- partners get another company, or become one -----------------------------------------------------------------

    @api.model
    def _before_move(self, partners):
        """``partners`` (with the rights of the user who moves them) are about to leave their commercial entity.

        :return: whatever :meth:`_after_move` has to know
        """

    @api.model
    def _after_move(self, partners, state):
        """``partners`` belong where they belong now.

        :param state: what :meth:`_before_move` returned
        """

    # -- single values of partners change ----------------------------------------------------------------------------

    @api.model
    def _get_followed(self, vals):
        """Names of the values in ``vals`` that are to be written by themselves, before the others.

        Between :meth:`_before_values` and :meth:`_after_values`, that is. Is asked at every write to partners: look at
        the values, and at nothing that costs a query where none of them is yours.
        """
        return frozenset()

    @api.model
    def _before_values(self, partners, vals):
        """Values that are followed, ``vals``, are about to be written to ``partners``.

        :return: whatever :meth:`_after_values` has to know
        """

    @api.model
    def _after_values(self, partners, state):
        """The values have been written.

        :param state: what :meth:`_before_values` returned
        """

    # -- a participant further inside exchanges what it has given ----------------------------------------------------

    @api.model
    def _before_exchange(self, company, partners):
        """Take off what lies on top of the values that a participant further inside has put on customers.

        :param partners: the customers whose values it is about to change in ``company``
        :return: whatever :meth:`_after_exchange` has to know
        """

    @api.model
    def _after_exchange(self, state):
        """Put it on again.

        :param state: what :meth:`_before_exchange` returned
        """

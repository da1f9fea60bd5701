from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from .groups import check_group
from .locking import lock_for_step

_lt = LazyTranslate(__name__)

WHO_SET_TERMS = _lt("The app records by itself who has set the terms.")

# What users call the states that all requests have
TO_APPROVE = "To approve"

APPROVED = "Approved"

REFUSED = "Refused"


class CustomerDecision(models.AbstractModel):
    """A proposal of one person that another decides on: proposers never decide.

    Models have ``state`` and ``company_id``, and say in the attributes below what their states and fields are called.

    Whoever changes what is decided on has proposed it, too: see ``_decision_terms``.
    """

    _name = "customer.decision"
    _description = "Decision by a Second Person"
    _inherit = ["customer.value.workflow.record"]

    # External id of the group whose members decide
    _decision_group = None

    # Whether they may decide on their own proposals if there is no other user who could
    _decides_alone = False

    _decision_states = {"pending": "pending", "approved": "approved", "refused": "refused"}

    _decided_by = "approver_id"

    _decided_on = "decided_on"

    # Access to the record that is needed to decide
    _decision_access = "write"

    _decision_activity = "mail.mail_activity_data_todo"

    # Names of the fields that say what is decided on. Reasons and notes are none.
    _decision_terms = frozenset()

    _own_proposal = _lt("You proposed this yourself. Another manager has to decide on it.")

    proposer_ids = fields.Many2many(
        "res.users",
        string="Terms Set By",
        readonly=True,
        copy=False,
        help="Users who set the terms, apart from the one who created the request. They cannot decide on it.",
        workflow=WHO_SET_TERMS,
    )

    def write(self, vals):
        result = super().write(vals)
        if not self.env.su and self._decision_terms & vals.keys():
            # sudo: nobody enters or removes proposers by hand
            self.sudo()._add_proposers(self.env.user)
        return result

    def _add_proposers(self, users):
        """``users`` stand behind the records from now on. Call with sudo."""
        for record in self:
            missing = users - record.create_uid - record.proposer_ids
            if missing:
                record.proposer_ids = [fields.Command.link(user.id) for user in missing]

    # -- who decides -------------------------------------------------------------------------------------------------

    def _get_proposers(self):
        """The users who proposed the record, and therefore do not decide. Call with sudo.

        :return: ``res.users``
        """
        return self.create_uid | self.proposer_ids

    @api.model
    def _find_deciders(self, company, proposers):
        """The users who may decide in ``company`` on a record of ``proposers``.

        :return: ``res.users``
        """
        members = company._get_group_users(self._decision_group).filtered(lambda user: user.id != SUPERUSER_ID)
        others = members - proposers
        return others if others or not self._decides_alone else members

    def _get_deciders(self):
        self.ensure_one()
        # sudo: readers need no access to the proposers
        sudo = self.sudo()
        return self._find_deciders(sudo.company_id, sudo._get_proposers())

    def _may_decide(self):
        """Whether it is to be decided, and the user may."""
        self.ensure_one()
        return self.state == self._decision_states["pending"] and self.env.user in self._get_deciders()

    def _check_decider(self):
        """:raise AccessError: the user does not decide on such records"""
        self.check_access(self._decision_access)
        check_group(self.env, self._decision_group)

    def _check_pending(self):
        """:raise UserError: there is nothing to decide any more"""
        if self.filtered(lambda record: record.state != self._decision_states["pending"]):
            raise UserError(self.env._("This request has already been decided."))

    def _check_second(self):
        """:raise UserError: the user stands behind one of them"""
        for record in self.sudo():
            if self.env.user in record._get_proposers() - record._get_deciders():
                raise UserError(self.env._(self._own_proposal))

    # -- deciding ----------------------------------------------------------------------------------------------------

    def _get_locked(self):
        """:return: the records of which one at a time may be worked on"""
        return self

    def _lock(self):
        """The records, with sudo and as they are now; no other transaction changes them until this one ends.

        Call it once it is clear that the user may take the step.

        :raise UserError: somebody else works on them
        """
        # sudo: the workflow alone writes what follows from its steps
        sudo = self.sudo()
        lock_for_step(sudo._get_locked())
        sudo.invalidate_recordset()
        return sudo

    def _begin_decision(self):
        """The records as of :meth:`_lock`, which the user is about to decide on.

        :raise AccessError: the user does not decide on such records
        :raise UserError: they are decided, the user proposed one of them, or somebody else works on them
        """
        self._check_decider()
        sudo = self._lock()
        sudo._check_pending()
        sudo._check_second()
        return sudo

    def _record_decision(self, outcome, **values):
        """Store the user who has decided, and remove the activities of the others. Call with sudo.

        :param str outcome: ``approved`` or ``refused``
        :param values: further values to write
        """
        decision = {
            "state": self._decision_states[outcome],
            self._decided_by: self.env.uid,
            self._decided_on: fields.Datetime.now(),
        }
        self.write(decision | values)
        self._stop_asking()

    # -- asking ------------------------------------------------------------------------------------------------------

    def _get_asked_on(self):
        """:return: the records on which those who decide get their activities"""
        return self

    def _get_asked(self):
        """:return: ``res.users`` who are asked to decide"""
        return self._get_deciders()

    def _ask_deciders(self, summarize, describe=None):
        """An activity for each user who may decide, in their language. Call with sudo.

        :param summarize, describe: functions of the record, which has the language of the reader, that return the
            summary and the note; no note if not given
        """
        self.ensure_one()
        for lang, users in self._get_asked().grouped("lang").items():
            read = self.with_context(lang=lang)
            summary, note = summarize(read), describe(read) if describe else ""
            for user in users:
                self._get_asked_on().activity_schedule(
                    self._decision_activity, user_id=user.id, summary=summary, note=note
                )

    def _stop_asking(self):
        """No decision is needed any more. Call with sudo."""
        self._get_asked_on().activity_unlink([self._decision_activity])

import math
from collections import defaultdict
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from .customer_decision import APPROVED, TO_APPROVE
from .customer_value_workflow_record import NOT_ENTERED

_lt = LazyTranslate(__name__)

# Stands in the context while what follows from a change is compared as a whole. It is an object of this process, which
# nobody can send from outside.
WATCHING = object()

WATCHING_KEY = "customer_value_watching_limits"

# Decimals of limits: what differs by less has been rounded
DIGITS = 6


class CustomerRelaxation(models.AbstractModel):
    """A limit is less strict than before, and no second person has confirmed it yet.

    Whoever may edit a limit could otherwise relax it, make use of that, and put it back. Until it is confirmed, or the
    limit is back, the user who relaxed it is held to the old one. Others go by the limit as it is: what they do within
    it has then taken two people as well.

    Limits are numbers, the smaller the stricter, by kind and case; a case without a number is not limited.
    """

    _name = "customer.relaxation"
    _description = "Relaxed Limits"
    _inherit = ["customer.decision"]
    _order = "id desc"
    _rec_name = "company_id"
    _workflow = NOT_ENTERED
    # no group has any other access
    _decision_access = "read"
    _own_proposal = _lt("You changed this limit yourself. Another manager has to confirm it.")

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    limits = fields.Json(readonly=True, help="The stricter limits before: numbers by kind and case.")
    state = fields.Selection(
        [("pending", TO_APPROVE), ("approved", APPROVED), ("withdrawn", "Withdrawn")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    # -- the limits ----------------------------------------------------------------------------------------------------

    @api.model
    def _read_limits(self, company):
        """The limits of ``company`` as they are. Extended by others.

        :return: dict from kind to dict from case (text) to number
        """
        return defaultdict(dict)

    @api.model
    def _find_relaxed(self, before, after):
        """The limits of ``before`` that are less strict ``after``. Extended by others.

        :param before, after: as of ``_read_limits``
        :return: the same, only what was relaxed, with the old numbers
        """
        relaxed = defaultdict(dict)
        for kind, cases in before.items():
            for case, number in cases.items():
                if self._is_above(after[kind].get(case, math.inf), number):
                    relaxed[kind][case] = number
        return relaxed

    @api.model
    def _is_above(self, number, limit):
        return number > limit + 10**-DIGITS

    # -- watching ------------------------------------------------------------------------------------------------------

    @api.model
    @contextmanager
    def _watch(self, companies):
        """Note where limits of ``companies`` are less strict after what is done within, which counts as a whole.

        What superusers change is not looked at: their code has decided.

        :return: context in which the changes are made, and nobody looks at them a second time
        """
        if self.env.su or self.env.context.get(WATCHING_KEY) is WATCHING:
            yield {}
            return
        # sudo: limits hold also in companies that the user has not chosen
        sudo = self.sudo()
        before = {company: sudo._read_limits(company) for company in companies.sudo()}
        yield {WATCHING_KEY: WATCHING}
        for company, limits in before.items():
            now = sudo._read_limits(company)
            if relaxed := {kind: cases for kind, cases in sudo._find_relaxed(limits, now).items() if cases}:
                sudo._note(company, relaxed)
            sudo._settle(company, now)

    @api.model
    def _note(self, company, relaxed):
        """The user has relaxed limits. Call with sudo.

        Where there is no other manager nobody could confirm it, nor could anybody else decide.
        """
        if not self._find_deciders(company, self.env.user):
            return
        relaxation = self.create(self._prepare_noted(company) | {"company_id": company.id, "limits": relaxed})
        relaxation._tell_noted()
        relaxation._ask_deciders(lambda asked: asked.env._("Confirm the changed limits"))

    @api.model
    def _prepare_noted(self, company):
        """:return: further values of the record. Extended by others."""
        return {}

    def _tell_noted(self):
        """Tell where the limits stand that they were relaxed. Extended by others."""

    def _tell_confirmed(self):
        """Tell where the limits stand that the change was confirmed. Extended by others."""

    @api.model
    def _settle(self, company, now):
        """Where limits are as strict as before, nothing is left to confirm. Call with sudo."""
        for relaxation in self._get_pending(company):
            if not any(self._find_relaxed(relaxation._get_standing(), now).values()):
                relaxation.write({"state": "withdrawn", "decided_on": fields.Datetime.now()})
                relaxation._stop_asking()

    def _get_standing(self):
        """:return: the old limits, without cases that cannot come back. Extended by others."""
        self.ensure_one()
        return self.limits

    # -- who is bound --------------------------------------------------------------------------------------------------

    @api.model
    def _get_pending(self, companies):
        """:return: with sudo, what nobody has confirmed in ``companies``"""
        # sudo: users are bound whether or not they may read who is
        return self.sudo().search([("company_id", "in", companies.ids), ("state", "=", "pending")])

    @api.model
    def _get_binding(self, company, users):
        """The old limits to which ``users`` together are held in ``company``.

        :return: dict from kind to dict from case to number
        """
        return self._merge(pending.limits for pending in self._get_pending(company) if pending.create_uid in users)

    @api.model
    def _merge(self, many):
        """:return: of limits as of ``_read_limits``, the strictest in each case"""
        merged = defaultdict(dict)
        for limits in many:
            for kind, cases in limits.items():
                for case, number in cases.items():
                    merged[kind][case] = min(number, merged[kind].get(case, math.inf))
        return merged

    # -- confirming ----------------------------------------------------------------------------------------------------

    def _describe(self):
        """:return: text, a sentence for each"""
        return "\n".join(
            self.env._(
                "%(user)s relaxed limits on %(day)s. Until another manager confirms this, the old ones apply to "
                "%(user)s: %(limits)s.",
                user=relaxation.create_uid.name,
                limits="; ".join(relaxation._describe_limits()),
                day=format_date(self.env, relaxation.create_date),
            )
            for relaxation in self
        )

    def _describe_limits(self):
        """:return: list of what the old limits say, in words. Extended by others."""
        self.ensure_one()
        return []

    def _confirm(self):
        """Confirm, of these pending ones, those that the user may confirm.

        :raise UserError: there is nothing to confirm, or the user has changed all of it
        """
        relaxations = self.sudo(False)
        relaxations._check_decider()
        if not relaxations:
            raise UserError(self.env._("This request has already been decided."))
        (relaxations.filtered(lambda relaxation: relaxation._may_decide()) or relaxations).action_approve()

    def action_approve(self):
        """:raise UserError: the user has relaxed the limit, or see ``_begin_decision``"""
        sudo = self._begin_decision()
        sudo._record_decision("approved")
        for relaxation in sudo:
            relaxation._tell_confirmed()

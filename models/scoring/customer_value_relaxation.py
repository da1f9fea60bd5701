from odoo import api, fields, models
from odoo.tools import format_date
from odoo.tools.translate import LazyTranslate

from ..core.customer_decision import APPROVED, TO_APPROVE
from ..core.customer_value_workflow_record import NOT_ENTERED
from ..core.groups import VALUE_MANAGER

_lt = LazyTranslate(__name__)


class CustomerValueRelaxation(models.Model):
    """Fewer tiers need approval than before, and no second manager has confirmed it yet.

    Whoever may edit the policy could otherwise take the approval away, assign a tier alone, and put it back. Until it
    is confirmed, or the approval is back, every manual tier of the user who took it away needs approval. Others go by
    the policy as it is: what they assign has then taken two people as well.
    """

    _name = "customer.value.relaxation"
    _description = "Relaxed Approval of Manual Tiers"
    _inherit = ["customer.decision"]
    _order = "id desc"
    _rec_name = "policy_id"
    _workflow = NOT_ENTERED
    _decision_group = VALUE_MANAGER
    # no group has any other access
    _decision_access = "read"
    _own_proposal = _lt("You removed this approval yourself. Another manager has to confirm it.")

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    # kept where a draft that was in force for a moment is deleted
    policy_id = fields.Many2one("customer.value.policy", readonly=True, ondelete="set null")
    tier_ids = fields.Many2many("customer.value.tier", readonly=True, help="Tiers that needed approval before.")
    state = fields.Selection(
        [("pending", TO_APPROVE), ("approved", APPROVED), ("withdrawn", "Withdrawn")],
        default="pending",
        required=True,
        readonly=True,
        index=True,
    )
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True)
    decided_on = fields.Datetime(readonly=True)

    @api.model
    def _get_pending(self, companies):
        """:return: with sudo, what nobody has confirmed in ``companies``"""
        # sudo: users are bound whether or not they may read who is
        return self.sudo().search([("company_id", "in", companies.ids), ("state", "=", "pending")])

    @api.model
    def _binds(self, company):
        """Whether the user took an approval away in ``company`` that nobody has confirmed."""
        return any(relaxation.create_uid == self.env.user for relaxation in self._get_pending(company))

    @api.model
    def _note(self, company, policy, freed):
        """The user has seen to it that tiers need approval no longer.

        Where there is no other manager nobody could confirm it, and nobody could approve a manual tier either.

        :param policy: in force now, or until now
        :param freed: tiers that needed approval before
        """
        # sudo: readers need no access to other users
        if not self._find_deciders(company.sudo(), self.env.user):
            return
        # sudo: only changes of policies write these records
        relaxation = self.sudo().create(
            {
                "company_id": company.id,
                "policy_id": policy.id,
                "tier_ids": [fields.Command.set(freed.exists().ids)],
            }
        )
        policy.message_post(
            body=self.env._(
                "Fewer manual tiers need approval: %s no longer do. Another manager has to confirm this.",
                ", ".join(freed.exists().mapped("name")) or policy.name,
            )
        )
        relaxation._ask_deciders(self.env._("Confirm: fewer manual tiers need approval"))

    @api.model
    def _settle(self, company, guarded):
        """Where all tiers need approval again, nothing is left to confirm.

        :param guarded: tiers that need approval now
        """
        back = self._get_pending(company).filtered(
            lambda relaxation: relaxation.tier_ids and relaxation.tier_ids <= guarded
        )
        if back:
            back.write({"state": "withdrawn", "decided_on": fields.Datetime.now()})
            back._stop_asking()

    def _describe(self):
        """:return: text, a sentence for each"""
        return "\n".join(
            self.env._(
                "%(user)s removed the approval of %(tiers)s on %(day)s. Until another manager confirms this, every "
                "manual tier requested by %(user)s needs approval.",
                user=relaxation.create_uid.name,
                tiers=", ".join(relaxation.tier_ids.mapped("name")) or self.env._("deleted tiers"),
                day=format_date(self.env, relaxation.create_date),
            )
            for relaxation in self
        )

    def action_approve(self):
        """:raise UserError: the user has removed the approval, or see ``_begin_decision``"""
        sudo = self._begin_decision()
        sudo._record_decision("approved")
        for relaxation in sudo:
            relaxation.policy_id.message_post(
                body=self.env._(
                    "Confirmed: %(tiers)s no longer need approval, as changed by %(user)s.",
                    tiers=", ".join(relaxation.tier_ids.mapped("name")) or self.env._("deleted tiers"),
                    user=relaxation.create_uid.name,
                )
            )

    def _get_asked_on(self):
        return self.policy_id

    def _stop_asking(self):
        """Activities are those of the policy: they stay while others are to be confirmed there."""
        settled = self.filtered(lambda relaxation: not self._get_pending(relaxation.company_id))
        return super(CustomerValueRelaxation, settled)._stop_asking()

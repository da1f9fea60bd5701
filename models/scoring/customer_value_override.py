from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

from ..core.customer_decision import REFUSED, TO_APPROVE
from ..core.groups import VALUE_MANAGER
from .customer_value_policy_line import IN_POLICY

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Use the button to approve.")


class CustomerValueOverride(models.Model):
    """A manual tier, with a reason, until a day or until further notice.

    From a tier of the policy's choice upwards it takes a second manager to approve it. While it is in force, no score,
    gate or grid changes the tier. When it ends, the customer goes to the tier of their score at once.
    """

    _name = "customer.value.override"
    _description = "Customer Value Manual Tier"
    _inherit = [
        "customer.value.company.record",
        "customer.decision",
        "mail.thread",
        "mail.activity.mixin",
        "customer.succession.participant",
    ]
    _order = "id desc"
    _rec_name = "partner_id"
    _decision_group = VALUE_MANAGER
    _decision_states = {"pending": "pending", "approved": "active", "refused": "refused"}
    _decided_on = "approved_on"
    _decision_terms = frozenset({"partner_id", "company_id", "tier_id", "date_from", "date_until"})
    _own_proposal = _lt("You requested this tier yourself. Another manager has to approve it.")
    _succession_layer = 30

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade", tracking=True
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    tier_id = fields.Many2one(
        "customer.value.tier",
        required=True,
        ondelete="restrict",
        index=True,
        domain="[('policy_id.state', '=', 'active'), ('company_id', '=', company_id)]",
        tracking=True,
    )
    reason = fields.Text(required=True)
    date_from = fields.Date(required=True, default=lambda self: self.env.company._get_value_today(), string="From")
    date_until = fields.Date(
        string="Until", help="Last day of validity. Leave empty if it applies until ended manually.", tracking=True
    )
    state = fields.Selection(
        [("pending", TO_APPROVE), ("active", "In force"), ("refused", REFUSED), ("ended", "Ended")],
        default="pending",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        workflow=BY_BUTTON,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Requested By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        workflow=BY_BUTTON,
    )
    approver_id = fields.Many2one("res.users", string="Decided By", readonly=True, copy=False, workflow=BY_BUTTON)
    approved_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)
    ended_on = fields.Datetime(readonly=True, copy=False, workflow=BY_BUTTON)

    _one_in_force = models.UniqueIndex(
        "(partner_id, company_id) WHERE state = 'active'",
        "The customer already has a manual tier. End it first.",
    )
    _dates = models.Constraint(
        "CHECK(date_until IS NULL OR date_until >= date_from)", "A manual tier cannot end before it starts."
    )

    @api.constrains("tier_id", "company_id")
    def _check_tier(self):
        for override in self:
            policy = override.tier_id.policy_id
            if policy.company_id != override.company_id or policy.state != "active":
                raise ValidationError(
                    self.env._(
                        "%(tier)s is not a tier of the active policy of %(company)s. Choose one of that policy.",
                        tier=override.tier_id.name,
                        company=override.company_id.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._read_through(vals)
        overrides = super().create(vals_list)
        waiting = overrides.filtered(lambda override: override.tier_id._needs_approval())
        waiting._ask_for_approval()
        (overrides - waiting)._put_in_force()
        return overrides

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if (self._decision_terms | {"reason"}) & vals.keys() and self.filtered(
            lambda override: override.state != "pending"
        ):
            raise UserError(self.env._("A decided tier cannot be changed. End it and enter a new one."))
        vals = dict(vals)
        self._read_through(vals)
        result = super().write(vals)
        if self._decision_terms & vals.keys():
            # sudo: as in customer.decision. What was asked before is no longer what is asked, nor of the same people
            self.sudo()._stop_asking()
            self._ask_for_approval()
        return result

    def _read_through(self, vals):
        """Contacts read through to their company."""
        if vals.get("partner_id"):
            vals["partner_id"] = self.env["res.partner"].browse(vals["partner_id"]).commercial_partner_id.id

    @api.model
    def load(self, fields, data):
        """Import: a tier is looked for by name in the active policy; if there is none, the message lists the tiers."""
        refused = self._refuse_namesakes(fields, data)
        if refused:
            # as ever, nothing is imported while a row cannot be: a second try would set the others a second time
            return {"ids": False, "messages": refused, "nextrow": 0}
        tiers = self.env["customer.value.policy"]._get_active(self.env.company).tier_ids
        result = super(CustomerValueOverride, self.with_context(**{IN_POLICY: tiers.policy_id.id})).load(fields, data)
        for message in result["messages"]:
            if message.get("field") == "tier_id" and message["type"] == "error":
                names = ", ".join(tiers.mapped("name"))
                message["message"] += " " + self.env._("The tiers of the active policy are: %s.", names)
        return result

    @api.model
    def _refuse_namesakes(self, fields, data):
        """Odoo takes the first of several customers whom a name fits; a tier brings prices and terms.

        :return: messages of an import, an error for each such row
        """
        if "partner_id" not in fields:
            return []
        column = fields.index("partner_id")
        label = self._fields["partner_id"]._description_string(self.env)
        Partner = self.env["res.partner"]
        names = {row[column] for row in data if row[column]}
        found = defaultdict(set)
        # all of them at once: each search looks at every partner
        for partner in Partner.search([("display_name", "in", list(names))]) if names else Partner:
            for name in names.intersection(map(str, filter(None, (partner[key] for key in Partner._rec_names_search)))):
                found[name].add(partner.id)
        counts = {name: len(found[name]) for name in names}
        messages = []
        for number, row in enumerate(data):
            name = row[column]
            if not name:
                continue
            if counts[name] > 1:
                messages.append(
                    {
                        "type": "error",
                        "rows": {"from": number, "to": number},
                        "record": number,
                        "field": "partner_id",
                        "field_name": label,
                        "message": self.env._(
                            "%(count)s customers are called %(name)s. Use the external ID or the database ID of the "
                            "column %(column)s instead.",
                            count=counts[name],
                            name=name,
                            column=label,
                        ),
                    }
                )
        return messages

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        if self.filtered(lambda override: override.state != "pending"):
            raise UserError(self.env._("A decided tier cannot be deleted. End it instead."))

    def _get_proposers(self):
        return super()._get_proposers() | self.user_id

    def _ask_for_approval(self):
        """An activity for every other manager of the company."""
        # sudo: as in customer.decision
        for override in self.sudo():
            override._ask_deciders(
                lambda asked: asked.env._(
                    "Approve %(tier)s for %(customer)s",
                    tier=asked.tier_id.name,
                    customer=asked.partner_id.display_name,
                )
            )

    def action_approve(self):
        """:raise UserError: decided already, or requested by the user who approves"""
        sudo = self._begin_decision()
        sudo._end_earlier()
        sudo._record_decision("approved")
        self._rescore()

    def action_refuse(self):
        """Refuse it, or take back what one has asked for."""
        self._check_decider()
        sudo = self._lock()
        sudo._check_pending()
        sudo._record_decision("refused", approved_on=False)

    def action_assign_many(self):
        """Open the wizard that sets one tier for many customers, whatever is selected."""
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_assign")
        return action | {"context": {}}

    def action_end(self):
        """End it now; the customers go to the tier of their score."""
        self.check_access("write")
        self._lock()
        self._end()

    def _put_in_force(self):
        """What needs no approval acts at once."""
        # sudo: the state is closed to everybody but this workflow
        sudo = self.sudo()
        sudo._end_earlier()
        sudo.write({"state": "active"})
        self._rescore()

    def _end_earlier(self):
        """What is in force for the same customers makes room. Call with sudo."""
        for company, overrides in self.grouped("company_id").items():
            earlier = self.search(
                [
                    ("state", "=", "active"),
                    ("partner_id", "in", overrides.partner_id.ids),
                    ("company_id", "=", company.id),
                ]
            )
            earlier._close()

    def _end(self):
        ended = self.filtered(lambda override: override.state in ("active", "pending"))
        ended._close()
        ended._rescore()

    def _close(self):
        # sudo: as in _put_in_force; flushed, for another may be in force in the next statement
        self.sudo().write({"state": "ended", "ended_on": fields.Datetime.now()})
        self.flush_recordset(["state"])

    @api.model
    def _before_merge(self, partners):
        """Of several in force in one company, that of the highest tier stays, so that merging costs no tier."""
        overrides = self.search([("state", "=", "active"), ("partner_id", "in", partners.ids)])
        for rivals in overrides.grouped("company_id").values():
            highest = rivals.sorted(lambda override: override.tier_id.entry_score)[-1:]
            (rivals - highest)._close()
        overrides.flush_recordset()

    def _rescore(self):
        """Score the customers again, so that tier, benefits and history follow at once."""
        for company, overrides in self.grouped("company_id").items():
            policy = self.env["customer.value.policy"]._get_active(company)
            policy.with_company(company)._run(partners=overrides.partner_id)

    @api.model
    def _cron_end(self):
        """End what is past its last day, company by company."""
        # no company is further ahead than a day
        latest = fields.Date.add(fields.Date.today(), days=1)
        ending = self.search([("state", "=", "active"), ("date_until", "<", latest)])
        by_company = [
            expired
            for company, overrides in ending.grouped("company_id").items()
            if (expired := overrides.filtered_domain([("date_until", "<", company._get_value_today())]))
        ]
        self.env["ir.cron"]._value_do_each(by_company, lambda overrides: overrides._end())

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...analytics.risk.loss import cannot_return_sql
from ..core.customer_value_workflow_record import NOT_ENTERED

STATES = [
    ("planned", "Planned"),
    ("offered", "Offered"),
    ("failed", "Failed"),
    ("withdrawn", "Withdrawn"),
    ("holdout", "Control group"),
]


class CustomerRetentionMember(models.Model):
    """A customer in a campaign, either in the group that gets the offer or in the control group."""

    _name = "customer.retention.member"
    _description = "Member of a Retention Campaign"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant", "customer.value.customer.row"]
    _order = "campaign_id desc, id"
    _rec_name = "partner_id"
    _succession_layer = 10
    _workflow = NOT_ENTERED

    campaign_id = fields.Many2one(
        "customer.retention.campaign", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade", help="Company of the campaign."
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    is_open = fields.Boolean(readonly=True, help="The campaign is running.")
    arm = fields.Selection(
        [("treatment", "Offer group"), ("holdout", "Control group")],
        string="Group",
        required=True,
        readonly=True,
        index=True,
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="planned", index=True)
    stratum = fields.Char(readonly=True, help="Tier and margin group within which the control group was selected.")
    tier_id = fields.Many2one(
        "customer.value.tier", readonly=True, ondelete="set null", help="Tier when the customer was added."
    )
    margin_before = fields.Monetary(
        readonly=True, help="Net margin before the start, over a period as long as the measurement."
    )
    excluded = fields.Char(
        readonly=True, help="Reason why the customer is excluded from the result; empty if included."
    )

    # The offer
    user_id = fields.Many2one("res.users", string="Done By", readonly=True, index=True)
    planned_date = fields.Date(readonly=True, index=True)
    offered_on = fields.Datetime(readonly=True)
    hindrance = fields.Char(readonly=True, help="Reason why the offer could not be made.", string="Obstacle")
    cost = fields.Monetary(readonly=True, help="Booked cost, in addition to lower order margins.")
    face_value = fields.Monetary(
        readonly=True, help="Promised amount, included in the budget; reduces the margin of orders once used."
    )

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint("UNIQUE(partner_id, campaign_id)", "The customer is already in this campaign.")
    _open_once = models.UniqueIndex(
        "(partner_id, company_id) WHERE is_open", "The customer is in another running campaign."
    )
    _holdout_left_alone = models.Constraint(
        "CHECK(arm <> 'holdout' OR state = 'holdout' AND offered_on IS NULL AND COALESCE(cost, 0) = 0"
        " AND COALESCE(face_value, 0) = 0)",
        "Customers in the control group are not contacted: without them, the effect of the campaign cannot "
        "be measured.",
    )

    # -- hindrances ----------------------------------------------------------------------------------------------------

    def _get_customers_to_contact(self):
        """:raise UserError: some are in the control group, which shows what happens without contact"""
        if self.filtered(lambda member: member.arm == "holdout" and member.is_open):
            raise UserError(
                self.env._("Customers of the control group are not contacted. Remove them from the selection.")
            )
        return super()._get_customers_to_contact()

    def _get_standing_hindrances(self):
        """Why members must not get their offer at this moment, whatever the campaign has planned.

        :return: dict from the id of a member to the reason in words; members who may get the offer are not in it
        """
        if not self:
            return {}
        self.env.flush_all()
        labels = {
            "archived": self.env._("The customer is archived or belongs to another company."),
            "opt_out": self.env._("The customer has opted out of campaigns."),
            "cannot_return": self.env._("The customer cannot return, by the reason for leaving that was recorded."),
            "holdout": self.env._("A contact of the same customer is in the control group."),
            "twice": self.env._("Belongs to another customer who is in a campaign."),
            "dispute": self.env._("The customer has an open dispute with us."),
        }
        dispute = SQL(" OR ").join(
            SQL("m.campaign_id = %s AND %s", campaign.id, campaign._dispute_sql(SQL("customer.id")))
            for campaign in self.campaign_id
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, hindrance FROM (
                    SELECT m.id,
                           CASE WHEN p.active IS NOT TRUE OR customer.active IS NOT TRUE
                                     OR customer.company_id <> m.company_id THEN 'archived'
                                WHEN p.retention_opt_out OR customer.retention_opt_out THEN 'opt_out'
                                WHEN %(cannot_return)s THEN 'cannot_return'
                                WHEN EXISTS (SELECT FROM res_partner q
                                               JOIN customer_retention_member h ON h.partner_id = q.id
                                              WHERE q.commercial_partner_id = customer.id AND h.arm = 'holdout'
                                                AND h.company_id = m.company_id
                                                AND (h.is_open OR h.campaign_id = m.campaign_id)) THEN 'holdout'
                                WHEN customer.id <> p.id
                                     AND EXISTS (SELECT FROM res_partner q
                                                   JOIN customer_retention_member o ON o.partner_id = q.id
                                                  WHERE q.commercial_partner_id = customer.id AND o.is_open
                                                    AND o.company_id = m.company_id AND o.id <> m.id
                                                    AND (q.id = customer.id OR o.id < m.id)) THEN 'twice'
                                WHEN %(dispute)s THEN 'dispute' END AS hindrance
                      FROM customer_retention_member m
                      JOIN res_partner p ON p.id = m.partner_id
                      JOIN res_partner customer ON customer.id = p.commercial_partner_id
                     WHERE m.id = ANY(%(members)s)) judged
                 WHERE hindrance IS NOT NULL
                """,
                cannot_return=cannot_return_sql(SQL("customer.id"), SQL("m.company_id")),
                dispute=dispute,
                members=self.ids,
            )
        )
        return {member: labels[code] for member, code in rows}

    # -- merged customers ----------------------------------------------------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """Merged customers are one member of each campaign, and of one running campaign.

        Customers of the control group stay in it if the other has not been offered anything yet. Otherwise
        they keep the offer they got, and do not count for the result.
        """
        members = self.search([("partner_id", "in", partners.ids)], order="id")
        for rivals in members.grouped("campaign_id").values():
            if len(rivals) > 1:
                rivals._become_one()
        rest = members.exists()
        for rivals in rest.filtered("is_open").grouped("company_id").values():
            if len(rivals) > 1:
                rivals._leave_one_open()
        self.flush_model()

    def _get_precedence(self):
        """Which of several memberships of one customer is kept: the least."""
        self.ensure_one()
        if self.offered_on or self.state == "offered":
            return 0, self.id
        if self.arm == "holdout":
            return 1, self.id
        return 2 + ["planned", "failed", "withdrawn"].index(self.state), self.id

    def _become_one(self):
        """Members of one campaign."""
        if "holdout" in self.mapped("arm"):
            # no call has been made yet: they can still be in the control group
            self._take_back_calls(self.env._("Merged with a customer in the control group."))
        kept = self.sorted(lambda member: member._get_precedence())[0]
        others = self - kept
        others._hand_over_to(kept)
        values = {
            "margin_before": sum(self.mapped("margin_before")),
            "cost": sum(self.mapped("cost")),
            "face_value": sum(self.mapped("face_value")),
            "is_open": any(self.mapped("is_open")),
        }
        if kept.arm == "treatment" and "holdout" in others.mapped("arm"):
            values["excluded"] = self.env._("Merged with a customer in the control group.")
        else:
            values["excluded"] = next(filter(None, self.mapped("excluded")), False)
        # first, or two of them would be open at once
        others.unlink()
        kept.write(values)

    def _leave_one_open(self):
        """Members of several campaigns of one company."""
        holdout = self.filtered(lambda member: member.arm == "holdout")
        kept = (holdout or self).sorted(lambda member: member._get_precedence())[0]
        offered = self.filtered(lambda member: member._get_precedence()[0] == 0)

        def merged_with(member):
            return self.env._("Merged with a customer of another campaign, “%s”.", member.campaign_id.name)

        for member in self:
            values = {} if member == kept else {"is_open": False}
            if member.state == "planned" and member != kept:
                # they are in the control group there, or get the offer there: here they get nothing
                values |= {"state": "withdrawn", "hindrance": merged_with(kept)}
            reached = (offered - member)[:1]
            if reached or (member.arm == "treatment" and member != kept):
                values["excluded"] = member.excluded or merged_with(reached or kept)
            if values:
                member.write(values)

    # -- customers who want no campaigns -------------------------------------------------------------------------------

    @api.model
    def _get_followed(self, vals):
        return frozenset({"retention_opt_out"}) if vals.get("retention_opt_out") else super()._get_followed(vals)

    @api.model
    def _before_values(self, partners, vals):
        """Customers who want no campaigns are not called any more, nor are their contacts."""
        concerned = self.search(
            [
                "|",
                ("partner_id", "in", partners.ids),
                ("partner_id.commercial_partner_id", "in", partners.ids),
                ("state", "=", "offered"),
                ("activity_id", "!=", False),
            ]
        )
        concerned._take_back_calls(self.env._("The customer has opted out of campaigns."))

    # -- contacts who move ---------------------------------------------------------------------------------------------

    @api.model
    def _before_move(self, partners):
        """Who takes part in open campaigns among those whose company may change with ``partners``.

        :return: dict from partner id to the id of its commercial entity; empty if no campaign is touched
        """
        customers = partners.commercial_partner_id
        self.flush_model(["is_open", "partner_id"])
        partners.flush_model(["parent_id", "is_company", "commercial_partner_id"])
        # companies below them stay customers of their own, whatever happens above: nobody looks at their contacts
        moving = SQL(
            """
            WITH RECURSIVE moving AS (
                SELECT id, commercial_partner_id FROM res_partner WHERE id = ANY(%s)
                 UNION
                SELECT rp.id, rp.commercial_partner_id
                  FROM moving JOIN res_partner rp ON rp.parent_id = moving.id
                 WHERE rp.is_company IS NOT TRUE
            )
            """,
            partners.ids,
        )
        concerned = SQL(
            """%s SELECT EXISTS (SELECT FROM customer_retention_member member
                                  WHERE member.is_open AND (member.partner_id IN (SELECT id FROM moving)
                                                            OR member.partner_id = ANY(%s)))""",
            moving,
            customers.ids,
        )
        if not self.env.execute_query(concerned)[0][0]:
            return {}
        return dict(self.env.execute_query(SQL("%s SELECT id, commercial_partner_id FROM moving", moving)))

    @api.model
    def _after_move(self, partners, state):
        """Customers of the control group must not be reached as contacts of another customer.

        Members who have become contacts of another customer do not count any more: their orders are those of that
        customer. Contacts who leave a customer of the control group stay in the control group.
        """
        if not state:
            return
        self.env.flush_all()
        Partner = self.env["res.partner"].with_context(active_test=False)
        moved = Partner.browse(state).exists().filtered(lambda p: p.commercial_partner_id.id != state[p.id])
        if not moved:
            return
        for member in self.search([("is_open", "=", True), ("partner_id", "in", moved.ids), ("excluded", "=", False)]):
            if member.partner_id.commercial_partner_id != member.partner_id:
                member.excluded = self.env._(
                    "Now a contact of %s.", member.partner_id.commercial_partner_id.display_name
                )
        independent = moved.filtered(lambda partner: partner.commercial_partner_id == partner)
        left = Partner.browse(state[partner.id] for partner in independent)
        holdout = self.search([("is_open", "=", True), ("arm", "=", "holdout"), ("partner_id", "in", left.ids)])
        for partner in independent:
            present = self.search([("partner_id", "=", partner.id)])
            for member in holdout.filtered(lambda member, partner=partner: member.partner_id.id == state[partner.id]):
                if member.campaign_id in present.campaign_id:
                    continue
                taken = present.filtered(
                    lambda other, member=member: other.is_open and other.company_id == member.company_id
                )
                self.create(
                    {
                        "campaign_id": member.campaign_id.id,
                        "company_id": member.company_id.id,
                        "partner_id": partner.id,
                        "arm": "holdout",
                        "state": "holdout",
                        "is_open": not taken,
                        "excluded": self.env._(
                            "Was a contact of %s, who is in the control group.", member.partner_id.display_name
                        ),
                    }
                )

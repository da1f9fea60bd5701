from odoo import api, fields, models
from odoo.tools import SQL

from ...analytics.scoring.purchases import READ
from ...models.complaint.customer_complaint_clock import on_time_sql
from ...models.complaint.customer_complaint_followup import RECOVERY_DAYS
from ...models.complaint.customer_complaint_type import SEVERITIES
from ...models.complaint.helpdesk_ticket import STATES

AFTERWARDS = (
    "In company currency, untaxed. Available once the follow-up period has passed; not available for abusive "
    "complaints."
)


class CustomerComplaintReport(models.Model):
    """One row for each complaint; one that was merged into another is told of by the other.

    Days and hours are by the wall clock, amounts in company currency. Shares are 0 or 1 on a row and averaged over
    many; what is not known yet is empty, and counts neither way. What needs a look at other tables stands alone in
    the list of columns, so that PostgreSQL looks only if somebody asks for it. What was ordered is stored once it is
    known, see ``customer.complaint.followup``.
    """

    _name = "customer.complaint.report"
    _inherit = ["customer.value.calculated"]
    _description = "Complaint Analysis"
    _auto = False
    _order = "received_on desc, id desc"
    _rec_name = "number"

    ticket_id = fields.Many2one("helpdesk.ticket", string="Complaint", readonly=True)
    number = fields.Char(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    tier_id = fields.Many2one("customer.value.tier", readonly=True, help="When the complaint was received.")
    type_id = fields.Many2one("customer.complaint.type", readonly=True)
    cause_id = fields.Many2one("customer.complaint.cause", string="Root Cause", readonly=True)
    product_id = fields.Many2one(
        "product.product",
        readonly=True,
        help="Product concerned: from the order line, otherwise from the largest line of the order or invoice.",
    )
    channel_id = fields.Many2one("helpdesk.ticket.channel", readonly=True)
    severity = fields.Selection(SEVERITIES, readonly=True)
    state = fields.Selection(STATES, readonly=True)
    outcome = fields.Selection(selection="_selection_outcome", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("helpdesk.ticket.team", readonly=True)
    received_on = fields.Datetime(readonly=True)
    answered_on = fields.Datetime(string="First Answered On", readonly=True)
    closed_on = fields.Datetime(readonly=True)
    abusive = fields.Boolean(readonly=True)
    followed = fields.Boolean(
        string="Follow-up Complete", readonly=True, help=f"The complaint was closed at least {RECOVERY_DAYS} days ago."
    )

    hours_to_acknowledge = fields.Float(string="Acknowledged (h)", aggregator="avg", readonly=True)
    days_to_answer = fields.Float(
        string="Days to Answer", aggregator="avg", readonly=True, help="Until the first answer."
    )
    on_time = fields.Float(
        string="Answered on Time",
        aggregator="avg",
        readonly=True,
        help="First answer compared with the first promise. Without an answer it is missed once the deadline has "
        "passed; empty while it is running.",
    )
    judged_on = fields.Datetime(
        string="Answered or Overdue On",
        readonly=True,
        help="When it was clear whether the first answer is on time: when it was given, or when its deadline passed.",
    )
    disputed = fields.Float(aggregator="avg", readonly=True)
    redress_cost = fields.Monetary(readonly=True, aggregator="sum")
    revenue_before = fields.Monetary(
        string="Ordered Before",
        readonly=True,
        aggregator="sum",
        help=f"In the {RECOVERY_DAYS} days before the complaint. {AFTERWARDS}",
    )
    revenue_after = fields.Monetary(
        string="Ordered After",
        readonly=True,
        aggregator="sum",
        help=f"In the {RECOVERY_DAYS} days after closing. {AFTERWARDS}",
    )
    bought_before = fields.Float(
        string="Had Bought Before",
        aggregator="avg",
        readonly=True,
        help=f"In the {RECOVERY_DAYS} days before the complaint.",
    )
    bought_again = fields.Float(aggregator="avg", readonly=True, help=f"In the {RECOVERY_DAYS} days after closing.")

    _depends = {
        "helpdesk.ticket": [
            "is_complaint", "duplicate_id", "company_id", "partner_id", "channel_id", "user_id", "team_id",
            "complaint_number", "complaint_type_id", "complaint_cause_id", "complaint_severity", "complaint_state",
            "complaint_outcome", "complaint_order_id", "complaint_order_line_id", "complaint_move_id",
            "complaint_received_on", "complaint_acknowledged_on", "complaint_closed_on", "complaint_disputed_on",
            "complaint_redress_cost", "complaint_abusive", "complaint_waiting_since",
        ],
        "customer.complaint.followup": [
            "ticket_id", "company_id", "partner_id", "received_on", "closed_on", "revenue_before", "revenue_after",
            "bought_before", "bought_again",
        ],
        "customer.complaint.clock": ["ticket_id", "kind", "cause", "tier_id", "due", "stopped"],
        "sale.order": ["value_customer_id", "company_id", "state", "date_order", "amount_untaxed", "currency_rate"],
        "sale.order.line": ["product_id", "display_type", *READ["sale.order.line"]],
        "account.move.line": ["move_id", "product_id", "price_subtotal", "display_type"],
        "res.partner": ["commercial_partner_id"],
    }  # fmt: skip

    @api.model
    def _selection_outcome(self):
        return self.env["helpdesk.ticket"]._fields["complaint_outcome"]._description_selection(self.env)

    @property
    def _table_query(self):
        # what is counted before and after, and only when the time afterwards is over
        followed = SQL(
            "ticket.complaint_state = 'closed' AND ticket.complaint_closed_on <= %s AND NOT %s",
            fields.Datetime.subtract(fields.Datetime.now(), days=RECOVERY_DAYS),
            SQL("COALESCE(ticket.complaint_abusive, FALSE)"),
        )
        known = SQL("%s AND ticket.commercial_partner_id IS NOT NULL", followed)
        Followup = self.env["customer.complaint.followup"]
        total = SQL("COALESCE(sum(%s), 0)", Followup._amount_sql())
        windows = {"revenue_before": Followup._before_sql(), "revenue_after": Followup._after_sql()}

        def stored(name, kept, looked_up):
            return SQL(
                "CASE WHEN %s THEN CASE WHEN followup.id IS NOT NULL THEN %s ELSE %s END END",
                known,
                kept,
                Followup._ordered_sql(looked_up, windows[name]),
            )

        return SQL(
            """
            SELECT ticket.id, ticket.id AS ticket_id, ticket.complaint_number AS number, ticket.company_id,
                   company.currency_id, customer.commercial_partner_id AS partner_id,
                   clock.tier_id, ticket.complaint_type_id AS type_id, ticket.complaint_cause_id AS cause_id,
                   %(product)s AS product_id,
                   ticket.channel_id, ticket.complaint_severity AS severity, ticket.complaint_state AS state,
                   ticket.complaint_outcome AS outcome, ticket.user_id, ticket.team_id,
                   ticket.complaint_received_on AS received_on, clock.stopped AS answered_on,
                   CASE WHEN ticket.complaint_state = 'closed' THEN ticket.complaint_closed_on END AS closed_on,
                   COALESCE(ticket.complaint_abusive, FALSE) AS abusive,
                   (%(followed)s) AS followed,
                   date_part('epoch', ticket.complaint_acknowledged_on - ticket.complaint_received_on) / 3600
                       AS hours_to_acknowledge,
                   date_part('epoch', clock.stopped - ticket.complaint_received_on) / 86400 AS days_to_answer,
                   (%(on_time)s)::int::float8 AS on_time,
                   CASE WHEN %(on_time)s IS NOT NULL THEN LEAST(clock.stopped, clock.due) END AS judged_on,
                   (ticket.complaint_disputed_on IS NOT NULL)::int::float8 AS disputed,
                   COALESCE(ticket.complaint_redress_cost, 0) AS redress_cost,
                   %(before)s AS revenue_before,
                   %(after)s AS revenue_after,
                   (%(bought_before)s)::float8 AS bought_before,
                   (%(bought_again)s)::float8 AS bought_again
              FROM helpdesk_ticket ticket
              JOIN res_company company ON company.id = ticket.company_id
              LEFT JOIN res_partner customer ON customer.id = ticket.partner_id
              LEFT JOIN (
                    SELECT DISTINCT ON (intake.ticket_id) intake.ticket_id, intake.tier_id, intake.due, intake.stopped
                      FROM customer_complaint_clock intake
                     WHERE intake.kind = 'answer' AND intake.cause = 'intake'
                     ORDER BY intake.ticket_id, intake.id DESC
                   ) clock ON clock.ticket_id = ticket.id
              %(followup)s
             WHERE ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL
            """,
            product=self._product_sql(),
            on_time=on_time_sql(fields.Datetime.now()),
            followed=followed,
            before=stored("revenue_before", SQL("followup.revenue_before"), total),
            after=stored("revenue_after", SQL("followup.revenue_after"), total),
            bought_before=stored("revenue_before", SQL("followup.bought_before::int"), SQL("(count(*) > 0)::int")),
            bought_again=stored("revenue_after", SQL("followup.bought_again::int"), SQL("(count(*) > 0)::int")),
            followup=Followup._join_sql(),
        )

    @api.model
    def _product_sql(self):
        return SQL(
            """COALESCE(
                (SELECT line.product_id FROM sale_order_line line WHERE line.id = ticket.complaint_order_line_id),
                (SELECT line.product_id FROM sale_order_line line
                  WHERE line.order_id = ticket.complaint_order_id AND line.display_type IS NULL
                    AND line.product_id IS NOT NULL
                  ORDER BY line.price_subtotal DESC NULLS LAST, line.id LIMIT 1),
                (SELECT line.product_id FROM account_move_line line
                  WHERE line.move_id = ticket.complaint_move_id AND line.display_type = 'product'
                    AND line.product_id IS NOT NULL
                  ORDER BY line.price_subtotal DESC NULLS LAST, line.id LIMIT 1)
            )"""
        )

    def action_open_ticket(self):
        self.ensure_one()
        return self.ticket_id._get_records_action()

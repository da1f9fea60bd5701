from odoo import api, models
from odoo.tools import SQL

from ..complaint.customer_complaint_clock import on_time_sql
from .customer_effect_measure import Measure

# From so many of five points on a customer is content, as Odoo counts it.
SATISFIED = 4


class CustomerEffectMeasure(models.AbstractModel):
    """Service and sales: how fast and how well customers are answered, and how many deals are won."""

    _inherit = "customer.effect.measure"

    @api.model
    def _get_measures(self):
        return super()._get_measures() | {
            "answer_hours": Measure(
                "service",
                self.env._("Hours to first answer"),
                self.env._(
                    "Median, in working time, of tickets and contacts received in the window and answered since. Those "
                    "without an answer do not count."
                ),
                "median",
                "customer.contact.answer",
                unit="hours",
                higher=False,
            ),
            "complaint_on_time": Measure(
                "service",
                self.env._("Complaints answered on time"),
                self.env._(
                    "Of the complaints received in the window, by the deadline promised at intake. Those without an "
                    "answer count as late once it has passed, and not at all until then."
                ),
                "share",
                "helpdesk.ticket",
            ),
            "complaint_days": Measure(
                "service",
                self.env._("Days to close a complaint"),
                self.env._("Median, by the calendar, of the complaints closed in the window."),
                "median",
                "helpdesk.ticket",
                unit="days",
                higher=False,
            ),
            "satisfied": Measure(
                "service",
                self.env._("Satisfied customers"),
                self.env._("Ratings of tickets with 4 or 5 of 5 points, of those given in the window."),
                "share",
                "rating.rating",
            ),
            "won": Measure(
                "sales",
                self.env._("Opportunities won"),
                self.env._("Of the opportunities decided in the window, by their present state."),
                "share",
                "crm.lead",
            ),
        }

    @api.model
    def _rows_answer_hours(self, scope):
        answers = self.env["customer.contact.answer"].with_context(allowed_company_ids=list(scope.company_ids))
        return SQL(
            """
            SELECT answer.id, answer.hours AS value
              FROM (%s) answer
             WHERE answer.company_id = %s AND answer.moment >= %s AND answer.moment < %s AND answer.hours IS NOT NULL
            """,
            answers._table_query,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _rows_complaint_on_time(self, scope):
        """The first promise counts: a severity that is changed later gains no time."""
        return SQL(
            """
            SELECT ticket.id, %(on_time)s AS hit
              FROM helpdesk_ticket ticket
             CROSS JOIN LATERAL (
                    SELECT intake.due, intake.stopped
                      FROM customer_complaint_clock intake
                     WHERE intake.ticket_id = ticket.id AND intake.kind = 'answer' AND intake.cause = 'intake'
                     ORDER BY intake.id DESC LIMIT 1
                   ) clock
             WHERE ticket.company_id = %(books)s AND ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL
               AND ticket.complaint_received_on >= %(opens)s AND ticket.complaint_received_on < %(until)s
               AND %(on_time)s IS NOT NULL
            """,
            on_time=on_time_sql(scope.moment),
            books=scope.books,
            opens=scope.window_opens,
            until=scope.until,
        )

    @api.model
    def _rows_complaint_days(self, scope):
        return SQL(
            """
            SELECT ticket.id,
                   extract(epoch FROM ticket.complaint_closed_on - ticket.complaint_received_on) / 86400 AS value
              FROM helpdesk_ticket ticket
             WHERE ticket.company_id = %s AND ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL
               AND ticket.complaint_state = 'closed'
               AND ticket.complaint_closed_on >= %s AND ticket.complaint_closed_on < %s
               AND ticket.complaint_received_on IS NOT NULL
            """,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _rows_satisfied(self, scope):
        return SQL(
            """
            SELECT rating.id, rating.rating >= %s AS hit
              FROM rating_rating rating
              JOIN helpdesk_ticket ticket ON ticket.id = rating.res_id
             WHERE rating.res_model = 'helpdesk.ticket' AND ticket.company_id = %s AND ticket.duplicate_id IS NULL
               AND rating.consumed AND rating.rating >= 1 AND rating.is_internal IS NOT TRUE
               AND rating.rated_on >= %s AND rating.rated_on < %s
            """,
            SATISFIED,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _rows_won(self, scope):
        return SQL(
            """
            SELECT lead.id, lead.won_status = 'won' AS hit
              FROM crm_lead lead
             WHERE lead.company_id = %s AND lead.type = 'opportunity' AND lead.won_status IN ('won', 'lost')
               AND lead.date_closed >= %s AND lead.date_closed < %s
            """,
            scope.books,
            scope.window_opens,
            scope.until,
        )

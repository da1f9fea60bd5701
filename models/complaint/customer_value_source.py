from datetime import timedelta

from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ..scoring.customer_value_source import Metric
from .customer_complaint_followup import RECOVERY_DAYS
from .groups import COMPLAINT_OFFICER


class CustomerValueSource(models.AbstractModel):
    """What tickets say of a customer, and complaints above all.

    An honest complaint never counts against customers: those who complain want to stay. Only those found abusive by two
    people do, in a metric of their own. A complaint merged into another is told twice and counts once.
    """

    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "ticket_count": Metric("helpdesk", self.env._("Tickets other than complaints"), "count", "lower"),
            "complaint_share": Metric(
                "complaint", self.env._("Non-abusive complaints per order"), "percent", additive=False, harmless=True
            ),
            "abusive_complaints": Metric("complaint", self.env._("Abusive complaints"), "count", "lower"),
            "recovery_rate": Metric("recovery", self.env._("Won back after complaints"), "percent", additive=False),
            "satisfaction": Metric("rating", self.env._("Satisfaction with service"), "points", additive=False),
        }

    @api.model
    def _get_given_cards(self):
        return [
            *super()._get_given_cards(),
            SQL("SELECT card_id FROM customer_complaint_redress WHERE card_id IS NOT NULL"),
        ]

    @api.model
    def _metric_sql(self, code, metric):
        if code == "complaint_share":
            # of nothing ordered there is no share
            return SQL("(100.0 * COALESCE(complaint.complaint_count, 0) / NULLIF(sale.order_count, 0))")
        return super()._metric_sql(code, metric)

    @api.model
    def _abusive_sql(self, scope):
        """Complaints that stood as found abusive at the end of ``as_of``, in the column ``ticket_id``."""
        return SQL(
            """SELECT DISTINCT review.ticket_id
                 FROM customer_complaint_review review
                WHERE review.company_id = %(company)s AND review.state IN ('confirmed', 'reversed')
                  AND review.decided_on < %(until)s
                  AND (review.reversed_on IS NULL OR review.reversed_on >= %(until)s)""",
            company=scope.books,
            until=scope.until,
        )

    @api.model
    def _abusive_tickets(self, scope):
        """As records, for domains: users who may not read reviews see the same documents."""
        query = self._abusive_sql(scope)
        self.env["customer.complaint.review"].flush_model()
        return self.env["helpdesk.ticket"].browse(row[0] for row in self.env.execute_query(query))

    # -- tickets -------------------------------------------------------------------------------------------------

    @api.model
    def _source_helpdesk(self, scope, metrics):
        """Tickets opened in the window; a duplicate is the same ticket told twice and does not count.

        Complaints are no part of it: they have metrics of their own, in which honest ones do no harm.
        """
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, count(*) AS ticket_count
              FROM helpdesk_ticket ticket
              JOIN res_partner rp ON rp.id = ticket.partner_id
             WHERE ticket.company_id = %(company)s AND ticket.active AND ticket.duplicate_id IS NULL
               AND ticket.is_complaint IS NOT TRUE
               AND ticket.create_date >= %(opens)s AND ticket.create_date < %(until)s AND %(among)s
             GROUP BY rp.commercial_partner_id
            """,
            company=scope.books,
            opens=scope.window_opens,
            until=scope.until,
            among=scope.among(SQL("rp.commercial_partner_id")),
        )

    @api.model
    def _source_complaint(self, scope, metrics):
        """Complaints received in the window, by what was known of abuse at the end of ``as_of``."""
        return SQL(
            """
            SELECT ticket.commercial_partner_id AS partner_id,
                   count(*) FILTER (WHERE abuse.ticket_id IS NULL) AS complaint_count,
                   count(abuse.ticket_id) AS abusive_complaints
              FROM helpdesk_ticket ticket
              LEFT JOIN (%(abusive)s) abuse ON abuse.ticket_id = ticket.id
             WHERE ticket.company_id = %(company)s AND ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL
               AND ticket.complaint_received_on >= %(opens)s AND ticket.complaint_received_on < %(until)s
               AND ticket.commercial_partner_id IS NOT NULL AND %(among)s
             GROUP BY ticket.commercial_partner_id
            """,
            company=scope.books,
            opens=scope.window_opens,
            until=scope.until,
            abusive=self._abusive_sql(scope),
            among=scope.among(SQL("ticket.commercial_partner_id")),
        )

    @api.model
    def _source_recovery(self, scope, metrics):
        """Complaints closed whose time to come back ended in the window: of how many the customer came back.

        They came back if they ordered again in that time, or accepted the answer themselves. All are counted at the
        end of that time, not when they order: else those who have not ordered *yet* would be missing. States are those
        of the record of events at the end of ``as_of``; a complaint then disputed or referred is not closed. Most were
        closed by then, and the complaint itself says when; the events of the few others are looked up.
        """
        Followup = self.env["customer.complaint.followup"]
        tickets = SQL(
            """ticket.company_id = %(company)s AND ticket.is_complaint IS TRUE AND ticket.duplicate_id IS NULL
               AND ticket.commercial_partner_id IS NOT NULL AND ticket.id NOT IN (%(abusive)s) AND %(among)s""",
            company=scope.books,
            abusive=self._abusive_sql(scope),
            among=scope.among(SQL("ticket.commercial_partner_id")),
        )
        counted = SQL(
            "BETWEEN %(opens)s - %(days)s * interval '1 day' AND %(until)s - %(days)s * interval '1 day'"
            " - interval '1 microsecond'",
            opens=scope.window_opens,
            until=scope.until,
            days=RECOVERY_DAYS,
        )
        return SQL(
            """
            WITH told AS MATERIALIZED (
                SELECT ticket.id, ticket.company_id, ticket.commercial_partner_id, ticket.complaint_received_on,
                       ticket.complaint_closed_on AS closed_on, %(settled)s IS TRUE AS is_settled
                  FROM helpdesk_ticket ticket
                 WHERE %(tickets)s AND (%(settled)s IS NOT TRUE OR ticket.complaint_closed_on %(counted)s)
            ), closed AS MATERIALIZED (
                SELECT id, company_id, commercial_partner_id, complaint_received_on, closed_on
                  FROM told WHERE is_settled
                 UNION ALL
                SELECT told.id, told.company_id, told.commercial_partner_id, told.complaint_received_on, step.closed_on
                  FROM told
                 CROSS JOIN LATERAL (
                        SELECT (array_agg(event.state_to ORDER BY event.id DESC))[1] AS state,
                               max(event.date) FILTER (WHERE event.state_to = 'closed') AS closed_on
                          FROM customer_complaint_event event
                         WHERE event.ticket_id = told.id AND event.state_to IS NOT NULL AND event.date < %(until)s
                        OFFSET 0
                       ) step
                 WHERE NOT told.is_settled AND step.state = 'closed' AND step.closed_on %(counted)s
            ), accepted AS MATERIALIZED (
                SELECT ticket_id, max(id) AS id
                  FROM customer_complaint_event
                 WHERE state_to = 'answered' AND state_from = 'answered' AND actor = 'customer' AND date < %(until)s
                 GROUP BY ticket_id
            )
            SELECT ticket.commercial_partner_id AS partner_id,
                   100.0 * count(*) FILTER (WHERE
                        accepted.id > (SELECT max(event.id) FROM customer_complaint_event event
                                        WHERE event.ticket_id = accepted.ticket_id AND event.date < %(until)s
                                          AND event.state_to = 'answered' AND event.state_from <> 'answered')
                        OR CASE WHEN followup.id IS NOT NULL THEN followup.bought_again ELSE %(again)s END
                   ) / count(*) AS recovery_rate
              FROM closed ticket
              LEFT JOIN accepted ON accepted.ticket_id = ticket.id
              %(followup)s
             GROUP BY ticket.commercial_partner_id
            """,
            tickets=tickets,
            settled=SQL(
                "(ticket.complaint_state = 'closed' AND ticket.complaint_closed_on < %s)",
                scope.until,
            ),
            counted=counted,
            until=scope.until,
            again=Followup._ordered_sql(SQL("count(*) > 0"), Followup._after_sql(SQL("ticket.closed_on"))),
            followup=Followup._join_sql(SQL("ticket.closed_on")),
        )

    @api.model
    def _source_rating(self, scope, metrics):
        """Mean of the ratings given in the window, 1 to 5, for complaints and other tickets."""
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, round(avg(rating.rating)::numeric, 2) AS satisfaction
              FROM rating_rating rating
              JOIN helpdesk_ticket ticket ON ticket.id = rating.res_id
              JOIN res_partner rp ON rp.id = ticket.partner_id
             WHERE rating.res_model = 'helpdesk.ticket' AND rating.consumed AND rating.rating >= 1
               AND rating.is_internal IS NOT TRUE
               AND rating.rated_on >= %(opens)s AND rating.rated_on < %(until)s
               AND ticket.company_id = %(company)s AND ticket.duplicate_id IS NULL AND %(among)s
             GROUP BY rp.commercial_partner_id
            """,
            company=scope.books,
            opens=scope.window_opens,
            until=scope.until,
            among=scope.among(SQL("rp.commercial_partner_id")),
        )

    # -- what changed, and what is behind it ------------------------------------------------------------------------

    @api.model
    def _changed_queries(self, company, since):
        """Tickets that were written, as steps of complaints do; and reviews, events and ratings, which write none."""
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM helpdesk_ticket ticket JOIN res_partner rp ON rp.id = ticket.partner_id
                    WHERE ticket.company_id = %s AND ticket.write_date > %s""",
                company.id,
                since,
            ),
            *(
                SQL(
                    """SELECT rp.commercial_partner_id AS partner_id
                         FROM helpdesk_ticket ticket
                         JOIN res_partner rp ON rp.id = ticket.partner_id
                         JOIN %s
                        WHERE ticket.company_id = %s AND %s > %s""",
                    joined,
                    company.id,
                    SQL(moment),
                    since,
                )
                for joined, moment in (
                    (SQL("customer_complaint_review review ON review.ticket_id = ticket.id"), "review.write_date"),
                    (SQL("customer_complaint_event event ON event.ticket_id = ticket.id"), "event.date"),
                    (
                        SQL(
                            "rating_rating rating ON rating.res_id = ticket.id AND rating.res_model = 'helpdesk.ticket'"
                        ),
                        "rating.write_date",
                    ),
                )
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        """:raise AccessError: what was found abusive is for complaint officers"""
        domain = [
            ("company_id", "in", scope.company_ids),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("duplicate_id", "=", False),
        ]
        received = [
            ("is_complaint", "=", True),
            ("complaint_received_on", ">=", scope.window_opens),
            ("complaint_received_on", "<", scope.until),
        ]
        # a closed ticket that was put away was there nonetheless
        context = {"create": False, "active_test": False}
        name = self.env._("Complaints of %s", partner.display_name)
        if metric == "ticket_count":
            domain += [
                ("is_complaint", "=", False),
                ("create_date", ">=", scope.window_opens),
                ("create_date", "<", scope.until),
            ]
            name, context = self.env._("Tickets of %s", partner.display_name), None
        elif metric == "complaint_share":
            domain += [*received, ("id", "not in", self._abusive_tickets(scope).ids)]
        elif metric == "abusive_complaints":
            if not self.env.user.has_group(COMPLAINT_OFFICER):
                raise AccessError(self.env._("Abusive complaints are only visible to complaint officers."))
            domain += [*received, ("id", "in", self._abusive_tickets(scope).ids)]
        elif metric == "recovery_rate":
            domain += [
                ("is_complaint", "=", True),
                ("complaint_state", "=", "closed"),
                ("complaint_closed_on", ">=", scope.window_opens - timedelta(days=RECOVERY_DAYS)),
                ("complaint_closed_on", "<", scope.until - timedelta(days=RECOVERY_DAYS)),
                ("id", "not in", self._abusive_tickets(scope).ids),
            ]
        elif metric == "satisfaction":
            rating = [
                ("consumed", "=", True),
                ("rating", ">=", 1),
                ("rated_on", ">=", scope.window_opens),
                ("rated_on", "<", scope.until),
            ]
            domain.append(("rating_ids", "any", rating))
            name = self.env._("Rated tickets of %s", partner.display_name)
        else:
            return super()._documents_action(metric, scope, partner)
        return self._list_action(name, "helpdesk.ticket", domain, context)

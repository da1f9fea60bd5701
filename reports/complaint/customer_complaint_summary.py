from datetime import datetime, time

from odoo import api, fields, models
from odoo.tools import SQL
from pytz import timezone, utc

from ...models.complaint.customer_complaint_clock import WAITING, on_time_sql

# Lines of each table, the most frequent first, and promises listed
MOST_LINES = 10

MOST_PROMISES = 20


class CustomerComplaintSummaryReport(models.AbstractModel):
    """Complaints of one company in one month: how many, how soon, about what, at what cost.

    What happened is counted from the record of the complaints, which is never changed, so that the summary of a month
    remains the same when a complaint of that month is disputed and answered again later. Merged complaints count as
    received, but neither as closed nor for deadlines: the remaining one does.
    """

    _name = "report.customer_value.report_complaint_summary"
    _description = "Monthly Summary of Complaints (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "customer.complaint.summary"

    @api.model
    def _get_documents(self, docids):
        wizards = super()._get_documents(docids)
        wizards._check_summary_access()
        return wizards

    @api.model
    def _get_page(self, wizard):
        """:return: dict of what the page shows; durations in hours, money in company currency"""
        company = wizard.company_id
        first = fields.Date.start_of(wizard.month, "month")
        start, end = self._get_bounds(company, first)
        figures = self._get_figures(company, start, end)
        return {
            "first": first,
            "last": fields.Date.end_of(first, "month"),
            "figures": figures,
            "tables": [(title, self._get_lines(rows)) for title, rows in self._get_tables(company, start, end) if rows],
            "redress": self._get_redress_cost(company, start, end),
            "promises": self._get_promises(company),
        }

    @api.model
    def _get_bounds(self, company, first):
        """Begin and end (not part of it) of the month by the days of the company, naive UTC."""
        zone = timezone(company._get_value_zone())
        days = (first, fields.Date.add(first, months=1))
        return [zone.localize(datetime.combine(day, time.min)).astimezone(utc).replace(tzinfo=None) for day in days]

    @api.model
    def _flush(self):
        """What SQL is about to read."""
        for name in ("helpdesk.ticket", "customer.complaint.event", "customer.complaint.clock",
                     "customer.complaint.redress", "sale.order.line"):  # fmt: skip
            self.env[name].flush_model()

    @api.model
    def _get_figures(self, company, start, end):
        """:return: dict: counts of tickets; ``kept`` and ``due`` of first clocks due in the month; medians in hours"""
        self._flush()
        now = fields.Datetime.now()
        counted = dict(
            self.env.execute_query(
                SQL(
                    """SELECT event.state_to, count(DISTINCT event.ticket_id)
                         FROM customer_complaint_event event
                         JOIN helpdesk_ticket ticket ON ticket.id = event.ticket_id AND ticket.is_complaint IS TRUE
                        WHERE event.company_id = %(company)s AND event.kind = 'state'
                          AND event.date >= %(start)s AND event.date < %(end)s
                          AND event.state_to IS DISTINCT FROM event.state_from
                          AND NOT (event.state_to = 'closed' AND ticket.complaint_outcome IS NOT DISTINCT FROM 'merged')
                        GROUP BY event.state_to""",
                    company=company.id,
                    start=start,
                    end=end,
                )
            )
        )
        clocks = self.env.execute_query(
            SQL(
                """WITH first_clock AS (
                       SELECT DISTINCT ON (clock.ticket_id, clock.kind)
                              clock.kind, clock.started, clock.due, clock.stopped, %(on_time)s AS on_time
                         FROM customer_complaint_clock clock
                         JOIN helpdesk_ticket ticket ON ticket.id = clock.ticket_id AND ticket.is_complaint IS TRUE
                        WHERE clock.company_id = %(company)s AND clock.cause = 'intake' AND clock.started < %(end)s
                          AND clock.kind IN ('acknowledge', 'answer')
                          AND ticket.complaint_outcome IS DISTINCT FROM 'merged'
                        ORDER BY clock.ticket_id, clock.kind, clock.id DESC)
                   SELECT kind,
                          count(*) FILTER (WHERE due >= %(start)s AND due < %(until)s AND on_time IS NOT NULL),
                          count(*) FILTER (WHERE due >= %(start)s AND due < %(until)s AND on_time),
                          percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM stopped - started) / 3600)
                          FILTER (WHERE stopped >= %(start)s AND stopped < %(end)s)
                     FROM first_clock GROUP BY kind""",
                company=company.id,
                start=start,
                end=end,
                until=min(end, now),
                on_time=on_time_sql(now, SQL("CASE WHEN clock.kind = 'answer' THEN %s END", WAITING)),
            )
        )
        figures = {state: counted.get(state, 0) for state in ("received", "answered", "closed", "disputed", "referred")}
        for kind in ("acknowledge", "answer"):
            figures |= {f"{kind}_due": 0, f"{kind}_kept": 0, f"{kind}_share": None, f"{kind}_median": None}
        for kind, due, kept, median in clocks:
            figures |= {
                f"{kind}_due": due,
                f"{kind}_kept": kept,
                f"{kind}_share": 100 * kept / due if due else None,
                f"{kind}_median": median if median is None else float(median),
            }
        return figures

    @api.model
    def _get_tables(self, company, start, end):
        """What those received are about, and what lay behind those closed.

        :return: list of (title, list of (label, complaints), the most frequent first)
        """
        Ticket = self.env["helpdesk.ticket"]
        severities = dict(Ticket._fields["complaint_severity"]._description_selection(self.env))
        received = SQL("ticket.complaint_received_on >= %s AND ticket.complaint_received_on < %s", start, end)
        closed = SQL(
            "ticket.complaint_closed_on >= %s AND ticket.complaint_closed_on < %s"
            " AND ticket.complaint_state = 'closed' AND ticket.complaint_outcome IS DISTINCT FROM 'merged'",
            start,
            end,
        )
        tier = SQL(
            """(SELECT clock.tier_id FROM customer_complaint_clock clock
                 WHERE clock.ticket_id = ticket.id AND clock.kind = 'answer' AND clock.cause = 'intake'
                 ORDER BY clock.id DESC LIMIT 1)"""
        )
        product = SQL(
            "(SELECT line.product_id FROM sale_order_line line WHERE line.id = ticket.complaint_order_line_id)"
        )
        dimensions = (
            (self.env._("By type"), SQL("ticket.complaint_type_id"), "customer.complaint.type", received),
            (self.env._("By severity"), SQL("ticket.complaint_severity"), severities, received),
            (self.env._("By tier at intake"), tier, "customer.value.tier", received),
            (self.env._("By channel"), SQL("ticket.channel_id"), "helpdesk.ticket.channel", received),
            (self.env._("By product"), product, "product.product", received),
            (
                self.env._("Root causes of closed complaints"),
                SQL("ticket.complaint_cause_id"), "customer.complaint.cause", closed,
            ),
        )  # fmt: skip
        return [(title, self._count(company, key, of, which)) for title, key, of, which in dimensions]

    @api.model
    def _count(self, company, key, of, which):
        rows = self.env.execute_query(
            SQL(
                """SELECT %(key)s AS key, count(*) FROM helpdesk_ticket ticket
                    WHERE ticket.is_complaint IS TRUE AND ticket.company_id = %(company)s AND %(which)s
                    GROUP BY 1 ORDER BY 2 DESC, 1""",
                key=key,
                company=company.id,
                which=which,
            )
        )
        if isinstance(of, dict):
            names = of
        else:
            # sudo: names of channels, tiers and products that the reader need not open
            records = self.env[of].sudo().browse([value for value, _count in rows if value]).exists()
            names = {record.id: record.display_name for record in records}
        lines = [(names.get(value) or self.env._("Not stated"), count) for value, count in rows]
        # a table with nothing stated says nothing
        return lines if any(value for value, _count in rows) else []

    @api.model
    def _get_lines(self, rows):
        """What is beyond the longest table is summed up.

        :return: list of dict ``label``, ``count``, ``share`` and ``width`` in percent
        """
        total, most = sum(count for _label, count in rows), max(count for _label, count in rows)
        if len(rows) > MOST_LINES:
            rest = sum(count for _label, count in rows[MOST_LINES - 1 :])
            rows = [*rows[: MOST_LINES - 1], (self.env._("Others"), rest)]
        return [
            {"label": label, "count": count, "share": 100 * count / total, "width": min(100, 100 * count / most)}
            for label, count in rows
        ]

    @api.model
    def _get_redress_cost(self, company, start, end):
        """:return: (number carried out in the month, cost)"""
        return self.env.execute_query(
            SQL(
                """SELECT count(*), COALESCE(sum(cost), 0) FROM customer_complaint_redress
                    WHERE company_id = %s AND state = 'done' AND done_on >= %s AND done_on < %s""",
                company.id,
                start,
                end,
            )
        )[0]

    @api.model
    def _get_promises(self, company):
        """Changes promised after complaints whose activity is not done yet, whatever month they are of.

        :return: list of (complaint, activity), the most overdue first
        """
        Ticket = self.env["helpdesk.ticket"].with_context(allowed_company_ids=company.ids)
        kind = self.env.ref("customer_value.activity_complaint_change", raise_if_not_found=False)
        tickets = Ticket.search(
            [
                ("complaint_state", "=", "closed"),
                ("company_id", "=", company.id),
                ("complaint_change_user_id", "!=", False),
                ("activity_ids", "!=", False),
            ]
        )
        promises = [
            (ticket, activity)
            for ticket in tickets
            for activity in ticket.activity_ids
            if activity.activity_type_id == kind
        ]
        return sorted(promises, key=lambda promise: promise[1].date_deadline)[:MOST_PROMISES]

from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from pytz import UTC

from ...analytics.core.working_time import accumulate, worked_sql
from ...models.complaint.helpdesk_ticket_intake import CHANNELS as TICKET_CHANNELS
from ...models.customer.customer_contact import CHANNELS, OUTCOMES

# How the channels of tickets are called here; those that users have added are others.
CHANNEL_OF = {"web": "web", "email": "mail", "phone": "phone", "letter": "letter", "visit": "visit"}


class CustomerContactAnswer(models.Model):
    """Time to the first answer: one row for each contact or ticket that waits for one, or did.

    A contact waits for an answer unless it was settled at once: a conversation (phone, visit, chat) that led to
    nothing, and whatever users have closed with *Note Only*. A call of no length was missed. Tickets that a contact
    has led to are counted as that contact.

    The answer is the first of what came later: a contact made with the same customer by us, unless the ticket was
    closed by then, or a message to the customer by a colleague on the contact or on what it led to. What machines send
    is none. Hours are those of the working time of the company, or of the clock where it has none.
    """

    _name = "customer.contact.answer"
    _inherit = ["customer.value.calculated"]
    _description = "Time to First Answer"
    _auto = False
    _order = "moment desc, id desc"
    _rec_name = "customer_id"

    contact_id = fields.Many2one("customer.contact", string="Contact Made", readonly=True)
    ticket_id = fields.Many2one("helpdesk.ticket", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    customer_id = fields.Many2one("res.partner", readonly=True)
    user_id = fields.Many2one("res.users", readonly=True)
    channel = fields.Selection([*CHANNELS, ("other", "Other")], readonly=True)
    outcome = fields.Selection(OUTCOMES, readonly=True)
    moment = fields.Datetime(string="Received", readonly=True)
    answered_on = fields.Datetime(string="First Answer", readonly=True)
    asked = fields.Integer(string="Received (Number)", readonly=True, aggregator="sum")
    answered = fields.Integer(readonly=True, aggregator="sum")
    waiting = fields.Integer(string="Not Answered Yet", readonly=True, aggregator="sum")
    closed = fields.Integer(
        string="Closed Without Answer",
        readonly=True,
        aggregator="sum",
        help="Tickets that were closed before anybody had told the customer anything here.",
    )
    hours = fields.Float(
        string="Hours to First Answer",
        digits=(16, 1),
        readonly=True,
        aggregator="avg",
        help="Of those that were answered. Hours of the working time of the company; of the clock if it has none.",
    )

    _depends = {
        "customer.contact": [
            "company_id", "customer_id", "user_id", "channel", "direction", "moment", "duration", "outcome",
            "outcome_model", "outcome_res_id",
        ],
        "helpdesk.ticket": [
            "company_id", "commercial_partner_id", "user_id", "channel_id", "active", "create_date",
            "complaint_received_on", "closed_date", "stage_id",
        ],
        "helpdesk.ticket.stage": ["closed"],
        "mail.message": ["model", "res_id", "date", "message_type", "subtype_id", "is_internal", "author_id"],
        "res.partner": ["partner_share"],
    }  # fmt: skip

    @property
    def _table_query(self):
        starts, ends, sums = (SQL.identifier("worked", name) for name in ("starts", "ends", "sums"))
        hours = SQL(
            "(CASE WHEN worked.starts IS NULL THEN extract(epoch FROM first.answered_on - asked.moment)"
            " ELSE %s - (%s) END / 3600)::float8",
            worked_sql(SQL("first.answered_on"), starts, ends, sums),
            worked_sql(SQL("asked.moment"), starts, ends, sums),
        )
        return SQL(
            """
            SELECT asked.id, asked.contact_id, asked.ticket_id, asked.company_id, asked.customer_id, asked.user_id,
                   asked.channel, asked.outcome, asked.moment, first.answered_on, 1 AS asked,
                   (first.answered_on IS NOT NULL)::int AS answered,
                   (first.answered_on IS NULL AND done.closed_on IS NULL)::int AS waiting,
                   (first.answered_on IS NULL AND done.closed_on IS NOT NULL)::int AS closed,
                   spent.hours
              FROM (%(contacts)s UNION ALL %(tickets)s) asked
              LEFT JOIN (%(worked)s) worked ON worked.company_id = asked.company_id
              LEFT JOIN (SELECT ticket.id, COALESCE(ticket.closed_date, ticket.write_date) AS closed_on
                           FROM helpdesk_ticket ticket
                           JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id AND stage.closed) done
                     ON asked.model = 'helpdesk.ticket' AND done.id = asked.res_id
             CROSS JOIN LATERAL (
                   SELECT LEAST(
                          (SELECT min(made.moment) FROM customer_contact made
                            WHERE made.customer_id = asked.customer_id AND made.company_id = asked.company_id
                              AND made.direction = 'out' AND made.moment > asked.moment
                              AND (done.closed_on IS NULL OR made.moment <= done.closed_on)),
                          %(on_record)s,
                          %(on_contact)s) AS answered_on
                   -- once for each row: the planner would put it wherever it is used
                   OFFSET 0) first
             -- here, so that what sorts and groups does not carry the arrays
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN first.answered_on IS NOT NULL THEN %(hours)s END AS hours OFFSET 0) spent
            """,
            hours=hours,
            contacts=self._contacts_sql(),
            tickets=self._tickets_sql(),
            worked=self._worked_sql(),
            on_record=self._message_sql(SQL("asked.model"), SQL("asked.res_id")),
            on_contact=self._message_sql(SQL("'customer.contact'"), SQL("asked.contact_id")),
        )

    def _contacts_sql(self):
        return SQL(
            """
            SELECT contact.id * 2 AS id, contact.id AS contact_id, NULL::int AS ticket_id, contact.company_id,
                   contact.customer_id, contact.user_id, contact.channel, contact.outcome, contact.moment,
                   contact.outcome_model AS model, contact.outcome_res_id AS res_id
              FROM customer_contact contact
             WHERE contact.direction = 'in' AND contact.outcome IS DISTINCT FROM 'note'
               AND (contact.outcome IS NOT NULL OR contact.channel NOT IN ('phone', 'visit', 'chat')
                    OR COALESCE(contact.duration, 0) = 0)
            """
        )

    def _tickets_sql(self):
        channels = [(0, "other")]
        for name, xmlid in TICKET_CHANNELS.items():
            channel = self.env.ref(xmlid, raise_if_not_found=False)
            if channel and name in CHANNEL_OF:
                channels.append((channel.id, CHANNEL_OF[name]))
        return SQL(
            """
            SELECT ticket.id * 2 + 1, NULL::int, ticket.id, ticket.company_id, ticket.commercial_partner_id,
                   ticket.user_id, COALESCE(known.code, 'other'), NULL::varchar,
                   COALESCE(ticket.complaint_received_on, ticket.create_date), 'helpdesk.ticket', ticket.id
              FROM helpdesk_ticket ticket
              LEFT JOIN (VALUES %(channels)s) AS known (id, code) ON known.id = ticket.channel_id
             WHERE ticket.active
               AND NOT EXISTS (SELECT FROM customer_contact contact
                                WHERE contact.outcome_model = 'helpdesk.ticket' AND contact.outcome_res_id = ticket.id)
            """,
            channels=SQL(", ").join(SQL("%s", channel) for channel in channels),
        )

    def _message_sql(self, model, res_id):
        """When a colleague first wrote to the customer on a record, after it was asked."""
        return SQL(
            """
            (SELECT min(message.date)
               FROM mail_message message
               JOIN res_partner author ON author.id = message.author_id AND author.partner_share IS NOT TRUE
               LEFT JOIN mail_message_subtype subtype ON subtype.id = message.subtype_id
              WHERE message.model = %(model)s AND message.res_id = %(res_id)s AND message.date > asked.moment
                AND message.message_type IN ('comment', 'email_outgoing')
                AND message.is_internal IS NOT TRUE AND subtype.internal IS NOT TRUE
                AND message.author_id <> %(machine)s)
            """,
            model=model,
            res_id=res_id,
            machine=self.env.ref("base.partner_root").id,
        )

    def _worked_sql(self):
        """The working time of the companies that have one, since the first of their rows; a row for each company."""
        rows = [
            SQL("(%s, %s::float8[], %s::float8[], %s::float8[])", company.id, *accumulate(intervals))
            for company in self.env.companies
            if (intervals := self._get_working_time(company))
        ]
        nobody = SQL("(0, NULL::float8[], NULL::float8[], NULL::float8[])")
        return SQL(
            "SELECT * FROM (VALUES %s) AS given (company_id, starts, ends, sums)", SQL(", ").join([nobody, *rows])
        )

    @api.model
    def _get_working_time(self, company):
        """:return: list of pairs of seconds since 1970; empty if the company has no working time"""
        # sudo: working time is no secret, and counts for all
        calendar = company.sudo().resource_calendar_id
        if not calendar or not calendar._has_complaint_hours():
            return []
        asked = {"customer.contact": ["moment"], "helpdesk.ticket": ["create_date", "complaint_received_on"]}
        # sudo: as above. A complaint into which others were merged was received when the first of them was
        begun = [
            moment
            for model, names in asked.items()
            for moment in self.env[model]
            .sudo()
            ._read_group([("company_id", "=", company.id)], [], [f"{name}:min" for name in names])[0]
            if moment
        ]
        if not begun:
            return []
        start = UTC.localize(min(begun)) - timedelta(days=7)
        end = UTC.localize(fields.Datetime.now()) + timedelta(days=1)
        return [
            (opens.timestamp(), closes.timestamp())
            for opens, closes, _attendance in calendar._get_complaint_intervals(start, end)
        ]

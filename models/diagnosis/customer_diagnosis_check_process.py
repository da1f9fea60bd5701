from dataclasses import replace
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...analytics.diagnosis.measuring import CUSTOMERS
from ...analytics.scoring.purchases import is_purchase_sql
from ..scoring.customer_value_source import CustomerScope
from .customer_diagnosis_check import Check

# What a person writes or sends.
WRITTEN = ("email", "email_outgoing", "comment")


class CustomerDiagnosisCheck(models.AbstractModel):
    """Processes: whether what happens with customers is followed up and can be learned from."""

    _inherit = "customer.diagnosis.check"

    @api.model
    def _get_checks(self):
        owners, label = self._get_owners(), self._get_process_labels()
        why, advice = self._get_process_reasons(), self._get_process_advice()

        def check(code, owner, model, subject, **options):
            return Check("process", label[code], why[code], advice[code], owners[owner], model, subject, **options)

        return super()._get_checks() | {
            "lost_no_reason": check(
                "lost_no_reason", "sales", "crm.lead", self.env._("lost opportunities"), archived=True
            ),
            "unanswered_tickets": check(
                "unanswered_tickets", "service", "helpdesk.ticket", self.env._("tickets"), days=7, weight=3
            ),
            "silent_quotations": check(
                "silent_quotations", "manager", "sale.order", self.env._("open quotations"), days=14, weight=2
            ),
            "unapproved_discounts": check(
                "unapproved_discounts", "sales", "sale.order", self.env._("orders with a discount limit"), weight=2
            ),
            "unexplained_refunds": check(
                "unexplained_refunds", "service", "account.move", self.env._("credit notes")
            ),
            "no_contact": check("no_contact", "manager", "res.partner", self.env._("customers"), weight=3),
        }  # fmt: skip

    @api.model
    def _get_process_labels(self):
        limits = self._get_limits()
        return {
            "lost_no_reason": self.env._("Lost opportunities without a reason"),
            "unanswered_tickets": self.env._(
                "Tickets without an answer after %s days", limits["diagnosis_answer_days"]
            ),
            "silent_quotations": self.env._(
                "Quotations without follow-up for %s days", limits["diagnosis_follow_days"]
            ),
            "unapproved_discounts": self.env._("Discounts above the limit without approval"),
            "unexplained_refunds": self.env._("Credit notes without a complaint"),
            "no_contact": self._label_no_contact(limits),
        }

    @api.model
    def _label_no_contact(self, limits):
        days = limits["diagnosis_contact_days"]
        if not limits["tier_days"]:
            return self.env._("Customers without contact for %s days", days)
        return self.env._(
            "Customers without contact for %(days)s days, or the days of their tier (%(least)s to %(most)s)",
            days=days,
            least=min(limits["tier_days"]),
            most=max(limits["tier_days"]),
        )

    @api.model
    def _get_process_reasons(self):
        return {
            "lost_no_reason": self.env._("Nobody can learn why deals are lost, or to whom."),
            "unanswered_tickets": self.env._("Customers who get no answer leave without another word."),
            "silent_quotations": self.env._("The work on a quotation is lost when nobody asks what became of it."),
            "unapproved_discounts": self.env._("Margin is given away beyond what the tier deserves."),
            "unexplained_refunds": self.env._("The same mistake is paid for again: its cause is not recorded."),
            "no_contact": self.env._("Silence is the first sign of a customer who is leaving."),
        }

    @api.model
    def _get_process_advice(self):
        return {
            "lost_no_reason": self.env._("Enter the reason for each lost opportunity, and require it from now on."),
            "unanswered_tickets": self.env._("Answer the open tickets, and name one person for each team."),
            "silent_quotations": self.env._("Schedule a call for each open quotation, the largest first."),
            "unapproved_discounts": self.env._("Review the orders, and request an approval before the next one."),
            "unexplained_refunds": self.env._("Register a complaint with its cause for each credit note."),
            "no_contact": self.env._(
                "Call the customers of the highest tiers first; set up care rules for the others."
            ),
        }

    @api.model
    def _population_lost_no_reason(self, scope):
        return SQL(
            """
            SELECT lead.id, rp.commercial_partner_id AS partner_id, lead.lost_reason_id IS NULL AS faulty
              FROM crm_lead lead
              LEFT JOIN res_partner rp ON rp.id = lead.partner_id
             WHERE lead.company_id = %s AND lead.type = 'opportunity' AND lead.won_status = 'lost'
               AND lead.create_date >= %s AND lead.create_date < %s
            """,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _by_staff_sql(self):
        """Whether the author of ``message`` works here."""
        return SQL(
            "EXISTS (SELECT FROM res_users staff WHERE staff.partner_id = message.author_id AND NOT staff.share)"
        )

    @api.model
    def _population_unanswered_tickets(self, scope):
        """A ticket is answered when a colleague has written to the customer, or when it is closed."""
        return SQL(
            """
            SELECT ticket.id, ticket.commercial_partner_id AS partner_id,
                   stage.closed IS NOT TRUE AND ticket.complaint_answered_on IS NULL
                   AND NOT EXISTS (SELECT FROM mail_message message
                                    WHERE message.model = 'helpdesk.ticket' AND message.res_id = ticket.id
                                      AND message.message_type IN %(written)s AND message.subtype_id = %(public)s
                                      AND message.is_internal IS NOT TRUE AND %(staff)s) AS faulty
              FROM helpdesk_ticket ticket
              LEFT JOIN helpdesk_ticket_stage stage ON stage.id = ticket.stage_id
             WHERE ticket.company_id = %(books)s AND ticket.active AND ticket.duplicate_id IS NULL
               AND ticket.create_date >= %(opens)s AND ticket.create_date < %(until)s
            """,
            written=WRITTEN,
            public=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment"),
            staff=self._by_staff_sql(),
            books=scope.books,
            opens=scope.window_opens,
            until=scope.until - timedelta(days=self.env.company.diagnosis_answer_days),
        )

    @api.model
    def _population_silent_quotations(self, scope):
        """What a colleague writes a day or more after it, a planned activity, or a later purchase is a follow-up."""
        Source, tills = self.env["customer.value.source"], SQL()
        if Source._has_tills():
            buyer = replace(
                CustomerScope.make(self.env.company, self.env.company._get_value_today(), 0),
                customer=SQL("customer.commercial_partner_id"),
                company=SQL("so.company_id"),
            )
            tills = SQL(
                "AND NOT EXISTS (SELECT FROM (%s) later WHERE later.moment >= so.date_order)",
                Source._till_purchases_sql(buyer),
            )
        return SQL(
            """
            SELECT so.id, customer.commercial_partner_id AS partner_id,
                   NOT EXISTS (SELECT FROM mail_activity activity
                                WHERE activity.res_model = 'sale.order' AND activity.res_id = so.id)
                   AND NOT EXISTS (SELECT FROM mail_message message
                                    WHERE message.model = 'sale.order' AND message.res_id = so.id
                                      AND message.message_type IN %(written)s
                                      AND message.date >= so.date_order + interval '1 day' AND %(staff)s)
                   AND NOT EXISTS (SELECT FROM sale_order later
                                    WHERE later.value_customer_id = so.value_customer_id AND later.state = 'sale'
                                      AND later.company_id = so.company_id AND later.date_order >= so.date_order
                                      AND %(is_purchase)s)
                   %(tills)s
                   AS faulty
              FROM sale_order so
              JOIN res_partner customer ON customer.id = so.value_customer_id
             WHERE so.company_id = %(books)s AND so.state IN ('draft', 'sent')
               AND so.date_order >= %(opens)s AND so.date_order < %(until)s
            """,
            written=WRITTEN,
            staff=self._by_staff_sql(),
            is_purchase=is_purchase_sql("later"),
            tills=tills,
            books=scope.books,
            opens=scope.window_opens,
            until=scope.until - timedelta(days=self.env.company.diagnosis_follow_days),
        )

    @api.model
    def _population_unapproved_discounts(self, scope):
        """Orders of customers whose tier had a maximum discount, against the limit that it has now.

        Discounts that loyalty programs give, and prices that code has set, need no approval.
        """
        return SQL(
            """
            SELECT so.id, customer.commercial_partner_id AS partner_id,
                   EXISTS (SELECT FROM sale_order_line line
                            WHERE line.order_id = so.id AND line.discount > tier.maximum_discount + 0.005
                              AND line.reward_id IS NULL AND line.priced_by_code IS NOT TRUE)
                   AND NOT EXISTS (SELECT FROM customer_value_approval approval
                                    WHERE approval.order_id = so.id AND approval.state = 'approved') AS faulty
              FROM sale_order so
              JOIN customer_value_tier tier ON tier.id = so.confirmed_tier_id AND tier.limit_discount
              JOIN res_partner customer ON customer.id = so.value_customer_id
             WHERE so.company_id = %s AND so.state = 'sale' AND so.date_order >= %s AND so.date_order < %s
            """,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _population_unexplained_refunds(self, scope):
        """A complaint explains a credit note that is its redress, or that reverses the invoice it is about."""
        return SQL(
            """
            WITH explained AS MATERIALIZED (
                SELECT complaint_move_id AS id FROM helpdesk_ticket WHERE is_complaint AND complaint_move_id IS NOT NULL
            )
            SELECT am.id, am.commercial_partner_id AS partner_id,
                   NOT EXISTS (SELECT FROM customer_complaint_redress redress WHERE redress.move_id = am.id)
                   AND NOT EXISTS (SELECT FROM explained WHERE explained.id = am.id)
                   AND NOT EXISTS (SELECT FROM explained WHERE explained.id = am.reversed_entry_id) AS faulty
              FROM account_move am
             WHERE am.company_id = %s AND am.state = 'posted' AND am.move_type = 'out_refund'
               AND am.invoice_date BETWEEN %s AND %s
            """,
            scope.books,
            scope.window_start,
            scope.as_of,
        )

    @api.model
    def _population_no_contact(self, scope):
        """Orders, sales of tills, tickets, opportunities and meetings are contacts, and so is what is written or done
        on a customer.

        A customer of a tier with a limit of its own is judged by that, others by the one of the company.
        """
        company = self.env.company
        tiers = self._get_contact_tiers(company)
        longest = max([company.diagnosis_contact_days, *tiers.mapped("diagnosis_contact_days")])
        since = scope.until - timedelta(days=longest)
        Source, tills = self.env["customer.value.source"], SQL()
        if Source._has_tills():
            tills = SQL(
                "UNION ALL SELECT till.partner_id, till.moment FROM (%s) till WHERE till.moment >= %s",
                Source._till_orders_sql(scope),
                since,
            )
        return SQL(
            """
            WITH met AS MATERIALIZED (
                SELECT value_customer_id AS partner_id, date_order AS moment FROM sale_order
                 WHERE company_id = %(books)s AND state = 'sale' AND date_order >= %(since)s AND date_order < %(until)s
                 UNION ALL
                SELECT partner_id, create_date FROM helpdesk_ticket
                 WHERE company_id = %(books)s AND create_date >= %(since)s AND create_date < %(until)s
                 UNION ALL
                SELECT partner_id, create_date FROM crm_lead
                 WHERE company_id = %(books)s AND create_date >= %(since)s AND create_date < %(until)s
                 UNION ALL
                SELECT rel.res_partner_id, event.start
                  FROM calendar_event event JOIN calendar_event_res_partner_rel rel ON rel.calendar_event_id = event.id
                 WHERE event.active AND event.start >= %(since)s AND event.start < %(until)s
                 UNION ALL
                SELECT message.res_id, message.date FROM mail_message message
                 WHERE message.model = 'res.partner' AND message.date >= %(since)s AND message.date < %(until)s
                   AND (message.message_type IN %(written)s OR message.subtype_id = %(done)s)
                 %(tills)s
            ), recent AS MATERIALIZED (
                SELECT rp.commercial_partner_id AS id, max(met.moment) AS moment
                  FROM met JOIN res_partner rp ON rp.id = met.partner_id
                 GROUP BY rp.commercial_partner_id
            )
            SELECT c.partner_id AS id, c.partner_id,
                   COALESCE(recent.moment < %(until)s - COALESCE(own.days, %(days)s) * interval '1 day', TRUE) AS faulty
              FROM %(customers)s c
              LEFT JOIN recent ON recent.id = c.partner_id
              LEFT JOIN unnest(%(tiers)s::int[], %(limits)s::int[]) AS own (tier_id, days) ON own.tier_id = c.tier_id
            """,
            books=scope.books,
            since=since,
            until=scope.until,
            tills=tills,
            days=company.diagnosis_contact_days,
            tiers=tiers.ids,
            limits=tiers.mapped("diagnosis_contact_days"),
            written=WRITTEN,
            done=self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_activities"),
            customers=SQL.identifier(CUSTOMERS),
        )

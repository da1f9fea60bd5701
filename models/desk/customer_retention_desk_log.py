from odoo import api, fields, models
from odoo.tools import SQL, formatLang
from odoo.tools.misc import format_amount, format_date

from ..core.messages import preview
from ..scoring.customer_value_source import Scope

# So many entries of the log are shown at once; the figures count all.
LIMIT = 100

WRITTEN = ("comment", "email", "email_outgoing")

# The weekly letter names so many of the customers at risk, and of what is due.
LETTER_AT_RISK = 5
LETTER_DUE = 10


class CustomerRetentionDesk(models.AbstractModel):
    """What was done for the customers. Odoo's own records tell it: no log is kept beside them."""

    _inherit = "customer.retention.desk"

    @api.model
    def _get_log(self, desk):
        """What the account manager did for their customers, and its outcome, since ``desk.since``.

        Activities, e-mails and notes are those of the account manager; orders, quotations, answers and offers those
        of the customers, whichever user made them.

        :return: dict ``since`` (date); ``counts``: list of figures with ``kind`` and ``label``; ``days``: list of dicts
            ``date`` and ``entries`` (dicts ``kind``, ``model``, ``res_id``, ``customer``, ``what``), latest first;
            ``more``: whether older ones are left out
        """
        counts, entries = [], []
        for label, kind, count, action, found in (
            *self._get_log_messages(desk),
            self._get_log_orders(desk),
            *self._get_log_tills(desk),
            self._get_log_quotations(desk),
            self._get_log_complaints(desk),
            self._get_log_offers(desk),
        ):
            if action:
                counts.append({"kind": kind, "label": label, "value": count, "action": action})
                entries += [entry | {"kind": kind} for entry in found]
        entries.sort(key=lambda entry: (entry["moment"], entry["res_id"]), reverse=True)
        days = {}
        for entry in entries[:LIMIT]:
            day = fields.Date.to_string(self._day_of(entry.pop("moment")))
            days.setdefault(day, []).append(entry)
        return {
            "since": fields.Date.to_string(desk.since),
            "counts": counts,
            "days": [{"date": day, "entries": found} for day, found in days.items()],
            "more": sum(line["value"] for line in counts) > LIMIT,
        }

    @api.model
    def _get_contact_domain(self, desk, since):
        """Messages by which the account manager tells of an activity done, writes to customers, or takes a note."""
        activities = [("subtype_id", "=", self._subtype("mail.mt_activities")), ("mail_activity_type_id", "!=", False)]
        written = [
            ("message_type", "in", WRITTEN),
            ("subtype_id", "in", [self._subtype("mail.mt_comment"), self._subtype("mail.mt_note")]),
        ]
        return (
            fields.Domain("author_id", "=", desk.user.sudo().partner_id.id)  # sudo: whose desk it is has been checked
            & fields.Domain("date", ">=", self._opens(since))
            & (fields.Domain(activities) | fields.Domain(written))
            & self._get_of_customers_domain(desk, "model")
        )

    @api.model
    def _subtype(self, xmlid):
        return self.env["ir.model.data"]._xmlid_to_res_id(xmlid)

    @api.model
    def _get_log_messages(self, desk):
        Message = self.env["mail.message"]
        messages = Message.search_fetch(
            self._get_contact_domain(desk, desk.since), ["subtype_id", "date", "model", "res_id"], order="date desc"
        )
        kinds = {
            self._subtype("mail.mt_activities"): ("activity", self.env._("Activities done")),
            self._subtype("mail.mt_comment"): ("mail", self.env._("Emails")),
            self._subtype("mail.mt_note"): ("note", self.env._("Notes")),
        }
        by_kind = messages.grouped(lambda message: message.subtype_id.id)
        shown = Message.browse(messages.ids[:LIMIT])
        customers = self._find_customers([(message.model, message.res_id) for message in shown])
        for subtype, (kind, label) in kinds.items():
            found = by_kind.get(subtype, Message)
            entries = [
                {
                    "model": message.model,
                    "res_id": message.res_id,
                    "customer": customers[message.model, message.res_id].display_name or "",
                    "what": preview(message.body) or message.subject or "",
                    "moment": message.date,
                }
                for message in shown & found
            ]
            yield label, kind, len(found), self._action(label, Message._name, [("id", "in", found.ids)]), entries

    @api.model
    def _get_log_documents(self, label, kind, model, domain, moment, what, customer="partner_id"):
        """One kind of document: label, kind, number, action, entries.

        :param str moment: field with the moment when it was done
        :param what: function of a record that says what was done
        """
        Model = self.env[model]
        action = self._action(label, model, domain)
        if not action:
            return label, kind, 0, False, []
        entries = [
            {
                "model": model,
                "res_id": record.id,
                # sudo: a user who sees the customer and the document may have no access to the contact
                "customer": record.sudo()[customer].commercial_partner_id.display_name,
                "what": what(record),
                "moment": record[moment],
            }
            for record in Model.search(domain, limit=LIMIT, order=f"{moment} desc, id desc")
        ]
        return label, kind, Model.search_count(domain), action, entries

    @api.model
    def _get_log_orders(self, desk):
        domain = [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("state", "=", "sale"),
            ("value_is_purchase", "=", True),
            ("date_order", ">=", fields.Datetime.to_string(self._opens(desk.since))),
            ("value_customer_id.commercial_partner_id", "any", desk.portfolio),
        ]
        return self._get_log_documents(
            self.env._("Orders"), "order", "sale.order", domain, "date_order", self._describe_order, "value_customer_id"
        )

    @api.model
    def _get_log_tills(self, desk):
        """What was bought at tills, a kind of its own where the reader may open it."""
        Source = self.env["customer.value.source"]
        if not Source._may_open_tills():
            return []
        today, theirs = desk.company._get_value_today(), self.env["res.partner"].browse(desk.ids)
        bought = self.env.execute_query(
            SQL(
                "SELECT id FROM (%s) bought WHERE moment >= %s",
                Source._till_purchases_sql(Scope.make(desk.company, today, 0, theirs)),
                self._opens(desk.since),
            )
        )
        domain = [("id", "in", [order for (order,) in bought])]
        label = self.env._("Point of sale")
        return [self._get_log_documents(label, "till", "pos.order", domain, "date_order", self._describe_till)]

    @api.model
    def _describe_till(self, order):
        return f"{order.name} · {order.currency_id.format(order.amount_total - order.amount_tax)}"

    @api.model
    def _describe_order(self, order):
        return f"{order.name} · {order.currency_id.format(order.amount_untaxed)}"

    @api.model
    def _get_log_quotations(self, desk):
        """Quotations sent: the message of the change of state tells when."""
        label = self.env._("Quotations sent")
        since = fields.Datetime.to_string(self._opens(desk.since))
        sent = [("subtype_id", "=", self._subtype("sale.mt_order_sent")), ("date", ">=", since)]
        domain = [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("message_ids", "any", sent),
            ("partner_id.commercial_partner_id", "any", desk.portfolio),
        ]
        action = self._action(label, "sale.order", domain)
        if not action:
            return label, "quotation", 0, False, []
        orders = self.env["sale.order"].search(domain, order="id desc")
        shown = orders.browse(orders.ids[:LIMIT])
        # sudo: the moment, and nothing of the message itself
        moments = dict(
            self.env["mail.message"]
            .sudo()
            ._read_group([("model", "=", "sale.order"), ("res_id", "in", shown.ids), *sent], ["res_id"], ["date:max"])
        )
        entries = [
            {
                "model": "sale.order",
                "res_id": order.id,
                # sudo: as above
                "customer": order.sudo().partner_id.commercial_partner_id.display_name,
                "what": self._describe_order(order),
                "moment": moments[order.id],
            }
            for order in shown
        ]
        return label, "quotation", len(orders), action, entries

    @api.model
    def _get_log_complaints(self, desk):
        domain = [
            ("company_id", "in", desk.company._get_value_books().ids),
            ("is_complaint", "=", True),
            ("complaint_answered_on", ">=", fields.Datetime.to_string(self._opens(desk.since))),
            ("commercial_partner_id", "any", desk.portfolio),
        ]
        return self._get_log_documents(
            self.env._("Complaints answered"),
            "complaint",
            "helpdesk.ticket",
            domain,
            "complaint_answered_on",
            lambda ticket: f"{ticket.complaint_number} · {ticket.name}",
        )

    @api.model
    def _get_log_offers(self, desk):
        domain = [
            ("company_id", "=", desk.company.id),
            ("state", "=", "offered"),
            ("offered_on", ">=", fields.Datetime.to_string(self._opens(desk.since))),
            ("partner_id", "any", desk.portfolio),
        ]
        return self._get_log_documents(
            self.env._("Campaign offers"),
            "offer",
            "customer.retention.member",
            domain,
            "offered_on",
            lambda member: member.campaign_id.name,
        )

    # -- the weekly letter ---------------------------------------------------------------------------------------------

    @api.model
    def _get_weekly_summary(self, lang):
        """What the weekly letter says of the user's own desk in the current company; see ``res.users``."""
        desk = self._make_desk(self.env.user)
        if not desk.ids:
            return {}
        figures = {figure["name"]: figure for figure in self._get_summary(desk)["figures"]}
        today = self._get_today(desk)
        at_risk = self._get_at_risk(desk)
        lines = [
            self._describe_figure(desk, figures[name]["label"], figures[name]["unit"], figures[name]["value"], lang)
            for name in ("customers", "score", "revenue", "margin", "pipeline", "overdue", "complaints", "satisfaction")
            if figures[name]["value"] is not None
        ]
        if at_risk["value"]:
            lines += [
                self._describe_figure(desk, self.env._("Customers at risk"), "count", at_risk["value"], lang),
                self._describe_figure(desk, self.env._("At stake per year"), "money", at_risk["stake"], lang),
            ]
        lines += [
            self._describe_figure(desk, line["label"], "count", line["value"], lang)
            for line in (*today["counts"], *self._get_log(desk)["counts"])
            if line["value"]
        ]
        currency = desk.company.currency_id
        return {
            "company": desk.company.name,
            "email_from": desk.company.email_formatted,
            "lines": lines,
            # the name that letters which users have changed read
            "slipping": [
                {
                    "customer": item["customer"],
                    "stake": format_amount(self.env, item["stake"], currency),
                    "explanation": item["explanation"],
                }
                for item in at_risk["items"][:LETTER_AT_RISK]
            ],
            "due": [
                {
                    "customer": item["customer"],
                    "what": item["what"],
                    "due": format_date(self.env, fields.Date.to_date(item["due"])),
                }
                for item in today["items"][:LETTER_DUE]
            ],
            "url": f"{self.env['res.users'].get_base_url()}/odoo/my-customers",
        }

    @api.model
    def _describe_figure(self, desk, label, unit, value, lang):
        """:return: dict ``label``, ``value`` (formatted) and ``words`` (money in words; empty for other figures)"""
        currency = desk.company.currency_id
        if unit == "money":
            return {
                "label": label,
                "value": format_amount(self.env, value, currency),
                "words": currency._value_amount_in_words(value, lang),
            }
        digits = {"points": 1, "rating": 2}.get(unit, 0)
        return {"label": label, "value": formatLang(self.env, value, digits=digits), "words": ""}

from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


@dataclass(frozen=True)
class Channel:
    """One kind of what happens between a customer and us, as the records of one model.

    Names are those of fields of the model; what the reader may not see of them is left out.

    :param str label: translated, in the plural
    :param str icon: class of Font Awesome
    :param str model: of the records
    :param str moment: stored field by which they are ordered, a date or a moment in UTC
    :param list domain: those of the customer, besides the rules of the model
    :param searched: names of fields that are searched
    :param str text: of the field that says what it is; the display name if not given
    :param str contact: of the field with the contact
    :param str amount: of the field with an amount, in ``currency``
    :param str state: of a selection
    :param bool as_system: whether records are read with the rights of the system, where the domain alone decides
    """

    label: str
    icon: str
    model: str
    moment: str
    domain: list
    searched: tuple = ("display_name",)
    text: str = "display_name"
    contact: str | None = "partner_id"
    amount: str | None = None
    currency: str = "currency_id"
    state: str | None = None
    as_system: bool = False


class CustomerChannel(models.AbstractModel):
    """The registry of channels: what the timeline of a customer is made of. Extended by others.

    To add a channel, inherit this model and add it in ``_get_channels``: nothing else knows of it. Each keeps to access
    and rules of its own model, so that the timeline shows what its reader could open one by one, and nothing else.
    """

    _name = "customer.channel"
    _description = "Channels of Customers"

    @api.model
    def _get_channels(self, customer):
        """:param customer: commercial entity
        :return: ``{code: Channel}``; a channel whose module is not installed is left out
        """
        labels = self._get_labels()
        own = [("partner_id.commercial_partner_id", "=", customer.id)]
        channels = {
            "order": Channel(
                labels["order"], "fa-shopping-cart", "sale.order", "date_order",
                [("value_customer_id.commercial_partner_id", "=", customer.id)],
                ("name", "client_order_ref"), amount="amount_total", state="state",
            ),
            "invoice": Channel(
                labels["invoice"], "fa-file-text-o", "account.move", "invoice_date",
                [
                    ("commercial_partner_id", "=", customer.id),
                    ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
                    ("state", "=", "posted"),
                    ("invoice_date", "!=", False),
                ],
                ("name", "ref"), amount="amount_total_signed", currency="company_currency_id", state="payment_state",
            ),
            "payment": Channel(
                labels["payment"], "fa-money", "account.payment", "date",
                [*own, ("partner_type", "=", "customer")], ("name", "memo"), amount="amount_signed", state="state",
            ),
            "opportunity": Channel(
                labels["opportunity"], "fa-star-o", "crm.lead", "create_date", own,
                ("name",), amount="expected_revenue", currency="company_currency", state="won_status",
            ),
            "complaint": Channel(
                labels["complaint"], "fa-exclamation-circle", "helpdesk.ticket", "create_date",
                [*own, ("is_complaint", "=", True)], ("number", "name"), state="complaint_state",
            ),
            "ticket": Channel(
                labels["ticket"], "fa-life-ring", "helpdesk.ticket", "create_date",
                [*own, ("is_complaint", "!=", True)], ("number", "name"),
            ),
            "rating": Channel(
                labels["rating"], "fa-smile-o", "rating.rating", "rated_on",
                [*own, ("consumed", "=", True), ("rated_on", "!=", False)], ("feedback",), text="rating_text",
            ),
            "message": Channel(
                labels["message"], "fa-envelope-o", "mail.message", "date",
                [
                    ("model", "=", "res.partner"),
                    ("message_type", "in", ("email", "email_outgoing", "comment")),
                    # messages follow their document: those of contacts whom the reader may see
                    ("res_id", "in", self._get_contacts(customer)),
                ],
                ("subject", "body"), text="preview", contact=None, as_system=True,
            ),
            "meeting": Channel(
                labels["meeting"], "fa-calendar", "calendar.event", "start",
                [("partner_ids.commercial_partner_id", "=", customer.id)], ("name",), contact=None,
            ),
            "contact": Channel(
                labels["contact"], "fa-headphones", "customer.contact", "moment", [("customer_id", "=", customer.id)],
                ("subject", "note", "phone"), text="summary", state="channel",
            ),
            "tier": Channel(
                labels["tier"], "fa-trophy", "customer.value.history", "date",
                [("partner_id", "=", customer.id), ("tier_move", "in", ("up", "down"))],
                (), text="reason", contact=None,
            ),
            "campaign": Channel(
                labels["campaign"], "fa-bullhorn", "customer.retention.member", "offered_on",
                [("partner_id", "=", customer.id), ("offered_on", "!=", False)],
                ("campaign_id",), text="campaign_id", contact=None, state="state",
            ),
            "care": Channel(
                labels["care"], "fa-gift", "customer.value.care", "done_on",
                [("customer_id", "=", customer.id), ("done_on", "!=", False)],
                (), text="rule_id", state="action",
            ),
        }  # fmt: skip
        if "stock.picking" in self.env:
            channels["delivery"] = Channel(
                labels["delivery"], "fa-truck", "stock.picking", "date_done",
                [*own, ("state", "=", "done"), ("date_done", "!=", False)],
                ("name", "origin"), state="picking_type_code",
            )  # fmt: skip
        if "im_livechat.channel" in self.env:
            channels["livechat"] = Channel(
                labels["livechat"], "fa-comments-o", "discuss.channel", "create_date",
                [
                    ("channel_type", "=", "livechat"),
                    ("livechat_customer_partner_ids.commercial_partner_id", "=", customer.id),
                ],
                ("name",), contact=None,
            )  # fmt: skip
        return channels

    @api.model
    def _get_labels(self):
        """Names of our own channels, in the plural."""
        return {
            "order": self.env._("Orders and quotations"),
            "invoice": self.env._("Invoices and credit notes"),
            "payment": self.env._("Payments"),
            "opportunity": self.env._("Opportunities"),
            "complaint": self.env._("Complaints"),
            "ticket": self.env._("Tickets"),
            "rating": self.env._("Ratings"),
            "message": self.env._("Emails, calls and notes"),
            "meeting": self.env._("Meetings and visits"),
            "contact": self.env._("Contacts made"),
            "tier": self.env._("Changes of tier"),
            "campaign": self.env._("Campaign offers"),
            "care": self.env._("Care"),
            "delivery": self.env._("Deliveries and returns"),
            "livechat": self.env._("Live chats"),
        }

    @api.model
    def _get_contacts(self, customer):
        """Contacts of the customer that the reader may see, as a query."""
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            ._search([("commercial_partner_id", "=", customer.id)])
        )

    @api.model
    def _get_open_channels(self, customer):
        """The channels whose model the reader may read."""
        return {
            code: channel
            for code, channel in self._get_channels(customer).items()
            if channel.as_system or self.env[channel.model].has_access("read")
        }

    @api.model
    def _branch_sql(self, code, channel, limit, before=None, text=None, contact=None, since=None, until=None):
        """The latest records of a channel: ``moment``, ``channel``, ``id``.

        :param before: tuple of the three, in text, of the last row that has been seen
        :param date since: first day; ``until``: last day
        """
        Model = self.env[channel.model].with_context(active_test=False)
        if channel.as_system:
            Model = Model.sudo()
        domain = Domain(channel.domain)
        if text:
            domain &= Domain.OR(Domain(name, "ilike", text) for name in channel.searched)
        if contact:
            domain &= Domain(channel.contact, "=", contact) if channel.contact else Domain.FALSE
        if since:
            domain &= Domain(channel.moment, ">=", since)
        if until:
            domain &= Domain(channel.moment, "<=", f"{until} 23:59:59" if self._has_time(Model, channel) else until)
        query = Model._search(domain)
        alias = Model._table
        moment = SQL("%s::timestamp", Model._field_to_sql(alias, channel.moment, query))
        key = SQL("%s, %s::text, %s", moment, code, SQL.identifier(alias, "id"))
        if before:
            query.add_where(SQL("(%s) < (%s::timestamp, %s, %s::int)", key, *before))
        query.order = SQL("%s DESC, %s DESC", moment, SQL.identifier(alias, "id"))
        query.limit = limit
        return query.select(
            SQL("%s AS moment", moment), SQL("%s::text AS channel", code), SQL("%s AS id", SQL.identifier(alias, "id"))
        )

    @api.model
    def _has_time(self, Model, channel):
        return Model._fields[channel.moment].type == "datetime"

    @api.model
    def _read_timeline(self, customer, kinds=None, limit=40, **conditions):
        """The latest of what happened with a customer, of all channels in one statement.

        :param kinds: codes of channels; all that the reader may read if empty
        :return: list of tuples of moment, code and id, at most ``limit`` and one more, the latest first
        """
        channels = self._get_open_channels(customer)
        chosen = {code: channel for code, channel in channels.items() if not kinds or code in kinds}
        branches = [
            self._branch_sql(code, channel, limit + 1, **conditions) for code, channel in sorted(chosen.items())
        ]
        if not branches:
            return []
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) told ORDER BY moment DESC, channel DESC, id DESC LIMIT %s",
                SQL(" UNION ALL ").join(SQL("(%s)", branch) for branch in branches),
                limit + 1,
            )
        )

    @api.model
    def _describe(self, customer, rows):
        """What the timeline shows of rows: one reading for each channel among them, whatever their number.

        :param rows: as of ``_read_timeline``
        :return: list of dicts in the same order
        """
        channels = self._get_open_channels(customer)
        told = {}
        for code in {code for _moment, code, _id in rows}:
            channel = channels[code]
            records = self.env[channel.model].browse(number for _moment, name, number in rows if name == code)
            if channel.as_system:
                records = records.sudo()
            told[code] = {record.id: self._describe_record(channel, record) for record in records}
        return [
            {
                "moment": moment.isoformat(),
                "has_time": self._has_time(self.env[channels[code].model], channels[code]),
                "channel": code,
                "icon": channels[code].icon,
                "kind": channels[code].label,
                "model": channels[code].model,
                "id": number,
                **told[code][number],
            }
            for moment, code, number in rows
        ]

    @api.model
    def _describe_record(self, channel, record):
        def value(name):
            known = name and name in record._fields and record._has_field_access(record._fields[name], "read")
            return record[name] if known else False

        text = value(channel.text)
        text = text.display_name if isinstance(text, models.BaseModel) else text
        contact, state = value(channel.contact), value(channel.state)
        amount, currency = value(channel.amount), value(channel.currency)
        # sudo: the name of a contact whose document one may read
        return {
            "text": text or record.display_name,
            "contact": contact.sudo().display_name if contact else "",
            "state": dict(record._fields[channel.state]._description_selection(self.env)).get(state, "")
            if state
            else "",
            "amount": currency.format(amount) if channel.amount and currency else "",
        }

from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..core.together import Search

# Types of messages that people write or get; "sms" and "snailmail" where these are installed.
MESSAGES = ("email", "email_outgoing", "comment", "sms", "snailmail")
# Documents of which a customer has some hundreds at most: what is on them is found by each of them. The planner, which
# does not know, would read the messages on those of everybody.
SELDOM = ("crm.lead", "helpdesk.ticket")


@dataclass(frozen=True)
class Channel:
    """One kind of what happens between a customer and us, as the records of one model.

    Names are those of fields of the model; what the reader may not see of them is left out.

    :param str label: translated, in the plural
    :param str icon: class of Font Awesome
    :param str model: of the records
    :param str moment: stored field by which they are ordered, a date or a moment in UTC
    :param domain: those of the customer, besides the rules of the model
    :param searched: names of fields that are searched
    :param str text: of the field that says what it is; the display name if not given
    :param str contact: of the field with the contact
    :param str amount: of the field with an amount, in ``currency``
    :param str state: of a selection
    :param bool as_system: whether records are read with the rights of the system, where the domain alone decides
    :param more: domains of further records of the model, none of them in another one: each is asked by itself, so that
        an index serves it
    :param reads: names of fields that ``describe`` reads, see ``Search``; what is not named takes a query more
    :param str direction: ``in`` (from the customer to us) or ``out``, where all records go the same way
    :param str describe: method of the registry that takes the records and says more of each: ``{id: dict}`` of what
        replaces what is shown, and of ``opens`` (model and id), where something else is opened
    """

    label: str
    icon: str
    model: str
    moment: str
    domain: list | Domain
    searched: tuple = ("display_name",)
    text: str = "display_name"
    contact: str | None = "partner_id"
    amount: str | None = None
    currency: str = "currency_id"
    state: str | None = None
    as_system: bool = False
    more: tuple = ()
    direction: str = ""
    describe: str | None = None
    reads: tuple = ()


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
        own = self._get_own_domain(customer)
        ticketed = [("commercial_partner_id", "=", customer.id)]
        documents = self._get_documents(customer)
        messages = self._get_message_domains(
            customer, documents, [("message_type", "in", MESSAGES), ("mail_activity_type_id", "=", False)]
        )
        activities = self._get_message_domains(customer, documents, [("mail_activity_type_id", "!=", False)])
        channels = {
            "order": Channel(
                labels["order"], "fa-shopping-cart", "sale.order", "date_order",
                customer._get_orders_domain(),
                ("name", "client_order_ref"), amount="amount_total", state="state", direction="in",
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
                direction="out",
            ),
            "payment": Channel(
                labels["payment"], "fa-money", "account.payment", "date",
                own & Domain("partner_type", "=", "customer"), ("name", "memo"), amount="amount_signed", state="state",
                describe="_describe_payments", reads=("payment_type",),
            ),
            "opportunity": Channel(
                labels["opportunity"], "fa-star-o", "crm.lead", "create_date", own,
                ("name",), amount="expected_revenue", currency="company_currency", state="won_status", direction="in",
            ),
            "stage": Channel(
                labels["stage"], "fa-step-forward", "mail.message", "date",
                [
                    ("model", "=", "crm.lead"),
                    ("subtype_id", "in", self._get_subtypes("crm.mt_lead", ("stage", "won", "lost", "restored"))),
                    self._get_among("res_id", documents["crm.lead"]),
                ],
                ("subject", "body"), contact=None, as_system=True, describe="_describe_stages",
                reads=("model", "res_id", "record_name", "subtype_id.name", "tracking_value_ids.*"),
            ),
            "complaint": Channel(
                labels["complaint"], "fa-exclamation-circle", "helpdesk.ticket", "create_date",
                [*ticketed, ("is_complaint", "=", True)], ("number", "name"), state="complaint_state", direction="in",
            ),
            "step": Channel(
                labels["step"], "fa-gavel", "customer.complaint.event", "date",
                [("kind", "not in", ("clock", "pause")), self._get_among("ticket_id", documents["helpdesk.ticket"])],
                ("ticket_id.number", "ticket_id.name", "note"), contact=None, state="kind", describe="_describe_steps",
                reads=("state_to", "note", "actor", "ticket_id.number", "ticket_id.name", "ticket_id.display_name"),
            ),
            "ticket": Channel(
                labels["ticket"], "fa-life-ring", "helpdesk.ticket", "create_date",
                [*ticketed, ("is_complaint", "!=", True)], ("number", "name"), direction="in",
            ),
            "rating": Channel(
                labels["rating"], "fa-smile-o", "rating.rating", "rated_on",
                own
                & Domain("consumed", "=", True)
                & Domain("rated_on", "!=", False)
                # anybody may read ratings: those of tickets whom the reader may open
                & Domain("res_model", "=", "helpdesk.ticket")
                & self._get_among("res_id", documents["helpdesk.ticket"]),
                ("feedback",), text="rating_text", direction="in", describe="_describe_ratings",
                reads=("res_model", "res_id", "res_name"),
            ),
            "message": Channel(
                labels["message"], "fa-envelope-o", "mail.message", "date",
                messages[0], ("subject", "body"), text="preview", contact=None, as_system=True, more=messages[1],
                describe="_describe_messages", reads=("model", "res_id", "author_id.commercial_partner_id"),
            ),
            "activity": Channel(
                labels["activity"], "fa-check", "mail.message", "date",
                activities[0], ("subject", "body"), contact=None, as_system=True, more=activities[1],
                describe="_describe_activities", reads=("model", "res_id", "body", "mail_activity_type_id.name"),
            ),
            "chat": Channel(
                labels["chat"], "fa-comments-o", "discuss.channel", "create_date",
                Domain("channel_type", "not in", ("channel", "group", "livechat"))
                & self._get_own_domain(customer, "channel_member_ids.partner_id"),
                ("name",), contact=None, direction="in",
            ),
            "meeting": Channel(
                labels["meeting"], "fa-calendar", "calendar.event", "start",
                self._get_meeting_domain(customer), ("name",), contact=None,
                reads=("user_id.*", "user_id.res_users_settings_ids.*"),
            ),
            "contact": Channel(
                labels["contact"], "fa-headphones", "customer.contact", "moment", [("customer_id", "=", customer.id)],
                ("subject", "note", "phone"), text="summary", state="channel", describe="_describe_contacts",
                reads=("direction", "person", "email"),
            ),
            "tier": Channel(
                labels["tier"], "fa-trophy", "customer.value.history", "date",
                [("partner_id", "=", customer.id), ("tier_move", "in", ("up", "down"))],
                (), text="reason", contact=None,
            ),
            "campaign": Channel(
                labels["campaign"], "fa-bullhorn", "customer.retention.member", "offered_on",
                [("partner_id", "=", customer.id), ("offered_on", "!=", False)],
                ("campaign_id",), text="campaign_id", contact=None, state="state", direction="out",
            ),
            "care": Channel(
                labels["care"], "fa-gift", "customer.value.care", "done_on",
                [("customer_id", "=", customer.id), ("done_on", "!=", False)],
                (), text="rule_id", state="action", direction="out",
            ),
        }  # fmt: skip
        if "stock.picking" in self.env:
            channels["delivery"] = Channel(
                labels["delivery"], "fa-truck", "stock.picking", "date_done",
                own & Domain("state", "=", "done") & Domain("date_done", "!=", False),
                ("name", "origin"), state="picking_type_code", describe="_describe_pickings",
                reads=("picking_type_id.code",),
            )  # fmt: skip
        if "pos.order" in self.env:
            channels["till"] = Channel(
                labels["till"], "fa-shopping-basket", "pos.order", "date_order",
                own & Domain("state", "in", ("paid", "done", "invoiced")),
                ("name", "pos_reference"), amount="amount_total", state="state", direction="in",
            )  # fmt: skip
        if "im_livechat.channel" in self.env:
            channels["livechat"] = Channel(
                labels["livechat"], "fa-comments-o", "discuss.channel", "create_date",
                [
                    ("channel_type", "=", "livechat"),
                    ("livechat_customer_partner_ids.commercial_partner_id", "=", customer.id),
                ],
                ("name",), contact=None, direction="in",
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
            "stage": self.env._("Stages of opportunities"),
            "complaint": self.env._("Complaints"),
            "step": self.env._("Steps of complaints"),
            "ticket": self.env._("Tickets"),
            "rating": self.env._("Ratings"),
            "message": self.env._("Emails, letters and notes"),
            "activity": self.env._("Calls and other activities"),
            "chat": self.env._("Chats"),
            "meeting": self.env._("Meetings and visits"),
            "contact": self.env._("Contacts made"),
            "tier": self.env._("Changes of tier"),
            "campaign": self.env._("Campaign offers"),
            "care": self.env._("Care"),
            "delivery": self.env._("Deliveries and returns"),
            "till": self.env._("Point of sale"),
            "livechat": self.env._("Live chats"),
        }

    @api.model
    def _get_documents(self, customer):
        """Documents of the customer that the reader may read; what hangs on them is theirs to read, too.

        :return: ``{model: Query, or list of ids where these are known}``; an empty list where the reader may not read
        """
        domains = {
            "sale.order": customer._get_orders_domain(),
            "account.move": [
                ("commercial_partner_id", "=", customer.id),
                ("move_type", "in", ("out_invoice", "out_refund", "out_receipt")),
            ],
        }
        return {
            model: self.env[model].with_context(active_test=False)._search(domain)
            if self.env[model].has_access("read")
            else []
            for model, domain in domains.items()
        } | {model: self._get_seldom(customer, model) for model in SELDOM}

    @api.model
    def _get_seldom(self, customer, model):
        """:return: see ``_get_documents``, of one of ``SELDOM``"""
        if not self.env[model].has_access("read"):
            return []
        ids = self._get_known_ids(customer, model)
        if ids is not None:
            return list(ids)
        ticketed = Domain("commercial_partner_id", "=", customer.id)
        domain = self._get_own_domain(customer) if model == "crm.lead" else ticketed
        return self.env[model].with_context(active_test=False)._search(domain)

    @api.model
    def _get_message_domains(self, customer, documents, conditions):
        """Messages follow their document: those on contacts and documents that the reader may read.

        :return: tuple of the domain of messages on contacts, and those of other documents
        """
        first, *more = (
            Domain("model", "=", model)
            & (self._get_among("res_id", records) if model in SELDOM else Domain("res_id", "in", records))
            & Domain(conditions)
            for model, records in ({"res.partner": self._get_contacts(customer)} | documents).items()
            if records != []
        )
        return first, tuple(more)

    @api.model
    def _get_among(self, name, records):
        """The domain of what refers, by a field, to some of few records, given as a query or by their ids.

        As an array of which the planner does not know how long it is: of a list it would weigh every number.
        """
        if records == []:
            return Domain.FALSE
        if isinstance(records, list):
            # written as one text, since thousands of numbers take long to be written one by one
            array = SQL("(SELECT unnest(%s::int[]))", f"{{{','.join(map(str, records))}}}")
        else:
            array = records.subselect()

        def to_sql(model, alias, query):
            return SQL("%s = ANY(ARRAY%s)", model._field_to_sql(alias, name, query), array)

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _get_meeting_domain(self, customer):
        """Of private events of others Odoo shows everybody the time, but not with whom: here they would tell."""
        Event = self.env["calendar.event"]
        return self._get_own_domain(customer, "partner_ids") & (
            Domain(Event._get_default_privacy_domain()) | Domain("partner_ids", "in", self.env.user.partner_id.ids)
        )

    @api.model
    def _get_subtypes(self, prefix, names):
        """:return: ids of Odoo's kinds of messages, without a query; of those that have not been deleted"""
        find = self.env["ir.model.data"]._xmlid_to_res_id
        found = [find(f"{prefix}_{name}", raise_if_not_found=False) for name in names]
        return [number for number in found if number]

    @api.model
    def _get_open_channels(self, customer):
        """The channels whose model the reader may read."""
        return {
            code: channel
            for code, channel in self._get_channels(customer).items()
            if channel.as_system or self.env[channel.model].has_access("read")
        }

    @api.model
    def _branch_sql(self, code, channel, domain, limit, before=None, text=None, contact=None, since=None, until=None):
        """The latest records of a channel: ``moment``, ``channel``, ``id``; None where there can be none.

        :param domain: one of the domains of the channel
        :param before: tuple of the three, in text, of the last row that has been seen
        :param date since: first day; ``until``: last day
        """
        Model = self.env[channel.model].with_context(active_test=False)
        if channel.as_system:
            Model = Model.sudo()
        domain = Domain(domain)
        if text:
            domain &= Domain.OR(Domain(name, "ilike", text) for name in channel.searched)
        if contact:
            domain &= Domain(channel.contact, "=", contact) if channel.contact else Domain.FALSE
        if since:
            domain &= Domain(channel.moment, ">=", since)
        if until:
            domain &= Domain(channel.moment, "<=", f"{until} 23:59:59" if self._has_time(Model, channel) else until)
        query = Model._search(domain)
        if query.is_empty():
            return None
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
    def _read_timeline(self, customer, kinds=None, limit=40, channels=None, **conditions):
        """The latest of what happened with a customer, of all channels in one statement.

        :param kinds: codes of channels; all that the reader may read if empty
        :param dict channels: as of ``_get_open_channels``, if known already
        :return: list of tuples of moment, code and id, at most ``limit`` and one more, the latest first
        """
        channels = channels or self._get_open_channels(customer)
        chosen = {code: channel for code, channel in channels.items() if not kinds or code in kinds}
        branches = [
            self._branch_sql(code, channel, domain, limit + 1, **conditions)
            for code, channel in sorted(chosen.items())
            for domain in (channel.domain, *channel.more)
        ]
        branches = [branch for branch in branches if branch]
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
    def _get_searches(self, rows, channels):
        """Readings of what ``_describe`` shows, for ``read_together``: a ``Search`` for each channel among the rows."""
        searches = []
        for code in {code: None for _moment, code, _id in rows}:
            channel = channels[code]
            Model = self.env[channel.model].with_context(active_test=False)
            Model = Model.sudo() if channel.as_system else Model
            names = self._get_names(Model, channel)
            ids = [number for _moment, name, number in rows if name == code]
            searches.append(Search(Model, [("id", "in", ids)], names))
        return searches

    @api.model
    def _get_names(self, Model, channel):
        """Names of the fields that a row shows, as far as the reader may read them, see ``Search``."""
        shown = [channel.text, channel.contact, channel.amount, channel.currency, channel.state]
        named = [name for name in channel.searched if "." not in name]
        names = [*channel.reads, "display_name"]
        for name in filter(None, (*shown, *named)):
            field = Model._fields.get(name)
            if not (field and Model._has_field_access(field, "read")):
                continue
            names.append(name)
            if field.type == "many2one" and field.store:
                names += (
                    [f"{name}.*"] if field.comodel_name == "res.currency" else [f"{name}.name", f"{name}.display_name"]
                )
        return tuple(dict.fromkeys(names))

    @api.model
    def _describe(self, customer, rows, channels=None):
        """What the timeline shows of rows, which is best read before, see ``_get_searches``.

        :param rows: as of ``_read_timeline``
        :param dict channels: as of ``_get_open_channels``, if known already
        :return: list of dicts in the same order: ``moment`` (ISO), ``has_time``, ``channel``, ``icon``, ``kind``,
            ``model``, ``id``, ``opens`` (model and id), ``direction``, ``text``, ``contact``, ``state``, ``amount``
            (in words) and ``value`` (the amount as a number, or False)
        """
        channels = channels or self._get_open_channels(customer)
        told = {}
        for code in {code for _moment, code, _id in rows}:
            channel = channels[code]
            records = self.env[channel.model].browse(number for _moment, name, number in rows if name == code)
            if channel.as_system:
                records = records.sudo()
            more = getattr(self, channel.describe)(customer, records) if channel.describe else {}
            told[code] = {
                record.id: self._describe_record(channel, record) | more.get(record.id, {}) for record in records
            }
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

        def label(name):
            return dict(record._fields[name]._description_selection(self.env)).get(value(name), "")

        text = value(channel.text)
        if text and record._fields[channel.text].type == "selection":
            text = label(channel.text)
        # sudo: the name of what a record refers to that one may read
        text = text.sudo().display_name if isinstance(text, models.BaseModel) else text
        contact = value(channel.contact)
        amount, currency = value(channel.amount), value(channel.currency)
        has_amount = channel.amount and currency
        return {
            "text": text or record.display_name,
            # sudo: the name of a contact whose document one may read
            "contact": contact.sudo().name or contact.sudo().display_name if contact else "",
            "state": label(channel.state) if value(channel.state) else "",
            "amount": currency.format(amount) if has_amount else "",
            "value": amount if has_amount else False,
            "direction": channel.direction,
            "opens": [record._name, record.id],
        }

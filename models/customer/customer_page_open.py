from dataclasses import dataclass

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_date

from ..core.together import Search

# Rows of a block that are shown; the others are opened as a list.
OPEN = 5
# Fields that names are made of, where their model does not say so.
READS = {
    "account.move": ("name", "ref"),
    "mail.activity": ("res_model", "res_id", "res_name", "activity_type_id.*"),
}


@dataclass(frozen=True)
class Block:
    """One kind of what waits for somebody.

    :param str label: translated, in the plural
    :param str model: of the records
    :param str moment: field by which they are ordered, the earliest first: when somebody has to act
    :param str shown: field with what is at stake
    :param Domain domain: those of the customer, besides the rules of the model
    :param str named: field by which a row is called
    :param bool as_system: whether records are read with the rights of the system, where the domain alone decides
    :param reads: names of further fields that a row reads, such as those that its name is made of, see ``Search``
    :param bool is_due: whether something is late once the moment has passed; else it says since when it waits
    """

    label: str
    model: str
    moment: str
    shown: str
    domain: Domain
    named: str = "display_name"
    as_system: bool = False
    is_due: bool = True
    reads: tuple = ()


class CustomerPage(models.AbstractModel):
    """What is open with a customer: of each kind what is most urgent, its number, and a list of all."""

    _inherit = "customer.page"

    @api.model
    def _describe_opened(self, opened, company):
        """What waits for somebody, the most urgent first.

        All kinds are found in one statement, each by the rules of its own model, and read in another one.

        :param opened: as of ``_find_open``
        :return: list of dicts of ``code``, ``label``, ``model``, ``count``, ``late`` (how many are past their day),
            ``domain`` (of all, by id) and ``rows``
        """
        now = fields.Datetime.now()
        # a day ends with its last moment
        midnight = fields.Datetime.to_datetime(company._get_value_today())
        described = []
        for code, (block, rows) in opened.items():
            shown = rows[:OPEN]
            records = self._get_block_model(block).browse(number for number, _moment in shown)
            limit = now if self._has_time(block) else midnight
            late = {number for number, moment in rows if block.is_due and moment and moment < limit}
            described.append(
                {
                    "code": code,
                    "label": block.label,
                    "model": block.model,
                    "count": len(rows),
                    "late": len(late),
                    "domain": [("id", "in", [number for number, _moment in rows])],
                    "rows": [
                        self._describe_open(block, record, moment) | {"late": number in late}
                        for record, (number, moment) in zip(records, shown, strict=True)
                    ],
                }
            )
        return described

    @api.model
    def _get_open_blocks(self, customer, company):
        """:return: ``{code: Block}`` of the models that the reader may read, the most urgent kind first"""
        labels = {
            "complaint": self.env._("Complaints"),
            "overdue": self.env._("Overdue invoices"),
            "undelivered": self.env._("Orders to deliver"),
            "activity": self.env._("Activities"),
            "redress": self.env._("Promised redress"),
            "quotation": self.env._("Quotations"),
            "ticket": self.env._("Tickets"),
            "unpaid": self.env._("Invoices not due yet"),
            "offer": self.env._("Offers not used"),
            "opportunity": self.env._("Opportunities"),
        }
        own = self._get_leads_domain(customer)
        books = company._get_value_books()
        of_company = Domain("company_id", "in", books.ids)
        orders = customer._get_orders_domain() & of_company
        confirmed = orders & Domain("state", "=", "sale")
        invoices = Domain("commercial_partner_id", "=", customer.id) & of_company
        tickets = Domain("commercial_partner_id", "=", customer.id) & of_company
        unpaid = (
            Domain("move_type", "in", ("out_invoice", "out_receipt"))
            & Domain("state", "=", "posted")
            & Domain("payment_state", "in", ("not_paid", "partial"))
        )
        # as ``value_is_overdue`` says of all, found among theirs alone
        overdue = Domain("id", "in", customer._find_overdue(company).move_ids)
        Ticket = self.env["helpdesk.ticket"]
        asked = {
            "complaint": (
                "helpdesk.ticket", "complaint_due", "complaint_state",
                Domain(Ticket._get_open_complaints_domain(customer, books)),
            ),
            "overdue": (
                "account.move", "invoice_date_due", "amount_residual_signed",
                of_company & overdue,
            ),
            "undelivered": (
                "sale.order", "commitment_date", "amount_total",
                confirmed & self._get_undelivered_domain(confirmed),
            ),
            "activity": ("mail.activity", "date_deadline", "summary", self._get_activity_domain(customer, company)),
            "redress": (
                "customer.complaint.redress", "create_date", "amount",
                of_company & Domain("state", "=", "approved")
                & Domain("ticket_id", "in", Ticket._search(tickets) if Ticket.has_access("read") else []),
            ),
            "quotation": (
                "sale.order", "validity_date", "amount_total", orders & Domain("state", "in", ("draft", "sent")),
            ),
            "ticket": (
                "helpdesk.ticket", "create_date", "stage_id",
                tickets & Domain("is_complaint", "!=", True) & Domain("closed", "=", False),
            ),
            "unpaid": (
                "account.move", "invoice_date_due", "amount_residual_signed",
                invoices & unpaid & ~overdue,
            ),
            "offer": (
                "customer.retention.member", "valid_until", "offer_id",
                Domain("partner_id", "=", customer.id) & Domain("company_id", "=", company.id)
                & self._get_unused_domain(company),
            ),
            "opportunity": (
                "crm.lead", "date_deadline", "expected_revenue",
                own & Domain("company_id", "in", (*books.ids, False)) & Domain("type", "=", "opportunity")
                & Domain("won_status", "=", "pending"),
            ),
        }  # fmt: skip
        blocks = {}
        for code, (model, moment, shown, domain) in asked.items():
            Model = self.env[model]
            names = [Model._fields[name] for name in (moment, shown)]
            if Model.has_access("read") and all(Model._has_field_access(field, "read") for field in names):
                blocks[code] = Block(
                    labels[code],
                    model,
                    moment,
                    shown,
                    domain,
                    named="campaign_id" if code == "offer" else "display_name",
                    as_system=code == "activity",
                    reads=READS.get(model, ()),
                    is_due=moment != "create_date",
                )
        return blocks

    @api.model
    def _get_undelivered_domain(self, orders):
        """Which of ``orders``, a domain of confirmed ones, are not delivered in full.

        Where nothing tells of deliveries but the lines, services count only if they are invoiced by them: of the others
        nobody enters what was delivered.
        """
        if self._has_deliveries():
            return Domain("delivery_status", "in", ("pending", "started", "partial"))
        missing = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s > %s",
                model._field_to_sql(alias, "product_uom_qty", query),
                model._field_to_sql(alias, "qty_delivered", query),
            )
        )
        tracked = Domain("product_id.type", "=", "consu") | Domain("product_id.invoice_policy", "=", "delivery")
        # sudo: who may read the order may know what of it is missing
        lines = (
            self.env["sale.order.line"]
            .sudo()
            ._search(Domain("display_type", "=", False) & Domain("is_downpayment", "=", False) & tracked & missing)
        )
        column = SQL.identifier(lines.table, "order_id")
        # an array, or all lines there are would be read for the orders of one customer
        lines.add_where(SQL("%s = ANY(ARRAY%s)", column, self.env["sale.order"].sudo()._search(orders).subselect()))
        # a truth value, so that it is looked up for each order: joined, the orders would be read a second time
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(%s IN %s) IS TRUE", SQL.identifier(alias, "id"), lines.subselect(column)
            )
        )

    @api.model
    def _has_deliveries(self):
        """Whether deliveries say what customers got and gave back: the module that brings them is installed."""
        return "delivery_status" in self.env["sale.order"]._fields

    @api.model
    def _get_leads_domain(self, customer):
        """Leads and opportunities of the customer and their contacts, whom the reader may see."""
        Channel = self.env["customer.channel"]
        leads = Channel._get_known_ids(customer, "crm.lead")
        return Channel._get_own_domain(customer) if leads is None else Channel._get_among("id", list(leads))

    @api.model
    def _get_activity_domain(self, customer, company):
        """Activities of contacts, and those on open documents of the customer: of records that the reader may read."""
        own = self._get_leads_domain(customer)
        books = company._get_value_books().ids
        of_company = Domain("company_id", "in", books)
        documents = {
            "sale.order": customer._get_orders_domain() & of_company,
            "crm.lead": own & Domain("company_id", "in", (*books, False)),
            "helpdesk.ticket": Domain("commercial_partner_id", "=", customer.id) & of_company,
        }
        domain = Domain("res_model", "=", "res.partner") & Domain(
            "res_id", "in", self.env["customer.channel"]._get_contacts(customer)
        )
        for model, of in documents.items():
            Model = self.env[model]
            if Model.has_access("read"):
                domain |= Domain("res_model", "=", model) & Domain(
                    "res_id", "in", Model.with_context(active_test=False)._search(of)
                )
        return domain

    @api.model
    def _get_unused_domain(self, company):
        """Offers of running campaigns that can still be used: their codes are on no order, confirmed or at a till."""
        Source = self.env["customer.value.source"]

        def to_sql(model, alias, query):
            member, tills = SQL.identifier(alias, "id"), SQL()
            if Source._has_till_coupons():
                tills = SQL(
                    """ AND NOT EXISTS (SELECT FROM loyalty_card card JOIN (%s) code ON code.card_id = card.id
                                         WHERE card.retention_member_id = %s)""",
                    Source._till_codes_sql(),
                    member,
                )
            return SQL(
                """NOT EXISTS (SELECT FROM loyalty_card card
                                 JOIN sale_order_line line ON line.coupon_id = card.id
                                 JOIN sale_order so ON so.id = line.order_id AND so.state = 'sale'
                                WHERE card.retention_member_id = %s)%s""",
                member,
                tills,
            )

        used = Domain.custom(to_sql=to_sql)
        return (
            Domain("state", "=", "offered")
            & Domain("is_open", "=", True)
            & Domain("valid_until", ">=", company._get_value_today())
            & used
        )

    @api.model
    def _find_open(self, customer, company):
        """:return: ``{code: (block, [(id, moment or None), …])}`` of blocks with something in it, the earliest first"""
        blocks, branches = self._get_open_blocks(customer, company), []
        for code, block in blocks.items():
            Model = self._get_block_model(block)
            query = Model._search(block.domain)
            if query.is_empty():
                continue
            moment = Model._field_to_sql(Model._table, block.moment, query)
            branches.append(
                query.select(
                    SQL("%s::text AS code", code),
                    SQL("%s AS id", SQL.identifier(Model._table, "id")),
                    SQL("%s::timestamp AS moment", moment),
                )
            )
        found = {code: [] for code in blocks}
        if branches:
            self.env.flush_all()
            union = SQL(" UNION ALL ").join(SQL("(%s)", branch) for branch in branches)
            for code, number, moment in self.env.execute_query(
                SQL("SELECT code, id, moment FROM (%s) open ORDER BY moment, id", union)
            ):
                found[code].append((number, moment))
        return {code: (blocks[code], rows) for code, rows in found.items() if rows}

    @api.model
    def _get_open_searches(self, opened):
        """Readings of the rows that are shown: a ``Search`` for each model and its rights."""
        shown = {}
        for block, rows in opened.values():
            Model = self._get_block_model(block)
            _Model, ids, names = shown.setdefault((block.model, block.as_system), (Model, [], {}))
            ids += [number for number, _moment in rows[:OPEN]]
            names |= dict.fromkeys(self._get_block_names(Model, block))
        return [
            Search(Model.with_context(active_test=False), [("id", "in", ids)], tuple(names))
            for Model, ids, names in shown.values()
        ]

    @api.model
    def _get_block_model(self, block):
        return self.env[block.model].sudo() if block.as_system else self.env[block.model]

    @api.model
    def _get_block_names(self, Model, block):
        """Names of what a row says, see ``Search``."""
        names = [block.named, block.shown, *block.reads]
        for name in (block.named, block.shown):
            field = Model._fields[name]
            if field.type == "many2one":
                names.append(f"{name}.display_name")
            elif field.type == "monetary":
                names.append(f"{field.get_currency_field(Model)}.*")
        return names

    @api.model
    def _describe_open(self, block, record, moment):
        """What a row says; ``model`` and ``id`` are of what it opens: of an activity its document."""
        value, field = record[block.shown], record._fields[block.shown]
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            value = currency.format(abs(value)) if currency else ""
        elif field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value, "")
        elif field.type == "many2one":
            # sudo: the name of what a record refers to that one may read
            value = value.sudo().display_name
        name = record[block.named]
        # sudo: as above
        name = name.sudo().display_name if isinstance(name, models.BaseModel) else name
        is_activity = record._name == "mail.activity"
        return {
            "model": record.res_model if is_activity else record._name,
            "id": record.res_id if is_activity else record.id,
            "key": record.id,
            "name": (record.res_name or "") if is_activity else name,
            "shown": (record.display_name if is_activity else value) or "",
            "day": self._format_moment(block, moment),
        }

    @api.model
    def _has_time(self, block):
        return self.env[block.model]._fields[block.moment].type == "datetime"

    @api.model
    def _format_moment(self, block, moment):
        if not moment:
            return ""
        if self._has_time(block):
            moment = fields.Datetime.context_timestamp(self, moment)
        return format_date(self.env, moment.date())

"""What the tests share: a company of their own and short ways to write its documents."""

from contextlib import closing, contextmanager
from datetime import date, datetime, time

from freezegun import freeze_time
from odoo import Command
from odoo.tests import TransactionCase

from .prepared import QUIET, make_company, take_company

AS_OF = date(2025, 6, 30)

# The score of a customer is their revenue: 0 to 100
ONE_TO_ONE = {"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}}


class ValueCase(TransactionCase):
    """A company without any documents, with a chart of accounts and its default policy.

    Everything is made through Odoo as a user would make it, with dates long past, so that nothing depends on the
    day on which the tests run.
    """

    # whether orders plan their deliveries, which takes a fifth of the time of an order
    delivers = False

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, **QUIET})
        cls.company = cls.make_company("Value Company", "USD")
        # whether or not partnership is installed
        cls.company.value_pricelist_source = "tier"
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.company = cls.company.with_env(cls.env)
        cls.Policy = cls.env["customer.value.policy"]
        cls.Run = cls.env["customer.value.run"]
        cls.Score = cls.env["customer.value.score"]
        cls.History = cls.env["customer.value.history"]
        cls.Source = cls.env["customer.value.source"]
        cls.policy = cls.Policy._get_active(cls.company)
        cls.product = cls.env["product.product"].create(
            {"name": "Thing", "type": "consu", "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )
        cls.service = cls.env["product.product"].create(
            {"name": "Advice", "type": "service", "taxes_id": [Command.clear()], "invoice_policy": "order"}
        )

    # -- companies and money ---------------------------------------------------------------------------------------

    @classmethod
    def make_company(cls, name, currency):
        return take_company(cls.env, name, currency) or make_company(cls.env, name, currency)

    @classmethod
    def currency(cls, code, company=None, **rates):
        """The currency with the rates given as ``d2025_01_31=0.5`` (units of it for one of the company's)."""
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", code)])
        currency.active = True
        cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": currency.id,
                    "company_id": (company or cls.company).id,
                    "name": day[1:].replace("_", "-"),
                    "rate": rate,
                }
                for day, rate in rates.items()
            ]
        )
        return currency

    # -- documents -------------------------------------------------------------------------------------------------

    @classmethod
    def customer(cls, name="Customer", **values):
        return cls.env["res.partner"].create({"name": name, **values})

    @classmethod
    def customers(cls, count, name="Customer"):
        return cls.env["res.partner"].create([{"name": f"{name} {number}"} for number in range(1, count + 1)])

    @classmethod
    def _moment(cls, day):
        if isinstance(day, str):
            day = datetime.fromisoformat(day)
        if not isinstance(day, datetime):
            day = datetime.combine(day, time(12))
        return day

    @classmethod
    def order(
        cls,
        partner,
        day=AS_OF,
        amount=100.0,
        *,
        lines=None,
        cost=0.0,
        currency=None,
        company=None,
        confirm=True,
    ):
        """A confirmed order; ``day`` is a date (noon UTC is taken) or a moment in UTC; ``lines`` are values."""
        company = company or cls.company
        lines = lines or [{"price_unit": amount, "purchase_price": cost}]
        values = {
            "partner_id": partner.id,
            "company_id": company.id,
            "user_id": False,
            "order_line": [
                Command.create(
                    {"product_id": cls.product.id, "product_uom_qty": 1.0, "tax_ids": [Command.clear()]} | line
                )
                for line in lines
            ],
        }
        if currency:
            pricelist = cls.env["product.pricelist"].create(
                {"name": currency.name, "currency_id": currency.id, "company_id": company.id}
            )
            values["pricelist_id"] = pricelist.id
        order = cls.env["sale.order"].with_company(company).create(values)
        if confirm:
            order.with_context(skip_procurement=not cls.delivers).action_confirm()
        order.date_order = cls._moment(day)
        return order

    @classmethod
    def invoice(
        cls,
        partner,
        day=AS_OF,
        amount=100.0,
        *,
        lines=None,
        currency=None,
        company=None,
        due=None,
        order=None,
        move_type="out_invoice",
        post=True,
    ):
        """A posted invoice, due on its own day unless told; linked to the lines of ``order`` if given."""
        company = company or cls.company
        lines = lines or [{"price_unit": amount}]
        links = {"sale_line_ids": [Command.set(order.order_line.ids)]} if order else {}
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": move_type,
                    "partner_id": partner.id,
                    "invoice_date": day,
                    "date": day,
                    "invoice_date_due": due or day,
                    "invoice_payment_term_id": False,
                    "currency_id": (currency or company.currency_id).id,
                    "invoice_line_ids": [
                        Command.create(
                            {"product_id": cls.product.id, "quantity": 1.0, "tax_ids": [Command.clear()]} | links | line
                        )
                        for line in lines
                    ],
                }
            )
        )
        if post:
            move.action_post()
        return move

    @classmethod
    def credit_note(cls, partner, day=AS_OF, amount=100.0, **options):
        return cls.invoice(partner, day, amount, move_type="out_refund", **options)

    @classmethod
    def pay(cls, invoice, day, amount=None):
        """Pay ``invoice`` from the bank, in its currency; all of it unless told."""
        company = invoice.company_id
        term = invoice.line_ids.filtered(lambda line: line.display_type == "payment_term")
        bank = cls.env["account.journal"].search([("company_id", "=", company.id), ("type", "=", "bank")], limit=1)
        amount = invoice.amount_residual if amount is None else amount
        balance = invoice.currency_id._convert(amount, company.currency_id, company, day)
        currency = {"currency_id": invoice.currency_id.id}
        receivable = {"account_id": term.account_id.id, "partner_id": term.partner_id.id, "credit": balance}
        entry = (
            cls.env["account.move"]
            .with_company(company)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": bank.id,
                    "date": day,
                    "line_ids": [
                        Command.create(
                            currency
                            | {"account_id": bank.default_account_id.id, "debit": balance, "amount_currency": amount}
                        ),
                        Command.create(currency | receivable | {"amount_currency": -amount}),
                    ],
                }
            )
        )
        entry.action_post()
        (term + entry.line_ids.filtered("credit")).reconcile()
        return entry

    @classmethod
    def _created(cls, record, moment):
        cls.env.flush_all()
        cls.env.cr.execute(
            f'UPDATE "{record._table}" SET create_date = %s WHERE id = %s', [cls._moment(moment), record.id]
        )
        record.invalidate_recordset(["create_date"])
        return record

    @classmethod
    def lead(cls, partner, amount=1000.0, probability=50.0, day=AS_OF, company=None, **values):
        """An open opportunity, entered on ``day``."""
        lead = cls.env["crm.lead"].create(
            {
                "name": "Opportunity",
                "type": "opportunity",
                "partner_id": partner.id,
                "expected_revenue": amount,
                "probability": probability,
                "company_id": (company or cls.company).id,
                "team_id": False,
                "user_id": False,
            }
            | values
        )
        return cls._created(lead, day)

    @classmethod
    def ticket(cls, partner, day=AS_OF, company=None, **values):
        ticket = cls.env["helpdesk.ticket"].create(
            {
                "name": "Question",
                "description": "How?",
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
            }
            | values
        )
        return cls._created(ticket, day)

    # -- scoring ---------------------------------------------------------------------------------------------------

    @classmethod
    def make_policy(cls, dimensions=None, tiers=None, company=None, activate=True, **values):
        """A policy of its own dimensions, which takes the place of the active one.

        ``dimensions``: metric -> values, or a list of metrics; ``tiers``: name -> entry score or values.
        """
        company = company or cls.company
        if dimensions is None:
            dimensions = {"revenue": {}}
        if not isinstance(dimensions, dict):
            dimensions = {metric: {} for metric in dimensions}
        if tiers is None:
            tiers = {"Top": 80.0, "Middle": 40.0, "Base": 0.0}
        policy = cls.Policy.create(
            {
                "name": "Policy under test",
                "company_id": company.id,
                "dimension_ids": [
                    Command.create({"metric": metric, "sequence": number} | vals)
                    for number, (metric, vals) in enumerate(dimensions.items())
                ],
                "tier_ids": [
                    Command.create({"name": name} | (vals if isinstance(vals, dict) else {"entry_score": vals}))
                    for name, vals in tiers.items()
                ],
                "segment_ids": [
                    Command.create({"sequence": index} | vals)
                    for index, vals in enumerate(cls.Policy._default_segments(), start=1)
                ],
            }
            | values
        )
        if activate:
            policy.action_activate()
        return policy

    @classmethod
    def run_policy(cls, as_of=AS_OF, partners=None, simulate=False, policy=None):
        return (policy or cls.Policy._get_active(cls.company))._run(as_of=as_of, partners=partners, simulate=simulate)

    @classmethod
    def score(cls, partner, company=None):
        """The score row of a customer; empty if they have none."""
        cls.env.invalidate_all()
        return cls.Score.search([("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)])

    @classmethod
    def tier(cls, name, policy=None):
        policy = policy or cls.Policy._get_active(cls.company)
        return policy.tier_ids.filtered(lambda tier: tier.name == name)

    @classmethod
    def history(cls, partner):
        """Entries of the history, oldest first."""
        return cls.History.search([("partner_id", "=", partner.id)], order="id")

    @classmethod
    def count_queries(cls, function, warm=False):
        """How many queries ``function`` and the writes it leaves take, from an empty cache unless ``warm``.

        The clock stands still meanwhile: what is planned in working time asks the calendar once for each moment, and a
        second that ends between two records would count.
        """
        cls.env.flush_all()
        if not warm:
            cls.env.invalidate_all()
        with freeze_time():
            before = cls.env.cr.sql_log_count
            function()
            cls.env.flush_all()
            return cls.env.cr.sql_log_count - before

    @contextmanager
    def reading_only(self):
        """The database refuses to write meanwhile, as a replica does."""
        self.env.flush_all()
        with closing(self.env.cr.savepoint(flush=False)):
            # a part of a transaction ends with what it was allowed before
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            yield
            self.env.flush_all()

    @classmethod
    def rows(cls, table, order="id"):
        """All rows of a table, with what shows whether a row was written again."""
        cls.env.flush_all()
        cls.env.cr.execute(f'SELECT t.ctid, t.xmin, to_jsonb(t) FROM "{table}" t ORDER BY {order}')
        return cls.env.cr.fetchall()

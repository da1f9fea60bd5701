from dataclasses import replace

from odoo import api, models
from odoo.tools import SQL

from ...analytics.scoring.charged import exchange_moves_sql, written_off_sql
from .customer_value_source import Metric

# types of journals in which money comes and goes
LIQUID = ("bank", "cash", "credit")


class CustomerValueSource(models.AbstractModel):
    _inherit = "customer.value.source"

    @api.model
    def _get_metrics(self):
        return super()._get_metrics() | {
            "payment_delay_days": Metric(
                "payment", self.env._("Average payment delay"), "days", "lower", additive=False
            ),
            "overdue_amount": Metric(
                "overdue", self.env._("Overdue amount"), "money", "lower", by_trade=True, windowed=False
            ),
            "overdue_days": Metric(
                "overdue",
                self.env._("Days overdue of the oldest item"),
                "days",
                "lower",
                by_trade=True,
                ages=True,
                windowed=False,
            ),
        }

    @api.model
    def _get_typed_columns(self):
        return super()._get_typed_columns() | {
            "payment": {"payment_delay_days": "numeric"},
            "overdue": {"overdue_amount": "numeric", "overdue_days": "int4"},
        }

    @api.model
    def _source_payment(self, scope, metrics):
        """Days from due date to payment, weighted by the amount paid; negative when paid early.

        A payment is a reconciliation of an invoice with anything but a credit note, an exchange difference or what was
        written off: ``display_type`` of a credit note's receivable line is ``payment_term`` too, that of a payment is
        not. Of a payment that leaves a part to be written off, the rest counts. A journal entry with a due date, such
        as an opening balance, is paid as an invoice is.
        """
        return SQL(
            """
            SELECT item.partner_id,
                   sum((item.paid_on - item.date_maturity) * item.amount * item.share)
                   / NULLIF(sum(item.amount * item.share), 0) AS payment_delay_days
              FROM (%s) item
             WHERE item.has_terms
             GROUP BY item.partner_id
            """,
            self._paid_items_sql(scope),
        )

    @api.model
    def _paid_items_sql(self, scope):
        """What was paid in the window: ``partner_id`` (commercial entity), ``move_id``, ``date_maturity`` (of an item
        that is not ``has_terms`` its own day), ``paid_on`` (date of the payment), the ``day`` since which it settles
        the item, ``amount`` in company currency, and ``share``, the part of it that was not written off.
        """
        return SQL(
            """
            SELECT rp.commercial_partner_id AS partner_id, due.move_id,
                   COALESCE(due.date_maturity, due.date) AS date_maturity, due.date_maturity IS NOT NULL AS has_terms,
                   apr.max_date AS day, paid.date AS paid_on, apr.amount,
                   GREATEST(1 - COALESCE(written.amount / written.credited, 0), 0) AS share
              FROM %(reconciled)s
              JOIN account_move_line paid ON paid.id = apr.credit_move_id AND paid.display_type <> 'payment_term'
              JOIN account_account aa ON aa.id = due.account_id AND aa.account_type = 'asset_receivable'
              LEFT JOIN (%(written_off)s) written ON written.move_id = paid.move_id
             WHERE paid.move_id NOT IN (%(exchange)s) AND due.move_id NOT IN (%(exchange)s)
            """,
            reconciled=self._reconciled_sql(
                scope,
                "due",
                SQL("debit_move_id"),
                # money paid out is a debit with a day as well, and nothing that is due
                SQL(
                    """due.balance > 0 AND (due.display_type = 'payment_term' OR due.journal_id IN (
                           SELECT id FROM account_journal WHERE type NOT IN %s))""",
                    LIQUID,
                ),
                SQL("apr.max_date BETWEEN %s AND %s", scope.window_start, scope.as_of),
            ),
            written_off=written_off_sql(scope.books),
            exchange=exchange_moves_sql(scope.books),
        )

    @api.model
    def _source_overdue(self, scope, metrics):
        """What was due before ``as_of`` and not settled by then, in company currency, and for how long."""
        return SQL(
            """
            SELECT open.partner_id, sum(open.amount) AS overdue_amount,
                   %(as_of)s::date - min(open.date_maturity) AS overdue_days
              FROM (%(items)s) open
             GROUP BY open.partner_id
            """,
            as_of=scope.as_of,
            items=self._overdue_items_sql(scope),
        )

    @api.model
    def _overdue_items_sql(self, scope):
        """Items overdue at the end of ``as_of``: ``partner_id`` (commercial entity), ``move_id``, ``amount`` in company
        currency and ``date_maturity``. An invoice can have several.

        What customers have paid without its being matched, and their open credit notes, settle what is oldest; only
        the rest of an item is overdue. Items of journal entries, such as opening balances and what was paid back to
        customers, are due on their day where they say no other.
        """
        return SQL(
            """
            SELECT due.partner_id, due.move_id, due.date_maturity,
                   LEAST(due.amount, due.up_to_here - COALESCE(credit.amount, 0)) AS amount
              FROM (
                    SELECT item.*, sum(item.amount) OVER (PARTITION BY item.partner_id
                                                          ORDER BY item.date_maturity, item.move_id
                                                          ROWS UNBOUNDED PRECEDING) AS up_to_here
                      FROM (%(due)s) item
                   ) due
              LEFT JOIN (
                    SELECT item.partner_id, -sum(item.amount) AS amount FROM (%(credits)s) item GROUP BY item.partner_id
                   ) credit ON credit.partner_id = due.partner_id
             WHERE due.up_to_here > COALESCE(credit.amount, 0)
            """,
            # of invoices and of entries, each by its index
            due=SQL(
                "SELECT * FROM (%s) invoiced UNION ALL SELECT * FROM (%s) entered",
                self._open_items_sql(
                    scope,
                    SQL("debit_move_id"),
                    SQL(
                        "aml.display_type = 'payment_term' AND aml.balance > 0 AND aml.date_maturity < %s", scope.as_of
                    ),
                ),
                self._open_items_sql(
                    scope,
                    SQL("debit_move_id"),
                    SQL(
                        "aml.display_type <> 'payment_term' AND aml.balance > 0"
                        " AND COALESCE(aml.date_maturity, aml.date) < %s",
                        scope.as_of,
                    ),
                    open_now=SQL("aml.amount_residual > 0"),
                ),
            ),
            credits=self._open_items_sql(
                scope, SQL("credit_move_id"), SQL("aml.balance < 0"), open_now=SQL("aml.amount_residual < 0")
            ),
        )

    @api.model
    def _open_items_sql(self, scope, column, items, open_now=None):
        """Items on receivable accounts that were open at the end of ``as_of``: ``partner_id``, ``move_id``,
        ``date_maturity`` and the open ``amount``, negative for credits. Nothing else of the first is asked for, so that
        the index has it.

        What is open today plus what was still open then: the first comes from the partial index on open lines, the
        second from reconciliations with a later date. Both are few, however many invoices there are; where no
        reconciliation is later, as a rule of today, it is not even looked for those of customers.

        :param SQL column: of reconciliations, that refers to the items
        :param SQL items: condition on ``account_move_line aml``
        :param SQL open_now: what those have that are open today, besides not being reconciled
        """
        is_open = SQL(
            "aml.account_id IN (SELECT id FROM account_account WHERE account_type = 'asset_receivable')"
            " AND aml.parent_state = 'posted' AND aml.company_id = %s AND aml.date <= %s AND %s",
            scope.books,
            scope.as_of,
            items,
        )
        listed, contacts, theirs = SQL(), None, scope.among(SQL("rp.commercial_partner_id"))
        if scope.by_customer:
            # an array, or the open items of everybody would be read for one customer with very many contacts
            listed = SQL("WITH theirs AS MATERIALIZED (SELECT %s AS ids)", self._contacts_sql(scope))
            contacts = SQL("(SELECT ids FROM theirs)::int[]")
            theirs = SQL("aml.partner_id = ANY(%s)", contacts)
        reconciled = self._reconciled_sql(
            scope, "aml", column, is_open, SQL("apr.max_date > %s", scope.as_of), contacts=contacts
        )
        return SQL(
            """
            %(listed)s
            SELECT rp.commercial_partner_id AS partner_id, aml.move_id,
                   COALESCE(aml.date_maturity, aml.date) AS date_maturity, aml.amount_residual AS amount
              FROM account_move_line aml
              JOIN res_partner rp ON rp.id = aml.partner_id
             WHERE aml.reconciled IS NOT TRUE AND %(open_now)s AND %(open)s AND %(theirs)s
             UNION ALL
            SELECT rp.commercial_partner_id, aml.move_id, COALESCE(aml.date_maturity, aml.date),
                   apr.amount * sign(aml.balance)
              FROM %(reconciled)s
             WHERE (SELECT max(later.max_date) FROM account_partial_reconcile later
                     WHERE later.company_id = %(books)s AND later.max_date > %(as_of)s) IS NOT NULL
            """,
            listed=listed,
            as_of=scope.as_of,
            books=scope.books,
            open_now=open_now or SQL("TRUE"),
            open=is_open,
            theirs=theirs,
            reconciled=reconciled,
        )

    @api.model
    def _contacts_sql(self, scope):
        """The ids of the customers of ``scope`` and their contacts, as an array."""
        return SQL("ARRAY(SELECT id FROM res_partner WHERE %s)", scope.among(SQL("commercial_partner_id")))

    @api.model
    def _reconciled_sql(self, scope, item, column, items, days, contacts=None):
        """Items, their contacts ``rp``, and what they are reconciled with: for after ``FROM``.

        Of customers who are named, ``OFFSET 0`` has their items looked at, and of each what it is reconciled with: the
        planner takes these for too many, and reconciliations of some days for far fewer than there are. An array has
        the items of very many contacts found in one pass through their index, and not contact by contact.

        :param str item: alias of the items, on the side ``column`` of reconciliations ``apr``
        :param SQL items: condition on them
        :param SQL days: condition on the reconciliations
        :param SQL contacts: ``_contacts_sql`` where it is read already
        """
        parts = {
            "item": SQL.identifier(item),
            "column": column,
            "items": items,
            "days": SQL("%s AND apr.company_id = %s", days, scope.books),
            "among": scope.among(SQL("rp.commercial_partner_id")),
        }
        if scope.by_customer and scope.partner_ids is not None:
            return SQL(
                """(SELECT %(item)s.* FROM account_move_line %(item)s
                     WHERE %(item)s.partner_id = ANY(%(contacts)s) AND %(items)s
                    OFFSET 0) %(item)s
                     JOIN res_partner rp ON rp.id = %(item)s.partner_id
                    CROSS JOIN LATERAL (
                           SELECT apr.* FROM account_partial_reconcile apr
                            WHERE apr.%(column)s = %(item)s.id AND %(days)s OFFSET 0
                          ) apr""",
                contacts=contacts or self._contacts_sql(scope),
                **parts,
            )
        return SQL(
            """account_partial_reconcile apr
                 JOIN account_move_line %(item)s ON %(item)s.id = apr.%(column)s AND %(items)s AND %(days)s
                 JOIN res_partner rp ON rp.id = %(item)s.partner_id AND %(among)s""",
            **parts,
        )

    @api.model
    def _get_standing_metrics(self):
        # what falls due in the meantime is taken to be paid in time
        return super()._get_standing_metrics() | {"overdue_amount"}

    @api.model
    def _changed_queries(self, company, since):
        return [
            *super()._changed_queries(company, since),
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM account_partial_reconcile apr
                     JOIN account_move_line aml ON aml.id IN (apr.debit_move_id, apr.credit_move_id)
                     JOIN res_partner rp ON rp.id = aml.partner_id
                    WHERE apr.company_id = %s AND apr.create_date > %s AND aml.display_type = 'payment_term'""",
                company.id,
                since,
            ),
            # paid on account, written off, or brought forward
            SQL(
                """SELECT rp.commercial_partner_id AS partner_id
                     FROM account_move am
                     JOIN account_move_line aml ON aml.move_id = am.id
                     JOIN account_account aa ON aa.id = aml.account_id AND aa.account_type = 'asset_receivable'
                     JOIN res_partner rp ON rp.id = aml.partner_id
                    WHERE am.company_id = %s AND am.write_date > %s AND am.move_type = 'entry'""",
                company.id,
                since,
            ),
        ]

    @api.model
    def _documents_action(self, metric, scope, partner):
        domain = [
            ("company_id", "in", scope.company_ids),
            ("partner_id.commercial_partner_id", "=", partner.id),
            ("account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("balance", ">", 0),
        ]
        if metric == "payment_delay_days":
            paid = [
                ("max_date", ">=", scope.window_start),
                ("max_date", "<=", scope.as_of),
                ("credit_move_id.display_type", "!=", "payment_term"),
            ]
            domain += [("date_maturity", "!=", False), ("matched_credit_ids", "any", paid)]
            domain += ["|", ("display_type", "=", "payment_term"), ("journal_id.type", "not in", LIQUID)]
            name = self.env._("Paid invoices of %s", partner.display_name)
        elif metric in ("overdue_amount", "overdue_days"):
            self.env.flush_all()
            items = self._overdue_items_sql(replace(scope, partner_ids=(partner.id,)))
            self.env.cr.execute(SQL("SELECT DISTINCT item.move_id FROM (%s) item", items))
            moves = [move for (move,) in self.env.cr.fetchall()]
            domain += [("move_id", "in", moves), "|", ("date_maturity", "<", scope.as_of)]
            domain += ["&", ("date_maturity", "=", False), ("date", "<", scope.as_of)]
            name = self.env._("Overdue items of %s", partner.display_name)
        else:
            return super()._documents_action(metric, scope, partner)
        return self._list_action(name, "account.move.line", domain)

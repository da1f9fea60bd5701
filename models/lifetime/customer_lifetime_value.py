from concurrent.futures import ThreadPoolExecutor

import numpy as np
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.misc import formatLang

from ...analytics.core import storing
from ...analytics.core.memory import give_back
from ...analytics.lifetime import collecting, valuing
from ...analytics.lifetime.outlook import Lookout
from ...analytics.lifetime.past import Past, to_number
from ...analytics.lifetime.purchasing import MODELS
from ..core.fields_bulk import BulkCustomer, BulkMany2one, Fingerprint
from ..core.kept_plans import FEW, execute_kept, fetch_kept
from ..core.locking import LOCK_LIFETIME, lock_company
from ..core.planning import planning
from ..scoring.customer_value_source import Scope

PARTS = ("lifetime_historical", "lifetime_current", "lifetime_potential")
# Per cent of a page that new rows take.
FILLED = 50
# Customers that are looked at and stored at a time.
CHUNK = 20000
# By this name statements read what is told of customers.
TOLD_TABLE = "customer_lifetime_told"
# What goes before it: of new rows, and of those that change.
NEW_COLUMNS = (("company_id", "int4", ">i4"), ("as_of", "date", ">i4"))
PLACE_COLUMNS = (("place", "tid", "V6"),)
# Other joins than that of each row with the one in its place.
OTHER_JOINS = ("enable_hashjoin", "enable_mergejoin")
# A place in a table: block, and line in it.
PLACE = np.dtype([("block", ">u4"), ("line", ">u2")])


class CustomerLifetimeValue(models.Model):
    """What a customer has been and will be worth to a company, in contribution. Written in SQL by ``_store`` alone, and
    only where something changed.

    The three parts add up to the value, in company currency: the net margin kept so far, less what it cost; what is
    expected of orders within the horizon, discounted; and what might come beyond that.
    """

    _name = "customer.lifetime.value"
    _inherit = ["customer.value.customer.row"]
    _description = "Lifetime Value"
    _order = "lifetime_value desc, id"
    _rec_name = "partner_id"
    # It is recomputed by the system, not by a user.
    _log_access = False

    partner_id = BulkCustomer("res.partner", string="Customer", required=True, readonly=True)
    company_id = BulkMany2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")
    as_of = fields.Date(string="Last Change", readonly=True, help="Day since which these values have been valid.")
    lifetime_value = fields.Monetary(readonly=True, help="Historical, current and potential value.")
    lifetime_historical = fields.Monetary(
        string="Historical Value",
        readonly=True,
        help="Net margin so far, less the costs that the policy deducts.",
    )
    lifetime_current = fields.Monetary(
        string="Current Value",
        readonly=True,
        help="Probability that the customer is active, times the orders expected within the horizon of the policy, "
        "times the margin of an order. Later orders are discounted.",
    )
    lifetime_potential = fields.Monetary(
        string="Potential Value",
        readonly=True,
        help="What might come beyond this: open opportunities and what similar customers buy. Nothing is counted "
        "twice.",
    )
    purchases = fields.Integer(string="Days with Orders", readonly=True)
    p_active = fields.Float(
        string="Probability Active",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="How likely it is, by a model of purchases, that the customer still buys at all. A low one means seldom, "
        "not never. The probability of customers at risk is another one: that of no order within a number of days.",
    )
    p_usual = fields.Float(
        string="Usual Probability Active",
        digits=(5, 4),
        readonly=True,
        aggregator="avg",
        help="How likely it is when a usual gap has passed since the last order.",
    )
    expected_orders = fields.Float(
        digits=(10, 2), readonly=True, help="Days with orders expected in the next twelve months."
    )
    expected_margin = fields.Monetary(readonly=True, help="Margin expected in the next twelve months, not discounted.")
    active_margin = fields.Monetary(
        string="Annual Margin if Active",
        readonly=True,
        help="Margin expected in the next twelve months of a customer who is active for certain.",
    )
    next_order_date = fields.Date(
        string="Next Order",
        readonly=True,
        help="The usual gap after the last order; for customers who are late, the day by which half of the customers "
        "like them order. Empty if it is more likely that they have left.",
    )
    keep_budget = fields.Monetary(
        string="Most to Spend on Keeping",
        readonly=True,
        help="The current value, times the probability that the customer has left, times the share that the policy "
        "allows. Nothing is in danger of customers who are certainly active, and nothing to be kept of those who left.",
    )
    orders_ahead = fields.Float(
        string="Orders within the Horizon",
        digits=(12, 4),
        readonly=True,
        help="Expected days with orders within the horizon, each worth the less the later it comes.",
    )
    order_amount = fields.Monetary(
        string="Amount per Order",
        readonly=True,
        aggregator="avg",
        help="What the next orders are expected to bring: between the customer's average and that of all.",
    )
    margin_rate = fields.Float(
        digits=(12, 6),
        readonly=True,
        aggregator="avg",
        help="Net margin per unit of revenue: between that of the customer and that of all.",
    )
    fingerprint = Fingerprint(readonly=True)
    details = fields.Json(readonly=True, help="Amounts of which the parts consist; see analytics/lifetime/valuing.py.")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _partner_company_unique = models.Constraint(
        "UNIQUE(partner_id, company_id)", "A customer can have only one lifetime value per company."
    )

    def init(self):
        """Leave as much room in each page as there are rows: nearly all change each day, and are written beside what
        they were, where no index has to follow and the next day finds the room again."""
        self.env.cr.execute(SQL("ALTER TABLE %s SET (fillfactor = %s)", SQL.identifier(self._table), FILLED))

    # -- what is opened ------------------------------------------------------------------------------------------------

    @api.model
    def action_open_forecast(self):
        """How good the forecasts of the current company are."""
        return self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_lifetime_forecast")

    def get_reckoning(self):
        """What the parts consist of, for the picture on the form, in the user's language.

        :return: list of dicts, one for each part: ``key``, ``label``, ``amount`` (formatted), ``note`` (sentence, or
            False) and ``lines``: ``code``, ``label``, ``value`` (formatted), ``note``, ``documents`` (whether there is
            something to open)
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: what is shown is the customer's, the settings are the same for all users
        policy = self.env["customer.value.policy"].sudo()._get_active(self.company_id)
        labels = {name: self._fields[name]._description_string(self.env) for name in PARTS}
        return [
            {
                "key": name,
                "label": labels[name],
                "amount": self._money(self[name]),
                "lines": getattr(self, f"_reckon_{name.removeprefix('lifetime_')}")(policy),
            }
            for name in PARTS
        ]

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

    def _reckon_historical(self, policy):
        details = self.details or {}
        parts = self.env["customer.lifetime.part"]._get_active_parts("cost", policy)
        # of potentials there are pairs
        margin = self.lifetime_historical + sum(cost for cost in details.values() if not isinstance(cost, list))
        lines = [self._line("margin", self.env._("Net margin of all orders"), margin, documents=True)]
        return lines + [
            self._line(code, part.label, -details[code], documents=True)
            for code, part in parts.items()
            if code in details
        ]

    def _reckon_current(self, policy):
        if not self.purchases:
            return [{"code": "none", "label": self.env._("No orders yet: nothing is expected"), "value": ""}]
        calibration = self.env["customer.lifetime.calibration"].sudo()._get_latest(self.company_id)
        terms = policy._get_lifetime_terms()
        lines = []
        if calibration.champion in MODELS:
            lines.append(
                {
                    "code": "active",
                    "label": self.env._("Probability active"),
                    "value": self._percent(self.p_active),
                    "note": self.env._("That they still buy at all, by a model. A low one means seldom, not never."),
                }
            )
            ahead = self.orders_ahead / self.p_active if self.p_active else 0
            lines.append(
                {
                    "code": "ahead",
                    "label": self.env._("× orders within %s months, if active", terms.months),
                    "value": formatLang(self.env, ahead, digits=2),
                    "note": self.env._("Later orders are discounted by %s a year.", self._percent(terms.rate)),
                }
            )
        else:
            champion = dict(calibration._fields["champion"]._description_selection(self.env))[calibration.champion]
            lines.append({"code": "rule", "label": champion, "value": "", "note": False})
        return [
            *lines,
            {
                "code": "orders",
                "label": self.env._("= expected orders"),
                "value": formatLang(self.env, self.orders_ahead, digits=4),
                "note": self.env._("Days with orders so far: %s", self.purchases),
                "documents": True,
            },
            {
                "code": "amount",
                "label": self.env._("× amount per order"),
                "value": self._money(self.order_amount),
                "note": self.env._("Between the customer's average and that of all customers."),
            },
            {
                "code": "rate",
                "label": self.env._("× margin rate"),
                "value": self._percent(self.margin_rate, 4),
                "note": self.env._("Net margin per revenue, between the customer's and that of all customers."),
            },
        ]

    def _percent(self, share, digits=1):
        return f"{formatLang(self.env, 100 * share, digits=digits)}%"

    def _reckon_potential(self, policy):
        details = self.details or {}
        lines = []
        for code, part in self.env["customer.lifetime.part"]._get_active_parts("potential", policy).items():
            if code not in details:
                continue
            found, counted = details[code]
            note = False
            if counted < found and part.beyond == "current":
                note = self.env._("%s found; the rest is expected in the current value already.", self._money(found))
            elif counted < found:
                note = self.env._("%s found; the rest is contained in the lines above.", self._money(found))
            lines.append(self._line(code, part.label, counted, note, documents=True))
        return lines

    def _line(self, code, label, amount, note=False, documents=False):
        return {"code": code, "label": label, "value": self._money(amount), "note": note, "documents": documents}

    def action_open_part(self, code):
        """The documents behind a line of the reckoning; access is that of the documents.

        :raise UserError: there are none
        """
        self.ensure_one()
        self.check_access("read")
        scope = self._get_scope(self.company_id, self.as_of, self.partner_id)
        if code in ("margin", "orders"):
            return self.env["customer.value.source"]._documents_action("order_count", scope, self.partner_id)
        parts = self.env["customer.lifetime.part"]
        found = parts._part_records(code, scope, self.partner_id) if code in parts._get_parts() else None
        if not found:
            raise UserError(self.env._("There are no documents behind this."))
        model, domain = found
        label = parts._get_parts()[code].label
        name = self.env._("%(what)s of %(customer)s", what=label, customer=self.partner_id.display_name)
        return self.env["customer.value.source"]._list_action(name, model, list(domain))

    # -- how it is calculated ------------------------------------------------------------------------------------------

    @api.model
    def _refresh(self, company, partners=None):
        """Forecast as of today with the last calibration.

        :param partners: ``res.partner`` whose commercial entities are looked at; all customers if not given
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_LIFETIME)
        if partners is not None:
            # a contact that has become part of a company may have been a customer of their own
            partners |= partners.commercial_partner_id
        calibration = self.env["customer.lifetime.calibration"].sudo()._get_latest(company)
        as_of = company._get_value_today()
        if not calibration or calibration.missing:
            return dict.fromkeys(("added", "changed", "removed"), 0)
        past = self._collect(company, as_of, partners)
        counts = self._store(company, as_of, calibration, past, partners)
        if not self._is_few(partners):
            del past
            give_back()
        return counts

    @api.model
    def _get_scope(self, company, as_of, partners=None):
        """All documents up to ``as_of``."""
        return Scope.make(company, as_of, 0, partners)

    # -- collect -------------------------------------------------------------------------------------------------------

    @api.model
    def _collect(self, company, as_of, partners=None, archived=False):
        """What is known of customers from their documents.

        :param bool archived: whether those who were archived belong to it, to learn from; of all customers
        :return: ``Past``
        """
        self.env.flush_all()
        scope = self._get_scope(company, as_of, partners)
        among = scope.among(SQL("rp.id"))
        few = self._is_few(partners)
        return self._read_past(self._orders_sql(scope), self._changes_sql(scope), few, among, archived)

    @api.model
    def _read_past(self, orders, changes, is_few=False, among=None, archived=False):
        """:param SQL orders: query, see ``collecting.orders_sql``; ``changes`` as for ``changes_sql``
        :param SQL among: condition on the partner ``rp``, where it is not about all customers
        :param bool archived: as for ``_collect``
        :return: ``Past``
        """
        among = SQL("TRUE") if among is None else among
        queries = {"orders": collecting.orders_sql(orders), "changes": collecting.changes_sql(changes)}
        columns = {"orders": collecting.ORDERS, "changes": collecting.CHANGES}
        if is_few:
            queries = {name: collecting.of_customers_sql(query, among) for name, query in queries.items()}
        else:
            self.env["ir.config_parameter"]._use_sort_memory()
            queries["customers"] = collecting.customers_sql(among, archived)
            columns["customers"] = collecting.CUSTOMERS
        if is_few:
            return Past.make(**self._read(queries, columns, is_few))
        # what earlier forecasts have left, and then what orders were put together in
        give_back()
        past = Past.make(**self._read(queries, columns, is_few))
        give_back()
        return past

    @api.model
    def _is_few(self, partners):
        return partners is not None and len(partners) <= FEW

    @api.model
    def _read(self, queries, columns, is_few):
        """:param dict queries: name: SQL
        :param dict columns: name: columns as ``collecting.ORDERS``
        :return: dict of dicts of arrays, one for each column
        """
        cr = self.env.cr
        if not is_few:
            with self.env["ir.config_parameter"]._reading_indexes():
                return {name: collecting.read_rows(cr, query, columns[name]) for name, query in queries.items()}
        # by one statement whose plan is kept
        rows = SQL(", ").join(
            SQL("(%s)", collecting.to_json_sql(query, columns[name])) for name, query in queries.items()
        )
        [texts] = fetch_kept(cr, SQL("SELECT %s", rows))
        return {name: collecting.from_json(text, columns[name]) for name, text in zip(queries, texts, strict=True)}

    @api.model
    def _orders_sql(self, scope):
        # sudo: it is about all documents, for all users
        return self.env["customer.value.source"].sudo()._order_margins_sql(scope)

    @api.model
    def _changes_sql(self, scope):
        """What was kept or lost beside orders, of whoever has invoices: they are customers without an order as well."""
        # sudo: it is about all documents, for all users
        return self.env["customer.value.source"].sudo()._source_query("invoice", scope, set())

    # -- store ---------------------------------------------------------------------------------------------------------

    @api.model
    def _store(self, company, as_of, calibration, past, partners=None, ready=None):
        """Forecast with a calibration, and store what is different.

        :param Past past: of the customers up to the day
        :param partners: ``res.partner`` that it is about; all customers if not given
        :param ready: of ``_make_ready`` for the same, where it is there already
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``, and where something is forecast, of
            how many customers there are in ``total``
        """
        if calibration.missing:
            self.env.cr.execute(SQL("DELETE FROM customer_lifetime_value WHERE company_id = %s", company.id))
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
            return {"added": 0, "changed": 0, "removed": self.env.cr.rowcount}
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        basis, kept = ready or self._make_ready(company, as_of, past, partners)
        lookout = Lookout(calibration.champion, calibration.learned, policy._get_lifetime_terms())
        margins, weeks, digits = calibration._get_margin_rate(), calibration.weeks, company.currency_id.decimal_places

        def tell(some):
            return basis.values(some, lookout, margins, weeks, digits)

        if kept is None:
            counts = self._store_few(company, as_of, tell, partners)
        else:
            counts = self._store_many(company, as_of, basis, kept, tell)
        if any(counts[name] for name in ("added", "changed", "removed")):
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
        return counts

    @api.model
    def _make_ready(self, company, as_of, past, partners=None):
        """Whatever a calibration has no say in: find of whom there are values, of what parts, and which of them are
        stored; and keep the others from being deleted.

        :return: tuple of ``valuing.Basis``, and of ``valuing.Kept``, None for few
        """
        basis = self._get_basis(company, as_of, past, partners)
        if self._is_few(partners):
            return basis, None
        kept = valuing.Kept.compare(basis.partner_id, self._read_kept(company, basis, partners))
        self._lock_customers(basis.partner_id, kept.is_new)
        return basis, kept

    @api.model
    def _get_basis(self, company, as_of, past, partners):
        """:return: ``valuing.Basis``"""
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        # sudo: it is about all documents, for all users
        Registry = self.env["customer.lifetime.part"].sudo()
        scope, digits = self._get_scope(company, as_of, partners), company.currency_id.decimal_places
        kinds = {kind: Registry._get_active_parts(kind, policy) for kind in ("cost", "potential")}
        queries = {name: collecting.cost_sql(Registry._part_sql(name, scope), digits) for name in kinds["cost"]} | {
            name: collecting.potential_sql(Registry._part_sql(name, scope), scope.among(SQL("rp.id")))
            for name in kinds["potential"]
        }
        columns = {name: collecting.COST if name in kinds["cost"] else collecting.POTENTIAL for name in queries}
        found = self._read(queries, columns, self._is_few(partners)) if queries else {}
        parts = {}
        for name, rows in found.items():
            order = np.argsort(rows["partner_id"])
            part = kinds["potential"].get(name)
            said = {key: getattr(part, key) for key in ("beyond", "is_revenue", "is_habit")} if part else {}
            if len(order):
                parts[name] = valuing.Part(not part, rows["partner_id"][order], rows["amount"][order], **said)
        return valuing.Basis.make(past, as_of, parts)

    @api.model
    def _store_few(self, company, as_of, tell, partners):
        """By one statement, whose plan is kept."""
        digits, scope = company.currency_id.decimal_places, self._get_scope(company, as_of, partners)
        handed = collecting.hand_rows(TOLD_TABLE, _columns(digits), _arrays(tell(slice(None)), digits))
        query = storing.store_sql(
            self._table,
            ["partner_id"],
            valuing.STORED,
            company.id,
            as_of,
            SQL("SELECT * FROM %s", SQL.identifier(TOLD_TABLE)),
            customer="partner_id",
            among=scope.among(SQL("kept.partner_id")),
        )
        execute_kept(self.env.cr, handed.before(query))
        [counts] = self.env.cr.dictfetchall()
        return counts

    @api.model
    def _store_many(self, company, as_of, basis, kept, tell):
        """Some customers after others: while the server writes what is different of them, the next ones are looked at.

        What is stored is compared by its fingerprints, and found again by its place in the table.
        """
        digits, today, company_id = company.currency_id.decimal_places, to_number(as_of), company.id
        counts = {"added": 0, "changed": 0, "removed": self._remove(kept.gone), "total": len(basis)}
        columns = _columns(digits)

        def pack(first):
            values = tell(slice(first, first + CHUNK))
            arrays, packed = _arrays(values, digits), {}
            new = np.flatnonzero(kept.is_new[first : first + CHUNK])
            if len(new):
                own = [np.full(len(new), company_id), np.full(len(new), today)]
                rows = collecting.pack_rows(NEW_COLUMNS + columns, own + _take(arrays, new))
                packed["added"] = len(new), rows
            some = slice(*np.searchsorted(kept.at, (first, first + CHUNK)))
            here = kept.at[some] - first
            differs = np.flatnonzero(values.fingerprint[here] != kept.fingerprint[some])
            if len(differs):
                own = [kept.place[some][differs]]
                rows = collecting.pack_rows(PLACE_COLUMNS + columns, own + _take(arrays, here[differs]))
                packed["changed"] = len(differs), rows
            return packed

        # rows are looked up by their places. The planner, which knows nothing of what it is told, would rather read all
        # of the table, and again for each lot
        with ThreadPoolExecutor(1) as other, planning(self.env.cr, dict.fromkeys(OTHER_JOINS, "off")):
            for packed in _one_ahead(other, pack, range(0, len(basis), CHUNK)):
                for what, (count, rows) in packed.items():
                    getattr(self, f"_write_{what}")(columns, rows, as_of)
                    counts[what] += count
        return counts

    @api.model
    def _read_kept(self, company, basis, partners):
        """:return: dict of the columns of ``collecting.KEPT``, by customer: what is stored of those it is about"""
        kept = SQL("kept.company_id = %s", company.id)
        if partners is not None:
            # what was found may be kept outside of it, and changes there as well
            both = np.union1d(np.array(partners.ids, np.int32), basis.partner_id).tolist()
            kept = SQL("%s AND kept.partner_id = ANY(%s)", kept, both)
        rows = collecting.read_rows(self.env.cr, collecting.kept_sql(self._table, kept), collecting.KEPT)
        order = np.argsort(rows["partner_id"])
        return {name: rows.pop(name)[order] for name in list(rows)}

    @api.model
    def _lock_customers(self, partner_ids, is_new):
        """Keep customers from being deleted who have had no row so far; those who are deleted are no longer new."""
        new = np.flatnonzero(is_new)
        for first in range(0, len(new), CHUNK):
            some = new[first : first + CHUNK]
            wanted = partner_ids[some].tolist()
            # as one text: of numbers one by one, writing and reading them takes longer than the locks
            ids = f"{{{str(wanted)[1:-1]}}}"
            query = SQL("SELECT id FROM res_partner WHERE id = ANY(%s::int4[]) ORDER BY id FOR KEY SHARE", ids)
            self.env.cr.execute(SQL("SELECT count(*) FROM (%s) locked", query))
            if self.env.cr.fetchone()[0] < len(wanted):
                self.env.cr.execute(query)
                is_new[some] = np.isin(wanted, [row[0] for row in self.env.cr.fetchall()])

    @api.model
    def _remove(self, places):
        """:return: how many rows"""
        for first in range(0, len(places), CHUNK):
            some = places[first : first + CHUNK].view(PLACE).tolist()
            self.env.cr.execute(
                SQL(
                    "DELETE FROM %s WHERE ctid = ANY(%s::tid[])",
                    SQL.identifier(self._table),
                    [f"({block},{line})" for block, line in some],
                )
            )
        return len(places)

    @api.model
    def _write_added(self, columns, rows, as_of):
        collecting.send_rows(self.env.cr, self._table, NEW_COLUMNS + columns, rows)

    @api.model
    def _write_changed(self, columns, rows, as_of):
        cr, told = self.env.cr, SQL.identifier(TOLD_TABLE)
        columns = PLACE_COLUMNS + columns
        cr.execute(SQL("DROP TABLE IF EXISTS %s", told))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP",
                told,
                SQL(", ").join(SQL("%s %s", SQL.identifier(name), SQL(type_)) for name, type_, _kind in columns),
            )
        )
        collecting.send_rows(cr, TOLD_TABLE, columns, rows)
        names = [SQL.identifier(name) for name in valuing.STORED]
        cr.execute(
            SQL(
                """
                UPDATE %(table)s kept
                   SET as_of = CASE WHEN kept.fingerprint IS NULL AND (%(old)s) IS NOT DISTINCT FROM (%(new)s)
                                    THEN kept.as_of ELSE %(as_of)s::date END,
                       (%(names)s) = ROW(%(new)s, told.fingerprint)
                  FROM %(told)s told
                 WHERE kept.ctid = told.place
                """,
                table=SQL.identifier(self._table),
                told=told,
                as_of=as_of,
                names=SQL(", ").join(names),
                old=SQL(", ").join(SQL("kept.%s", name) for name in names[:-1]),
                new=SQL(", ").join(SQL("told.%s", name) for name in names[:-1]),
            )
        )
        cr.execute(SQL("DROP TABLE %s", told))


def _columns(digits):
    """What is told of a customer: name, type in PostgreSQL and in numpy."""
    return (
        ("partner_id", "int4", ">i4"),
        *valuing.value_columns(digits),
        ("details", "jsonb", None),
        ("fingerprint", "int8", ">i8"),
    )


def _arrays(values, digits):
    """:param Values values: to store
    :return: list of the columns of ``_columns``
    """
    known = [values.columns[name] for name, *_types in valuing.value_columns(digits)]
    return [values.partner_id, *known, values.describe(digits), values.fingerprint]


def _take(arrays, rows):
    return [[values[row] for row in rows.tolist()] if isinstance(values, list) else values[rows] for values in arrays]


def _one_ahead(pool, work, items):
    """What ``work`` makes of each item, in their order, the next one while this one is used."""
    waiting = None
    for item in items:
        begun = pool.submit(work, item)
        if waiting:
            yield waiting.result()
        waiting = begun
    if waiting:
        yield waiting.result()

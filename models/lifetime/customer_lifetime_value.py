from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.misc import formatLang

from ...analytics.core import storing
from ...analytics.lifetime import collecting, valuing
from ...analytics.lifetime.numerics import Numeric, multiply, to_units
from ...analytics.lifetime.outlook import look_ahead
from ...analytics.lifetime.past import Past
from ...analytics.lifetime.purchasing import MODELS
from ..core.fields_bulk import BulkCustomer, BulkMany2one
from ..core.kept_plans import FEW, execute_kept, fetch_kept
from ..core.locking import LOCK_LIFETIME, lock_company
from ..scoring.customer_value_source import Scope
from .customer_lifetime_calibration import to_known

PARTS = ("lifetime_historical", "lifetime_current", "lifetime_potential")
# Per cent of a page that new rows take.
FILLED = 50
# Temporary tables.
OUTLOOK_TABLE, OTHERS_TABLE = "customer_lifetime_outlook", "customer_lifetime_other"


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
        return self._store(company, as_of, calibration, past, partners)

    @api.model
    def _get_scope(self, company, as_of, partners=None):
        """All documents up to ``as_of``."""
        return Scope.make(company, as_of, 0, partners)

    # -- collect -------------------------------------------------------------------------------------------------------

    @api.model
    def _collect(self, company, as_of, partners=None):
        """What is known of customers from their documents.

        :return: ``Past``
        """
        self.env.flush_all()
        scope = self._get_scope(company, as_of, partners)
        return self._read_past(self._orders_sql(scope), self._changes_sql(scope), self._is_few(partners))

    @api.model
    def _read_past(self, orders, changes, is_few=False):
        """:param SQL orders: query, see ``collecting.orders_sql``; ``changes`` as for ``changes_sql``
        :return: ``Past``
        """
        orders, changes = collecting.orders_sql(orders), collecting.changes_sql(changes)
        if is_few:
            return Past.make(*self._read_few(orders, changes))
        self.env["ir.config_parameter"]._use_sort_memory()
        with self.env["ir.config_parameter"]._reading_indexes():
            return Past.make(
                collecting.read_rows(self.env.cr, orders, collecting.ORDERS),
                collecting.read_rows(self.env.cr, changes, collecting.CHANGES),
            )

    @api.model
    def _is_few(self, partners):
        return partners is not None and len(partners) <= FEW

    @api.model
    def _read_few(self, orders, changes):
        """The same rows of few customers, by one statement whose plan is kept."""
        query = SQL(
            "SELECT (%s), (%s)",
            collecting.to_json_sql(orders, collecting.ORDERS),
            collecting.to_json_sql(changes, collecting.CHANGES),
        )
        [(orders, changes)] = fetch_kept(self.env.cr, query)
        return collecting.from_json(orders, collecting.ORDERS), collecting.from_json(changes, collecting.CHANGES)

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
    def _store(self, company, as_of, calibration, past, partners=None, rows=None):
        """Forecast with a calibration, and store what is different.

        :param Past past: of the customers up to the day
        :param partners: ``res.partner`` that it is about; all customers if not given
        :param rows: of ``past.KNOWN`` as of the day, where they are there already
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        cr = self.env.cr
        scope = self._get_scope(company, as_of, partners)
        if calibration.missing:
            cr.execute(SQL("DELETE FROM customer_lifetime_value WHERE company_id = %s", company.id))
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
            return {"added": 0, "changed": 0, "removed": cr.rowcount}
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        if rows is None:
            rows = past.known(as_of, calibration.weeks)
        digits = company.currency_id.decimal_places
        outlook, others = valuing.outlook_columns(digits), valuing.others_columns(digits)
        told = {
            OUTLOOK_TABLE: (
                outlook,
                len(rows),
                # some at a time, so that nothing but what is stored is there for all of them
                lambda part: self._tell_outlook(rows[part], calibration, policy, outlook),
            ),
            OTHERS_TABLE: (others, len(past.other_id), lambda part: (past.other_id[part], past.other_kept[part])),
        }
        is_few = self._is_few(partners)
        parts = self._get_value_parts(scope, policy, calibration, is_few)
        query = storing.store_sql(
            self._table,
            ["partner_id"],
            valuing.STORED,
            company.id,
            as_of,
            valuing.value_sql(SQL.identifier(OUTLOOK_TABLE), as_of, parts),
            customer="partner_id",
            among=None if partners is None else scope.among(SQL("kept.partner_id")),
        )
        if is_few:
            for table, rows_of in told.items():
                query = collecting.hand_rows(table, *rows_of).before(query)
            execute_kept(cr, query)
            [counts] = cr.dictfetchall()
        else:
            for table, rows_of in told.items():
                cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(table)))
                collecting.write_rows(cr, table, *rows_of)
            cr.execute(query)
            [counts] = cr.dictfetchall()
            cr.execute(SQL("DROP TABLE %s, %s", *(SQL.identifier(table) for table in told)))
        if any(counts.values()):
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
        return counts

    @api.model
    def _tell_outlook(self, rows, calibration, policy, columns):
        """:param rows: of ``past.KNOWN``
        :param columns: of ``valuing.outlook_columns``
        :return: tuple of arrays, one for each of the columns; decimals in units of their last place
        """
        outlook = self._look_ahead(rows, calibration, policy)
        told = {"partner_id": rows["partner_id"], "purchases": rows["x"] + 1, "margin": rows["margin"]}
        places = {name: kind.places for name, _type, kind in columns if isinstance(kind, Numeric)}
        told |= {name: getattr(outlook, name) for name, *_types in columns if hasattr(outlook, name)}
        told |= {name: to_units(told[name], places[name]) for name in places if name in told}
        # of the rounded factors, so that whoever multiplies them finds the same
        factors = ("orders_ahead", "order_amount", "margin_rate")
        beyond = sum(places[name] for name in factors) - places["current_margin"]
        told["current_margin"] = multiply(*(told[name] for name in factors), 10**beyond)
        return tuple(told[name] for name, *_types in columns)

    @api.model
    def _look_ahead(self, rows, calibration, policy):
        """:param rows: of ``past.KNOWN``
        :return: their ``Outlook``
        """
        rates = calibration._get_margin_rate().expected(rows["paid_sum"], rows["margin"])
        terms = policy._get_lifetime_terms()
        return look_ahead(calibration.champion, calibration.learned, to_known(rows), rates, terms)

    @api.model
    def _get_value_parts(self, scope, policy, calibration, is_few):
        """:return: ``Parts`` of which the value consists"""
        # sudo: it is about all documents, for all users
        Registry = self.env["customer.lifetime.part"].sudo()
        Source = self.env["customer.value.source"].sudo()
        costs = Registry._get_active_parts("cost", policy)
        potentials = Registry._get_active_parts("potential", policy)
        queries = {name: Registry._part_sql(name, scope) for name in (*costs, *potentials)}
        if not is_few:
            with self.env["ir.config_parameter"]._reading_indexes():
                queries = self._find_parts(queries)
        potentials = {name: part for name, part in potentials.items() if name in queries}
        joins, _evidence = Source._join_queries(queries)
        return valuing.Parts(
            others=SQL.identifier(OTHERS_TABLE),
            joins=joins,
            evidence=SQL().join(SQL(" OR %s > 0", SQL.identifier(name, "amount")) for name in potentials),
            costs=tuple(name for name in costs if name in queries),
            potentials=potentials,
            margin_rate=calibration._get_margin_rate().rate,
            digits=calibration.company_id.currency_id.decimal_places,
            among=scope.among(SQL("rp.id")),
        )

    @api.model
    def _find_parts(self, queries):
        """Parts into temporary tables. Several workers of the server find them then, which they cannot in a statement
        that writes rows or reads what is temporary.

        :param dict queries: by name of the part
        :return: dict of queries that read these tables, without parts that nobody has
        """
        cr, found = self.env.cr, {}
        for name, query in queries.items():
            table = SQL.identifier(f"customer_lifetime_part_{name}")
            cr.execute(SQL("DROP TABLE IF EXISTS %s", table))
            cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", table, query))
            if cr.rowcount:
                cr.execute(SQL("ANALYZE %s", table))
                found[name] = SQL("SELECT partner_id, amount FROM %s", table)
        return found

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount
from odoo.tools.misc import formatLang

from ...analytics.core import storing
from ...analytics.core.handing import Handed, hand_sql
from ...analytics.lifetime import collecting
from ...analytics.lifetime.outlook import look_ahead
from ...analytics.lifetime.purchasing import MODELS
from ...analytics.lifetime.valuing import OUTLOOK, STORED, Parts, value_sql
from ..core.fields_bulk import BulkMany2one
from ..core.kept_plans import FEW, execute_kept, fetch_kept
from ..core.locking import LOCK_LIFETIME, lock_company
from ..scoring.customer_value_source import Scope
from .customer_lifetime_calibration import to_known

# Temporary tables.
DAYS = SQL.identifier("customer_lifetime_day")
MARGIN_TABLE = "customer_lifetime_margin"
MARGINS = SQL.identifier(MARGIN_TABLE)
PARTS = ("lifetime_historical", "lifetime_current", "lifetime_potential")
OUTLOOK_TABLE = "customer_lifetime_outlook"


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

    partner_id = fields.Many2one("res.partner", string="Customer", required=True, readonly=True, ondelete="cascade")
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
        lines = [self._line("margin", self.env._("Net margin of all orders"), details.get("margin", 0), documents=True)]
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
        is_few = partners is not None and len(partners) <= FEW
        days = None if is_few else self._collect_days(company, as_of, partners)
        return self._store(company, as_of, calibration, days, partners)

    @api.model
    def _get_scope(self, company, as_of, partners=None):
        """All documents up to ``as_of``."""
        return Scope.make(company, as_of, 0, partners)

    @api.model
    def _collect_days(self, company, as_of, partners=None):
        """The days with orders of each customer into a temporary table.

        :return: SQL, its name
        """
        self.env.flush_all()
        cr = self.env.cr
        if partners is None:
            cr.execute("SET LOCAL work_mem = '256MB'")
        cr.execute(SQL("DROP TABLE IF EXISTS %s", DAYS))
        days = self._days_sql(self._get_scope(company, as_of, partners))
        cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", DAYS, days))
        if partners is None:
            # a few rows need no statistics, which take longer to gather than to do without
            cr.execute(SQL("ANALYZE %s", DAYS))
        return DAYS

    @api.model
    def _days_sql(self, scope):
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo()
        return collecting.days_sql(Source._order_amounts_sql(scope))

    @api.model
    def _store(self, company, as_of, calibration, days, partners=None, rows=None):
        """Forecast with a calibration, and store what is different.

        :param SQL days: table of days with orders; None for few customers, of whom they are read without one
        :param rows: of ``collecting.KNOWN`` as of the day, where they and the table of margins are there already
        :return: dict of how many rows were ``added``, ``changed`` and ``removed``
        """
        cr = self.env.cr
        scope = self._get_scope(company, as_of, partners)
        if calibration.missing:
            cr.execute(SQL("DELETE FROM customer_lifetime_value WHERE company_id = %s", company.id))
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
            return {"added": 0, "changed": 0, "removed": cr.rowcount}
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        handed = None
        if days is None:
            rows, handed = self._read_few(scope, calibration)
        elif rows is None:
            self._collect_margins(scope)
            known = collecting.known_sql(days, as_of, calibration.weeks, MARGINS)
            rows = collecting.read_rows(cr, known, collecting.KNOWN)
        outlook = self._look_ahead(rows, calibration, policy)
        columns = (rows["partner_id"], rows["x"] + 1, *(getattr(outlook, name) for name, *_types in OUTLOOK[2:]))
        parts = self._get_value_parts(scope, policy, calibration, MARGINS)
        query = storing.store_sql(
            self._table,
            ["partner_id"],
            STORED,
            company.id,
            as_of,
            value_sql(SQL.identifier(OUTLOOK_TABLE), as_of, parts),
            None if partners is None else scope.among(SQL("kept.partner_id")),
        )
        if handed:
            execute_kept(cr, collecting.hand_rows(OUTLOOK_TABLE, OUTLOOK, columns).before(handed.before(query)))
            [counts] = cr.dictfetchall()
        else:
            cr.execute(SQL("DROP TABLE IF EXISTS %s", SQL.identifier(OUTLOOK_TABLE)))
            collecting.write_rows(cr, OUTLOOK_TABLE, OUTLOOK, columns)
            cr.execute(query)
            [counts] = cr.dictfetchall()
            cr.execute(SQL("DROP TABLE %s, %s, %s", SQL.identifier(OUTLOOK_TABLE), days, MARGINS))
        if any(counts.values()):
            self.env["customer.lifetime.value"].invalidate_model(flush=False)
        return counts

    @api.model
    def _read_few(self, scope, calibration):
        """What is known of few customers, by one statement without tables.

        :return: tuple of the rows of ``collecting.KNOWN``, and the net margins as ``Handed``
        """
        self.env.flush_all()
        names = ("partner_id", "margin")
        query = SQL(
            "WITH %s AS MATERIALIZED (%s), %s AS MATERIALIZED (%s) SELECT * FROM (%s) known CROSS JOIN (%s) margins",
            DAYS,
            self._days_sql(scope),
            MARGINS,
            self._margins_sql(scope),
            collecting.known_json_sql(collecting.known_sql(DAYS, scope.as_of, calibration.weeks, MARGINS)),
            hand_sql(names, SQL("SELECT partner_id, margin FROM %s", MARGINS)),
        )
        [(known, *margins)] = fetch_kept(self.env.cr, query)
        return collecting.from_json(known), Handed.make(MARGIN_TABLE, names, margins)

    @api.model
    def _look_ahead(self, rows, calibration, policy):
        """:param rows: of ``collecting.KNOWN``
        :return: their ``Outlook``
        """
        rates = calibration._get_margin_rate().expected(rows["paid_sum"], rows["margin"])
        terms = policy._get_lifetime_terms()
        return look_ahead(calibration.champion, calibration.learned, to_known(rows), rates, terms)

    @api.model
    def _collect_margins(self, scope):
        """The net margin so far of everybody with orders or invoices into a temporary table.

        :return: SQL, its name
        """
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS %s", MARGINS))
        margins = self._margins_sql(scope)
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", MARGINS, margins))
        if scope.partner_ids is None:
            self.env.cr.execute(SQL("ANALYZE %s", MARGINS))
        return MARGINS

    @api.model
    def _margins_sql(self, scope):
        # sudo: it is about all documents, for all users
        Source = self.env["customer.value.source"].sudo()
        joins, evidence = Source._join_queries(
            {name: Source._source_query(name, scope, set()) for name in ("sale", "invoice")}
        )
        return SQL(
            "SELECT rp.id AS partner_id, %s AS margin FROM res_partner rp %s WHERE %s AND (%s)",
            Source._margin_sql(),
            joins,
            scope.among(SQL("rp.id")),
            evidence,
        )

    @api.model
    def _get_value_parts(self, scope, policy, calibration, margins):
        """:param SQL margins: table of the net margin so far
        :return: ``Parts`` of which the value consists
        """
        # sudo: it is about all documents, for all users
        Registry = self.env["customer.lifetime.part"].sudo()
        Source = self.env["customer.value.source"].sudo()
        costs = Registry._get_active_parts("cost", policy)
        potentials = Registry._get_active_parts("potential", policy)
        joins, _evidence = Source._join_queries(
            {name: Registry._part_sql(name, scope) for name in (*costs, *potentials)}
        )
        hopes = [SQL("%s > 0", SQL.identifier(name, "amount")) for name in potentials]
        return Parts(
            margin=SQL("kept.margin"),
            joins=SQL("LEFT JOIN %s kept ON kept.partner_id = rp.id %s", margins, joins),
            evidence=SQL(" OR ").join([SQL("kept.partner_id IS NOT NULL"), *hopes]),
            costs=tuple(costs),
            potentials=potentials,
            margin_rate=calibration._get_margin_rate().rate,
            digits=calibration.company_id.currency_id.decimal_places,
            among=scope.among(SQL("rp.id")),
        )

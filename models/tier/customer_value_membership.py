from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..core.customer_value_workflow_record import NOT_ENTERED
from .customer_value_grant import BATCH


class CustomerValueMembership(models.Model):
    """A customer's stay in the club of a tier: one record, one number, from entering to leaving.

    It follows from the tier and is never entered manually. A membership is renewed by moving its last day, counted from
    its first day, as long as the customer is in the tier; it ends when they leave it, when the club's season is over or
    when the tier is a club no longer.
    """

    _name = "customer.value.membership"
    _description = "Club Membership"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant", "customer.value.customer.row"]
    _order = "date_from desc, id desc"
    _succession_layer = 50
    _workflow = NOT_ENTERED

    name = fields.Char(string="Number", required=True, readonly=True, index="trigram")
    partner_id = fields.Many2one(
        "res.partner", string="Member", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    tier_id = fields.Many2one("customer.value.tier", required=True, readonly=True, index=True, ondelete="restrict")
    date_from = fields.Date(string="Member Since", required=True, readonly=True)
    date_until = fields.Date(
        string="Until",
        readonly=True,
        help="Last day, unless renewed. Leave empty if it lasts until the customer leaves the tier.",
    )
    renewal_count = fields.Integer(string="Renewals", readonly=True)
    state = fields.Selection([("active", "Active"), ("ended", "Ended")], default="active", required=True, readonly=True)
    ended_on = fields.Date(string="Ended", readonly=True)
    end_reason = fields.Selection(
        [
            ("left", "Left the tier"),
            ("season", "Season ended"),
            ("club", "No longer a club"),
            ("undo", "Run undone"),
            ("merge", "Customers merged"),
        ],
        readonly=True,
    )
    run_id = fields.Many2one("customer.value.run", string="Start Run", readonly=True, index="btree_not_null")
    end_run_id = fields.Many2one("customer.value.run", readonly=True, index="btree_not_null")
    user_id = fields.Many2one(related="partner_id.user_id", string="Account Manager")

    _one_active = models.UniqueIndex(
        "(partner_id, company_id) WHERE state = 'active'",
        "A customer can have only one membership at a time per company.",
    )
    _dates = models.Constraint(
        "CHECK(ended_on IS NULL OR ended_on >= date_from)", "A membership cannot end before it starts."
    )

    @api.model
    def _get_active_domain(self, customers, companies):
        return [("partner_id", "in", customers.ids), ("company_id", "in", companies.ids), ("state", "=", "active")]

    def _describe(self):
        """What the member is told of it, as a sentence. Call with sudo."""
        self.ensure_one()
        return self.env._(
            "Member no. %(number)s of %(club)s since %(day)s",
            number=self.name,
            club=self.tier_id.club_name or self.tier_id.name,
            day=format_date(self.env, self.date_from),
        )

    @api.model
    def _follow(self, company, entries):
        """Start and end memberships after the changes of tier in ``entries``.

        :param entries: ``customer.value.history`` of one company
        """
        run = entries.run_id
        self._reconcile(
            company,
            partners=entries.partner_id,
            run=run if len(run) == 1 else run.browse(),
            undone=set(entries.mapped("cause")) == {"undo"},
        )

    @api.model
    def _reconcile(self, company, partners=None, run=None, undone=False):
        """Bring memberships in line with the tiers that customers have now. A second call changes nothing.

        :param partners: commercial entities; all customers of ``company`` if not given
        :param run: ``customer.value.run`` that changed the tiers; its date is that of the change
        :param bool undone: the run was undone: what it started ends, what it ended goes on
        """
        self.env.flush_all()
        run = run or self.env["customer.value.run"]
        today = company._get_value_today()
        scope = {
            "company": company.id,
            "among": SQL("TRUE") if partners is None else SQL("c.partner_id = ANY(%s)", partners.ids),
            "today": today,
            "run": run.id or None,
            "undone": undone,
            "day": run.as_of if run and not undone else today,
        }
        self.env.cr.execute(self._end_sql(scope))
        if undone:
            self.env.cr.execute(self._reopen_sql(scope))
        self.env.cr.execute(self._renew_sql(scope))
        self.env.cr.execute(self._start_sql(scope))
        rows = self.env.cr.dictfetchall()
        self.env.invalidate_all(flush=False)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            numbers = self._draw_numbers(company, len(batch))
            self.create(
                [row | {"name": number, "company_id": company.id} for row, number in zip(batch, numbers, strict=True)]
            )

    @api.model
    def _entitled_sql(self, scope):
        """Customers in a club that is open: partner_id, tier_id, tier_since, membership_months, season_*."""
        return SQL(
            """SELECT c.partner_id, c.tier_id, c.tier_since, t.membership_months, t.season_from, t.season_until
                 FROM customer_value_score c JOIN customer_value_tier t ON t.id = c.tier_id
                WHERE c.company_id = %(company)s AND %(among)s AND t.is_club
                  AND COALESCE(t.season_from, %(today)s) <= %(today)s
                  AND COALESCE(t.season_until, %(today)s) >= %(today)s""",
            **scope,
        )

    @api.model
    def _end_sql(self, scope):
        return SQL(
            """
            UPDATE customer_value_membership m
               SET state = 'ended', end_reason = why.reason, end_run_id = %(run)s,
                   ended_on = GREATEST(m.date_from, CASE why.reason
                                  WHEN 'season' THEN COALESCE(why.season_until, %(today)s) ELSE %(day)s END)
              FROM (SELECT c.id, t.season_until,
                           CASE WHEN %(undone)s AND c.run_id = %(run)s THEN 'undo'
                                WHEN s.tier_id IS DISTINCT FROM c.tier_id THEN 'left'
                                WHEN NOT t.is_club THEN 'club' ELSE 'season' END AS reason
                      FROM customer_value_membership c
                      JOIN customer_value_tier t ON t.id = c.tier_id
                      LEFT JOIN customer_value_score s ON s.partner_id = c.partner_id AND s.company_id = c.company_id
                     WHERE c.state = 'active' AND c.company_id = %(company)s AND %(among)s
                       AND NOT EXISTS (SELECT FROM (%(entitled)s) e
                                        WHERE e.partner_id = c.partner_id AND e.tier_id = c.tier_id)) why
             WHERE m.id = why.id
            """,
            entitled=self._entitled_sql(scope),
            **scope,
        )

    @api.model
    def _reopen_sql(self, scope):
        return SQL(
            """
            UPDATE customer_value_membership m
               SET state = 'active', ended_on = NULL, end_reason = NULL, end_run_id = NULL
              FROM (%(entitled)s) e
             WHERE m.partner_id = e.partner_id AND m.tier_id = e.tier_id AND m.company_id = %(company)s
               AND m.state = 'ended' AND m.end_run_id = %(run)s
               AND NOT EXISTS (SELECT FROM customer_value_membership other WHERE other.partner_id = m.partner_id
                                  AND other.company_id = m.company_id AND other.state = 'active')
            """,
            entitled=self._entitled_sql(scope),
            **scope,
        )

    @api.model
    def _period_sql(self, first_day, scope):
        """The period of a membership since ``first_day`` in which today falls: its number k and last day.

        Counted from the first day, so that short months do not make it drift. No row for a membership without an end.
        """
        last_day = SQL("(%s + make_interval(months => k * e.membership_months))::date - 1", first_day)
        return SQL(
            """SELECT k, %(last_day)s AS last_day
                 FROM generate_series(1, ((extract(year FROM %(today)s::date) - extract(year FROM %(first)s) + 2) * 12
                                          / NULLIF(e.membership_months, 0))::int + 1) k
                WHERE e.membership_months > 0 AND %(last_day)s >= %(today)s ORDER BY k LIMIT 1""",
            last_day=last_day,
            first=first_day,
            today=scope["today"],
        )

    @api.model
    def _renew_sql(self, scope):
        return SQL(
            """
            UPDATE customer_value_membership m
               SET date_until = COALESCE(e.season_until, period.last_day),
                   renewal_count = CASE WHEN e.season_until IS NULL THEN COALESCE(period.k - 1, 0) ELSE 0 END
              FROM customer_value_membership c
              JOIN (%(entitled)s) e ON e.partner_id = c.partner_id AND e.tier_id = c.tier_id
              LEFT JOIN LATERAL (%(period)s) period ON TRUE
             WHERE m.id = c.id AND c.state = 'active' AND c.company_id = %(company)s
               AND (c.date_until < %(today)s OR e.season_until IS DISTINCT FROM c.date_until
                    AND e.season_until IS NOT NULL)
            """,
            entitled=self._entitled_sql(scope),
            period=self._period_sql(SQL("c.date_from"), scope),
            **scope,
        )

    @api.model
    def _start_sql(self, scope):
        """Rows for those who are entitled to a membership and have none."""
        # customers who are in the tier when it becomes a club are members from that day, not since they entered it
        since = SQL("e.tier_since") if scope["run"] else SQL("%s::date", scope["today"])
        first_day = SQL("GREATEST(COALESCE(%s, %s::date), e.season_from)", since, scope["today"])
        return SQL(
            """
            SELECT e.partner_id, e.tier_id, %(first_day)s AS date_from, %(run)s::int AS run_id,
                   COALESCE(e.season_until, period.last_day) AS date_until,
                   CASE WHEN e.season_until IS NULL THEN COALESCE(period.k - 1, 0) ELSE 0 END AS renewal_count
              FROM (%(entitled)s) e
              LEFT JOIN LATERAL (%(period)s) period ON TRUE
             WHERE NOT EXISTS (SELECT FROM customer_value_membership m WHERE m.partner_id = e.partner_id
                                  AND m.company_id = %(company)s AND m.state = 'active')
             ORDER BY e.partner_id
            """,
            first_day=first_day,
            entitled=self._entitled_sql(scope),
            period=self._period_sql(first_day, scope),
            **scope,
        )

    @api.model
    def _draw_numbers(self, company, count):
        """:return: list of ``count`` numbers of members of ``company``, each used once"""
        # sudo: a run by somebody who may not see sequences draws numbers, too
        Sequence = self.env["ir.sequence"].sudo()
        code = self._name
        sequence = Sequence.search([("code", "=", code), ("company_id", "=", company.id)], limit=1)
        if not sequence:
            sequence = Sequence.create(
                {
                    "name": self.env._("Club members of %s", company.name),
                    "code": code,
                    "company_id": company.id,
                    "prefix": "M",
                    "padding": 6,
                }
            )
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        # one statement for all of them: a run may make thousands of members
        drawn = self.env.execute_query(
            SQL("SELECT nextval(%s) FROM generate_series(1, %s)", f"ir_sequence_{sequence.id:03d}", count)
        )
        return [sequence.get_next_char(number) for (number,) in drawn]

    @api.model
    def _cron_keep(self):
        """Renew what is past its last day; open and close clubs whose season begins or ends, company by company."""
        Tier = self.env["customer.value.tier"]
        clubs = Tier.search([("is_club", "=", True), ("policy_id.state", "=", "active")]).company_id
        companies = clubs | self.search([("state", "=", "active")]).company_id
        companies |= Tier.search([("benefits_given", "=", "no"), ("policy_id.state", "=", "active")]).company_id

        def keep(company):
            self._reconcile(company)
            for tier in Tier._get_season_changes(company):
                self._exchange_benefits(tier)

        self.env["ir.cron"]._value_do_each(companies, keep)

    @api.model
    def _exchange_benefits(self, tier):
        """Give all customers of ``tier`` its benefits, or take them back, as the season of the club says."""
        Grant = self.env["customer.value.grant"]
        partners = self.env["customer.value.score"].search([("tier_id", "=", tier.id)]).partner_id
        for start in range(0, len(partners), BATCH):
            batch = partners[start : start + BATCH].with_company(tier.company_id)
            Grant._exchange(tier.company_id, batch, dict.fromkeys(batch.ids, tier))
            self.env.flush_all()
            self.env.invalidate_all(flush=False)
        tier.benefits_given = tier._season_state()

    @api.model
    def _before_merge(self, partners):
        """Of the active memberships of customers about to be merged, one per company goes on: that of the highest tier.

        Among equals it is the oldest.
        """
        active = self.search([("state", "=", "active"), ("partner_id", "in", partners.ids)])
        for company, rivals in active.grouped("company_id").items():
            today = company._get_value_today()
            kept = rivals.sorted(lambda member: (-member.tier_id.entry_score, member.date_from, member.id))[:1]
            for member in rivals - kept:
                member.write({"state": "ended", "end_reason": "merge", "ended_on": max(today, member.date_from)})
        self.flush_model()

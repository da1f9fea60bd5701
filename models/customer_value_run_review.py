from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# So many customers are shown by name on the form.
SHOWN = 40


class CustomerValueRun(models.Model):
    """Reviewing a simulated run: see who would move, take some out, apply the rest."""

    _inherit = "customer.value.run"

    scheduled = fields.Boolean(
        readonly=True, copy=False, help="Left to a review by a scheduled run; renewed by the next one."
    )
    partner_count = fields.Integer(compute="_compute_partner_count", string="Selected Customers")
    shows_partners = fields.Boolean(compute="_compute_partner_count")
    move_count = fields.Integer(compute="_compute_moves", string="Who Would Move")
    taken_out_count = fields.Integer(compute="_compute_moves", string="Customers Taken Out")
    revenue_at_stake = fields.Monetary(
        compute="_compute_moves", help="Revenue of the customers who would go down or leave and are not taken out."
    )
    review_hint = fields.Char(compute="_compute_review_hint")
    is_outdated = fields.Boolean(compute="_compute_is_outdated")

    @api.depends("partner_ids")
    def _compute_partner_count(self):
        for run in self:
            run.partner_count = len(run.partner_ids)
            run.shows_partners = run.scope == "some" and run.partner_count <= SHOWN

    def _sum_moves(self, domain):
        """:return: dict of (customers, revenue in company currency) of each run with such moves"""
        groups = self.env["customer.value.run.move"]._read_group(
            Domain("run_id", "in", self.ids) & Domain(domain), ["run_id"], ["__count", "revenue:sum"]
        )
        return {run: (count, revenue) for run, count, revenue in groups}

    @api.depends("move_ids", "kept_partner_ids")
    def _compute_moves(self):
        falling = Domain("tier_move", "in", ["down", "left"])
        moves, out, stake = (
            self._sum_moves(domain)
            for domain in (Domain.TRUE, Domain("taken_out", "=", True), falling & Domain("taken_out", "=", False))
        )
        for run in self:
            run.move_count = moves.get(run, (0, 0))[0]
            run.taken_out_count = out.get(run, (0, 0))[0]
            run.revenue_at_stake = stake.get(run, (0, 0))[1]

    @api.depends("move_count", "taken_out_count", "revenue_at_stake", "simulate", "state", "policy_id.state")
    @api.depends_context("lang")
    def _compute_review_hint(self):
        reviewed = self.filtered(
            lambda run: run.simulate and run.state == "done" and run.policy_id.state == "active" and run.move_count
        )
        (self - reviewed).review_hint = False
        out = reviewed._sum_moves([("taken_out", "=", True)])
        for run in reviewed:
            count, revenue = out.get(run, (0, 0))
            hint = self.env._(
                "%(moves)s customers would change tier. Revenue of those going down or leaving: %(stake)s.",
                moves=run.move_count,
                stake=run.currency_id.format(run.revenue_at_stake),
            )
            if count:
                hint += " " + self.env._(
                    "Taken out: %(count)s, with a revenue of %(revenue)s.",
                    count=count,
                    revenue=run.currency_id.format(revenue),
                )
            run.review_hint = hint

    @api.depends("started", "simulate", "state")
    def _compute_is_outdated(self):
        """Whether customers have been scored anew since this was simulated."""
        applied_runs = Domain("company_id", "in", self.company_id.ids) & Domain("simulate", "=", False)
        applied_runs &= Domain("state", "in", ("done", "undone"))
        latest = dict(self._read_group(applied_runs, ["company_id"], ["started:max"]))
        for run in self:
            applied = latest.get(run.company_id)
            run.is_outdated = bool(
                run.simulate and run.state == "done" and applied and run.started and run.started < applied
            )

    # -- what the user presses -----------------------------------------------------------------------------------

    def action_review_all(self):
        """Simulate for all customers of the company and open the result."""
        return self._open_review()

    @api.model
    def _open_review(self, records=None):
        """Simulate the active policy and open the result.

        :param records: ``res.partner`` (contacts count for their company) or ``customer.value.score``; all customers
            of the company if not given
        :raise UserError: the scores are of several companies, or there is no active policy
        """
        self.check_access("create")
        company, partners = self.env.company, None
        if records is not None:
            company, partners = self._split_selection(records, company)
        policy = self.env["customer.value.policy"]._get_required(company)
        run = policy.with_company(company)._run(partners=partners, simulate=True)
        return run._get_records_action(name=self.env._("Review"))

    @api.model
    def _split_selection(self, records, company):
        """:return: the company and the commercial entities of selected partners or scores"""
        if records._name == "customer.value.score":
            records.check_access("read")
            if len(records.company_id) > 1:
                raise UserError(self.env._("These customers belong to several companies. Select those of one company."))
            return records.company_id or company, records.partner_id
        return company, records.commercial_partner_id

    # -- scheduled -----------------------------------------------------------------------------------------------

    @api.model
    def _renew_review(self, policy):
        """After a scheduled run that left the tiers alone: simulate for those whose tier would change, if any.

        It replaces the review left by the scheduled run before; whom a manager has taken out there stays out.
        """
        earlier = self.search([("policy_id", "=", policy.id), ("scheduled", "=", True), ("simulate", "=", True)])
        kept = earlier.kept_partner_ids
        earlier.unlink()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM customer_value_score"
                " WHERE company_id = %s AND tier_id IS DISTINCT FROM computed_tier_id AND override_id IS NULL",
                policy.company_id.id,
            )
        )
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        if not partners:
            return
        run = policy._run(partners=partners, simulate=True)
        if not run.move_count:
            run.unlink()
            return
        run.write({"scheduled": True, "kept_partner_ids": [fields.Command.set((kept & run.move_ids.partner_id).ids)]})

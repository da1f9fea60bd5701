from odoo import api, fields, models
from odoo.tools import SQL

from .customer_value_grant import BATCH
from .customer_value_run import LOCK_KEY


class CustomerValueTier(models.Model):
    """Giving the benefits anew to those who are in the tier, after they were changed.

    Nobody waits for it: the tier is marked, and a scheduled job goes through its customers by id, so that it can stop
    after any batch and go on where it was.
    """

    _inherit = "customer.value.tier"

    benefits_due = fields.Boolean(copy=False, readonly=True)
    benefits_done_id = fields.Integer(
        copy=False, readonly=True, help="Customers up to this id have got the benefits as they are now."
    )
    benefits_due_count = fields.Integer(compute="_compute_benefits_due_count", string="Customers Waiting for Benefits")

    @api.depends("benefits_due", "benefits_done_id")
    def _compute_benefits_due_count(self):
        due = self.filtered("benefits_due")
        counts = {}
        if due.ids:
            self.env["customer.value.tier"].flush_model(["benefits_done_id"])
            rows = self.env.execute_query(
                SQL(
                    "SELECT s.tier_id, count(*) FROM customer_value_score s JOIN customer_value_tier t"
                    " ON t.id = s.tier_id WHERE t.id IN %s AND s.partner_id > COALESCE(t.benefits_done_id, 0)"
                    " GROUP BY s.tier_id",
                    tuple(due.ids),
                )
            )
            counts = dict(rows)
        for tier in self:
            tier.benefits_due_count = counts.get(tier._origin.id, 0)

    def write(self, vals):
        if not vals.keys() & self.env["customer.value.grant"]._get_benefits().keys():
            return super().write(vals)
        before = {tier: tier._get_offers() for tier in self}
        result = super().write(vals)
        in_force = self.filtered(lambda tier: tier.policy_id.state == "active")
        in_force.filtered(lambda tier: tier._get_offers() != before[tier])._renew_benefits()
        return result

    def _swap_with(self, other):
        """``other`` is the tier that customers have: they get our benefits if those differ from what it had."""
        due = other.benefits_due or self._get_offers() != other._get_offers()
        result = super()._swap_with(other)
        self.write({"benefits_due": False, "benefits_done_id": 0})
        if due:
            other._renew_benefits()
        return result

    def _renew_benefits(self):
        """Let the scheduled job give their benefits to all who are in these tiers, beginning now."""
        inhabited = self.filtered("score_count")
        if inhabited:
            inhabited.write({"benefits_due": True, "benefits_done_id": 0})
            # sudo: managers of tiers do not edit scheduled jobs
            self.env.ref("customer_value.cron_renew_benefits").sudo()._trigger()

    @api.model
    def _cron_renew_benefits(self):
        """Go on with the tiers whose benefits were changed, a batch at a time."""
        Cron = self.env["ir.cron"]
        tiers = self.search([("benefits_due", "=", True)])
        Cron._commit_progress(remaining=sum(tiers.mapped("benefits_due_count")))
        for tier in tiers:
            while tier.benefits_due:
                if not tier._lock_scores():
                    # a run is at work in this company; there is nothing to do until it has ended
                    soon = fields.Datetime.add(fields.Datetime.now(), minutes=1)
                    self.env.ref("customer_value.cron_renew_benefits")._trigger(soon)
                    Cron._commit_progress(remaining=0)
                    break
                if not Cron._commit_progress(tier._renew_batch()):
                    return

    def _lock_scores(self):
        """Whether no run of the company is under way; none starts until the transaction ends."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_KEY, self.company_id.id])
        return self.env.cr.fetchone()[0]

    def _renew_batch(self):
        """:return: number of customers treated"""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM customer_value_score WHERE tier_id = %s AND partner_id > %s"
                " ORDER BY partner_id LIMIT %s",
                self.id,
                self.benefits_done_id,
                BATCH,
            )
        )
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        # sudo: as in customer.value.run._follow_tiers
        self.env["customer.value.grant"].sudo()._renew(self, partners)
        if len(partners) < BATCH:
            self.write({"benefits_due": False, "benefits_done_id": 0})
        else:
            self.benefits_done_id = partners[-1].id
        self.env.flush_all()
        self.env.invalidate_all(flush=False)
        return len(partners)

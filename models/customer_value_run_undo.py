from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class CustomerValueRun(models.Model):
    """Taking back what a run did to tiers and benefits."""

    _inherit = "customer.value.run"

    state = fields.Selection(selection_add=[("undone", "Undone")])
    undone_user_id = fields.Many2one("res.users", string="Undone By", readonly=True, copy=False)

    def action_undo(self):
        """Give customers back the tier they had before this run, and the benefits with it.

        Customers whose tier has changed again since keep it. Scores stay: the next run judges anew, so change what led
        to the result, or leave tiers to a review, before it.

        :raise UserError: the run was simulated, failed, or is undone already
        """
        self.ensure_one()
        self.check_access("write")
        if self.state != "done" or self.simulate:
            raise UserError(self.env._("Only a run that was applied can be undone."))
        self._lock_company()
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH latest AS (
                    SELECT DISTINCT ON (partner_id) id, run_id, partner_id, tier_id, previous_tier_id, tier_move
                      FROM customer_value_history
                     WHERE company_id = %(company)s AND cause IS NOT NULL
                     ORDER BY partner_id, id DESC
                ), restored AS (
                    UPDATE customer_value_score s
                       SET tier_id = latest.previous_tier_id, grace_until = NULL, fingerprint = NULL,
                           tier_since = (SELECT max(date) FROM customer_value_history before
                                          WHERE before.partner_id = s.partner_id AND before.company_id = s.company_id
                                            AND before.cause IS NOT NULL AND before.id < latest.id)
                      FROM latest
                     WHERE latest.run_id = %(run)s AND s.partner_id = latest.partner_id AND s.company_id = %(company)s
                       AND s.tier_id IS NOT DISTINCT FROM latest.tier_id
                 RETURNING s.*, latest.tier_id AS undone_tier_id, latest.tier_move
                )
                INSERT INTO customer_value_history
                       (partner_id, company_id, run_id, date, event, cause, score, previous_score, revenue,
                        tier_id, previous_tier_id, tier_move, segment_id, previous_segment_id, abc_class,
                        previous_abc_class, lifecycle, previous_lifecycle)
                SELECT partner_id, company_id, %(run)s, %(today)s, 'changed', 'undo', score, score, revenue,
                       tier_id, undone_tier_id,
                       CASE tier_move WHEN 'up' THEN 'down' WHEN 'down' THEN 'up' ELSE 'down' END,
                       segment_id, segment_id, abc_class, abc_class, lifecycle, lifecycle
                  FROM restored
                RETURNING id
                """,
                company=self.company_id.id,
                run=self.id,
                today=fields.Date.context_today(self),
            )
        )
        entry_ids = [entry_id for (entry_id,) in self.env.cr.fetchall()]
        self.env.invalidate_all()
        self.write({"state": "undone", "undone_user_id": self.env.uid})
        self._follow_tiers(self.env["customer.value.history"].browse(entry_ids))

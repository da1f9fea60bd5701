from odoo import api, fields, models
from odoo.exceptions import UserError

from ...models.core.groups import VALUE_MANAGER, check_group, check_value_company

# Customers who are merged with one click: each takes a moment
MOST = 200


class CustomerDuplicateBulk(models.TransientModel):
    """Merge all pairs that are as probable as the manager wants."""

    _name = "customer.duplicate.bulk"
    _description = "Merge Duplicates"

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    confidence = fields.Float(
        string="Minimum Probability (%)",
        digits=(5, 2),
        required=True,
        default=lambda self: self.env.company.duplicate_confidence,
        help="Kept for the next time.",
    )
    pair_count = fields.Integer(string="Pairs", compute="_compute_pairs")
    refused_count = fields.Integer(string="Cannot Be Merged", compute="_compute_pairs")
    result = fields.Text(readonly=True)

    _confidence = models.Constraint(
        "CHECK(confidence >= 50 AND confidence <= 100)", "The probability must be between 50 and 100 percent."
    )

    def _get_pairs(self):
        self.ensure_one()
        Pair = self.env["customer.duplicate"]
        # stored with six digits: what is shown as 100 is 100
        domain = Pair._get_queue_domain() & fields.Domain(
            [("company_id", "=", self.company_id.id), ("probability", ">=", round(self.confidence / 100, 6))]
        )
        return Pair.search(domain, order="probability desc, id", limit=MOST)

    @api.depends("confidence", "company_id")
    def _compute_pairs(self):
        for wizard in self:
            pairs = wizard._get_pairs()
            wizard.pair_count = len(pairs)
            wizard.refused_count = len(pairs.filtered("obstacle"))

    def action_merge(self):
        """Merge one after the other; those that cannot be merged stay, and are named with the reason.

        :raise AccessError: the user is no manager of the company
        """
        self.ensure_one()
        check_group(self.env, VALUE_MANAGER)
        check_value_company(self.env, self.company_id.id)
        # sudo: managers of values need no rights on companies to remember it
        self.company_id.sudo().duplicate_confidence = self.confidence
        pairs = self._get_pairs()
        if not pairs:
            raise UserError(self.env._("No pair is that probable. Lower the probability, or review pairs one by one."))
        survivors, refused = self.env["res.partner"], []
        for pair in pairs:
            # merging others may have made this pair one with another
            if not pair.exists():
                continue
            name = pair.display_name
            try:
                with self.env.cr.savepoint():
                    survivors |= pair._merge()
            except UserError as error:
                self.env.invalidate_all(flush=False)
                refused.append(str(error) if name in str(error) else f"{name}: {error}")
        survivors = survivors.exists()
        self.env["customer.duplicate"]._rescore(survivors)
        self.result = "\n".join(
            [
                self.env._(
                    "%s pairs merged.", len(pairs.filtered(lambda pair: pair.exists() and pair.state == "merged"))
                ),
                *refused,
            ]
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Duplicates"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

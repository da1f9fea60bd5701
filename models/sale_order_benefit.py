from odoo import api, models
from odoo.fields import Domain


class SaleOrder(models.Model):
    """Benefits of the customer's tier that act on his orders."""

    _inherit = "sale.order"

    # -- sales team ------------------------------------------------------------------------------------------------

    @api.depends("partner_id")
    def _compute_team_id(self):
        """A new quotation goes to the sales team of the customer's tier, unless a team is given.

        On a saved one a change of salesperson chooses the team as ever: somebody may have set it by hand.
        """
        result = super()._compute_team_id()
        for order in self:
            if order.partner_id != order._origin.partner_id or not order._origin.id:
                # sudo: whoever enters the order, the customer himself too, his tier counts
                order.team_id = order.sudo().value_tier_id._giving().team_id.sudo(False) or order.team_id
        return result

    # -- delivery --------------------------------------------------------------------------------------------------

    def _action_confirm(self):
        result = super()._action_confirm()
        if "picking_ids" in self._fields:
            # sudo: salespeople and customers confirm orders, and neither edits deliveries
            urgent = self.sudo().filtered(lambda order: order.value_tier_id._giving().delivery_priority == "1")
            open_pickings = urgent.picking_ids.filtered(lambda picking: picking.state not in ("done", "cancel"))
            open_pickings.priority = "1"
        return result

    # -- loyalty programs ------------------------------------------------------------------------------------------

    def _get_program_domain(self):
        # a list of leaves, as other addons expect that extend it
        return [*super()._get_program_domain(), ("id", "not in", self._get_closed_programs().ids)]

    def _get_trigger_domain(self):
        return [*super()._get_trigger_domain(), ("program_id", "not in", self._get_closed_programs().ids)]

    def _get_closed_programs(self):
        """Loyalty programs that are kept for other tiers than the customer's."""
        # sudo: as in _compute_team_id
        return self.env["loyalty.program"]._get_closed(self.sudo().value_tier_id._giving())

    def _try_apply_code(self, code):
        """Say why a code that exists is refused to customers of other tiers."""
        status = super()._try_apply_code(code)
        if "not_found" in status and self._is_code_for_others(code):
            return {"error": self.env._("The code %s is only for customers of another tier.", code)}
        return status

    def _is_code_for_others(self, code):
        Program = self.env["loyalty.program"]
        company = Program._check_company_domain([self.company_id.id, self.company_id.parent_id.id])
        programs = self._get_closed_programs().filtered_domain(Domain("sale_ok", "=", True) & Domain(company))
        of_programs = Domain("program_id", "in", programs.ids) & Domain("code", "=", code)
        # sudo: the customer types codes, and may not read those of others; nothing is told but this
        rules, cards = self.env["loyalty.rule"].sudo(), self.env["loyalty.card"].sudo()
        return bool(rules.search_count(of_programs, limit=1) or cards.search_count(of_programs, limit=1))

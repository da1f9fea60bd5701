from odoo import api, models

LIMIT = 10
RISK = "customer.retention.risk"


class CustomerRetentionDesk(models.AbstractModel):
    """Which of the customers slip away, and what to do about it."""

    _inherit = "customer.retention.desk"

    @api.model
    def _get_blocks(self):
        return [name for name in super()._get_blocks() if name != "slipping" or RISK in self.env]

    @api.model
    def _get_slipping(self, desk):
        """The customers at risk with the most at stake.

        :return: dict ``value`` (number), ``stake`` (sum, company currency per year), ``action`` (all of them) and
            ``items``: list of dicts ``id``, ``partner_id``, ``customer``, ``phone``, ``level``, ``level_label``,
            ``stake``, ``reason``, ``advice``, ``explanation``, ``offer``
        """
        Risk = self.env[RISK]
        domain = [("company_id", "=", desk.company.id), ("partner_id", "any", desk.portfolio)]
        [(count, stake)] = Risk._read_group(domain, [], ["__count", "stake:sum"])
        levels = dict(Risk._fields["level"]._description_selection(self.env))
        risks = Risk.search(domain, order="stake desc, id", limit=LIMIT)
        return {
            "value": count,
            "stake": stake or 0.0,
            "action": self._action(self.env._("Slipping customers"), RISK, domain),
            "items": [
                {
                    "id": risk.id,
                    "partner_id": risk.partner_id.id,
                    "customer": risk.partner_id.display_name,
                    "phone": risk.partner_id.phone or "",
                    "level": risk.level,
                    "level_label": levels.get(risk.level, ""),
                    "stake": risk.stake,
                    "reason": risk.reason_id.name or "",
                    "advice": risk.reason_id.advice or "",
                    "explanation": risk.explanation or "",
                    "offer": risk.offer_id.name or "",
                }
                for risk in risks
            ],
        }

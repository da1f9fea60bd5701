from odoo import models


class ResPartner(models.Model):
    """Where customers become others: the one place in which writing them is followed."""

    _inherit = "res.partner"

    def _get_changing_company(self, vals):
        """Those who belong to another company, or become one, once ``vals`` are written.

        Looks at the values first: whatever else is written to partners costs no query.
        """
        changing = {"parent_id", "is_company"} & vals.keys()
        if not changing:
            return self.browse()

        def is_changing(partner):
            present = {"parent_id": partner.parent_id.id, "is_company": partner.is_company}
            return any(vals[name] != present[name] for name in changing)

        return self.filtered(is_changing)

    def write(self, vals):
        """Those who keep something of customers act where these become others; see ``customer.succession``.

        Costs queries where they do, and none otherwise.
        """
        Succession = self.env["customer.succession"]
        followed = Succession._get_followed(vals)
        if followed:
            names = set().union(*followed.values())
            own = {name: vals[name] for name in names}
            with Succession._change(self, own, followed):
                result = super().write(own)
            vals = {name: value for name, value in vals.items() if name not in names}
            if not vals:
                return result
        moving = self._get_changing_company(vals)
        if not moving:
            return super().write(vals)
        with Succession._move(moving):
            return super().write(vals)

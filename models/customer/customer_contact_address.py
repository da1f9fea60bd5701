from ast import literal_eval

from odoo import fields, models


class CustomerContactAddress(models.Model):
    """A mail address to which something sends what customers have sent: a scanner for letters, a fax server.

    What comes in there is a contact made, with the scan attached.
    """

    _name = "customer.contact.address"
    _description = "Address for Letters and Faxes"
    _inherit = ["customer.value.company.record", "mail.alias.mixin"]
    _order = "company_id, channel, id"

    name = fields.Char(required=True, translate=True)
    channel = fields.Selection(
        [("letter", "Letter"), ("fax", "Fax"), ("mail", "Email"), ("web", "Web Form"), ("social", "Social Media")],
        required=True,
        default="letter",
        help="How customers have sent what arrives here.",
    )
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    user_id = fields.Many2one(
        "res.users",
        string="Processed By",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Gets an activity for everything that arrives.",
    )
    active = fields.Boolean(default=True)

    def _alias_get_creation_values(self):
        values = super()._alias_get_creation_values()
        values["alias_model_id"] = self.env["ir.model"]._get_id("customer.contact")
        if self.id:
            values["alias_defaults"] = literal_eval(self.alias_defaults or "{}") | {
                "channel": self.channel,
                "company_id": self.company_id.id,
                "user_id": self.user_id.id,
            }
        return values

    def write(self, vals):
        """What arrives follows the address."""
        result = super().write(vals)
        if {"channel", "company_id", "user_id"} & vals.keys():
            for address in self:
                address.alias_defaults = str(address._alias_get_creation_values()["alias_defaults"])
        return result

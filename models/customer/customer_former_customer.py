from odoo import api, models
from odoo.tools import SQL


class CustomerFormerCustomer(models.AbstractModel):
    """Notes which contacts were customers of their own, and ordered as such: their orders count for their company.

    There may be very many contacts, and hardly any of them were. Without a note, the orders of a company would have to
    be looked for by each of its contacts.
    """

    _name = "customer.former.customer"
    _description = "Notes Former Customers"
    _inherit = ["customer.succession.participant"]
    _succession_layer = 103

    @api.model
    def _after_merge(self, partner):
        self._note(partner)

    @api.model
    def _after_move(self, partners, state):
        self._note(partners)

    @api.model
    def _note(self, partners=None):
        """Note those of ``partners``, or of all, who have orders as customers and are contacts now."""
        self.env["sale.order"].flush_model(["value_customer_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id", "value_is_former"])
        self.env.cr.execute(
            SQL(
                """
                UPDATE res_partner partner SET value_is_former = TRUE
                 WHERE partner.commercial_partner_id <> partner.id AND partner.value_is_former IS NOT TRUE
                   AND EXISTS (SELECT FROM sale_order so WHERE so.value_customer_id = partner.id) AND %s
                """,
                SQL("TRUE") if partners is None else SQL("partner.id = ANY(%s)", partners.ids),
            )
        )
        self.env["res.partner"].invalidate_model(["value_is_former", "value_former_ids"], flush=False)

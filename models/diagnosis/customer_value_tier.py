from odoo import fields, models


class CustomerValueTier(models.Model):
    _inherit = "customer.value.tier"

    diagnosis_contact_days = fields.Integer(
        string="Contact At Least Every (days)",
        help="The diagnosis finds customers of this tier who were not contacted for so long. 0: as for all customers, "
        "see the settings.",
    )

    _diagnosis_contact_days = models.Constraint(
        "CHECK(COALESCE(diagnosis_contact_days, 0) BETWEEN 0 AND 3650)",
        "Contact at least every: enter a number of days from 0 (as for all customers) to 3650.",
    )

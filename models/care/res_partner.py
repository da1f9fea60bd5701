from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..core.groups import VALUE_USER

FIRST_YEAR = 1850


class ResPartner(models.Model):
    """What care needs to know of a person."""

    _inherit = "res.partner"

    value_birthday = fields.Date(
        string="Birthday",
        groups=VALUE_USER,
        copy=False,
        help="Used by care rules. Enter it with the person's consent; enter any year if the year is unknown.",
    )

    @api.constrains("value_birthday")
    def _check_value_birthday(self):
        today = fields.Date.context_today(self)
        for partner in self.sudo():  # sudo: the constraint holds also for users who may not see birthdays
            if partner.value_birthday and not FIRST_YEAR <= partner.value_birthday.year <= today.year:
                raise ValidationError(
                    self.env._(
                        "The birthday of %(customer)s is not valid. Enter a year from %(first)s to %(last)s.",
                        customer=partner.display_name,
                        first=FIRST_YEAR,
                        last=today.year,
                    )
                )

from odoo import api, fields, models
from odoo._monkeypatches.pytz import _tz_mapping
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import UserError, ValidationError
from odoo.tools import ormcache

from .prefetching import read_apart


class ResCompany(models.Model):
    """What every room asks of a company: its days, its books, and what it begins with."""

    _inherit = "res.company"

    def _post_model_setup__(self):
        """Our settings are read apart, and by users of the company alone.

        Customers who log in may read companies: what we expect to lose or spend is not theirs to know. What we need
        with orders and documents of a company says ``everyday=True``.
        """
        result = super()._post_model_setup__()
        everyday = [name for name, field in self._fields.items() if getattr(field, "everyday", False)]
        for field in read_apart(self, everyday):
            field.groups = field.groups or "base.group_user"
        return result

    def _valid_field_parameter(self, field, name):
        return name == "everyday" or super()._valid_field_parameter(field, name)

    # Nothing it depends on: a contact who moves must not move the days of what is already counted.
    value_tz = fields.Selection(
        "_selection_value_tz",
        string="Customer Value Time Zone",
        compute="_compute_value_tz",
        store=True,
        precompute=True,
        readonly=False,
        required=True,
        everyday=True,
        help="A day of the company begins at midnight in this time zone: for runs, deadlines and reports.",
    )
    value_branches = fields.Boolean(
        string="Include Branches",
        default=True,
        everyday=True,
        help="What customers do with branches of the company counts for the company as well. "
        "Branches are scored for themselves in any case.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_value_defaults()
        return companies

    def write(self, vals):
        result = super().write(vals)
        if "value_branches" in vals:
            # not before: what is asked while the value is written would be kept with the old one
            self.env.registry.clear_cache()
        return result

    def _create_value_defaults(self):
        """Give companies what each begins with, where they have none of it yet. Extended by others.

        Called for new companies, and for all of them when the module is installed. Users who create a company need not
        have any rights here; texts are stored in English first, whatever their language.
        """

    def _get_group_users(self, group):
        """Active internal users in ``group`` (its external id) who work for one of these companies."""
        # sudo: membership in these groups is not confidential, and the user need not read the groups of others
        users = self.env.ref(group).sudo().all_user_ids
        return users.filtered(lambda user: user.active and not user.share and self & user.company_ids)

    # -- days ----------------------------------------------------------------------------------------------------------

    @api.model
    @ormcache()
    def _get_known_zones(self):
        """Names of time zones by which both the database server and Odoo can count days.

        Odoo offers names from its own list; servers whose system keeps old names apart do not know all of them.
        """
        self.env.cr.execute("SELECT name FROM pg_timezone_names")
        return frozenset(name for [name] in self.env.cr.fetchall()) & {code for code, _label in _tz_get(self)}

    @api.model
    def _selection_value_tz(self):
        known = self._get_known_zones()
        return [(code, label) for code, label in _tz_get(self) if code in known]

    def _compute_value_tz(self):
        known = self._get_known_zones()
        for company in self:
            wanted = (company.partner_id.tz, self.env.user.tz)
            # an old name stands for the zone's present one
            names = [name for zone in wanted if zone for name in (zone, _tz_mapping.get(zone))]
            company.value_tz = next((name for name in names if name in known), "UTC")

    @api.constrains("value_tz")
    def _check_value_tz(self):
        for company in self:
            if company.value_tz not in self._get_known_zones():
                raise ValidationError(company._describe_unknown_zone())

    def _describe_unknown_zone(self):
        return self.env._(
            "The database server does not know the time zone %(zone)s of %(company)s. "
            "Select another one in the settings of Customer Value.",
            zone=self.value_tz,
            company=self.name,
        )

    def _get_value_zone(self):
        """The name of the time zone in which the company's days begin.

        :raise UserError: the database server does not know it, as may be after a move to another machine
        """
        self.ensure_one()
        # sudo: whoever looks at the company's documents, whether or not they work for it
        company = self.sudo()
        # every server knows UTC, and to list what else it knows takes a while
        if company.value_tz != "UTC" and company.value_tz not in self._get_known_zones():
            raise UserError(company._describe_unknown_zone())
        return company.value_tz

    def _get_value_day(self, moment):
        """The company's date at ``moment`` (naive UTC), whoever looks."""
        return fields.Datetime.context_timestamp(self.with_context(tz=self._get_value_zone()), moment).date()

    def _get_value_today(self):
        """The date where the company is, whoever looks."""
        return self._get_value_day(fields.Datetime.now())

    # -- books ---------------------------------------------------------------------------------------------------------

    def _get_value_books(self):
        """The companies whose documents count for this one: itself and, where it includes them, all of its branches.

        Archived branches are among them: what was bought there was bought. Branches share the currency of the company.
        """
        self.ensure_one()
        # sudo: a total does not depend on which branches its reader works for
        return self.sudo().browse(self._get_value_book_ids())

    @ormcache("self.id")
    def _get_value_book_ids(self):
        """Asked with every number; new companies clear the cache, as Odoo does itself, and the setting does."""
        company = self.sudo()
        if not company.value_branches:
            return tuple(company.ids)
        return tuple(company.with_context(active_test=False).search([("id", "child_of", company.id)], order="id").ids)

    def _get_counted(self):
        """:return: those of these companies whose books count for another one of them

        What customers do with such a branch would be in two rows, and twice in their sum.
        """
        return self.filtered(lambda company: any(company in other._get_value_books() for other in self - company))

    def _without_counted(self):
        """:return: these companies without ``_get_counted``"""
        return self - self._get_counted()

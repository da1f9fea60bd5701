from odoo import api, models


class ResCompany(models.Model):
    _inherit = "res.company"

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_value_defaults()
        return companies

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

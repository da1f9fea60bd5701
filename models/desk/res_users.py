from odoo import api, fields, models

from ..core.groups import VALUE_USER


class ResUsers(models.Model):
    """The weekly summary of a user's customers, for users who want it."""

    _inherit = "res.users"

    retention_weekly_mail = fields.Boolean(
        string="Weekly Summary of My Customers",
        prefetch="customer_value",
        help="Receive a weekly email with the status of your customers, due items and customers at risk. No email "
        "is sent while you are not an account manager.",
    )

    @property
    def SELF_READABLE_FIELDS(self):
        return [*super().SELF_READABLE_FIELDS, "retention_weekly_mail"]

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return [*super().SELF_WRITEABLE_FIELDS, "retention_weekly_mail"]

    @api.model
    def _cron_retention_weekly_mail(self):
        """One letter for each company in which somebody has customers."""
        users = self.search([("retention_weekly_mail", "=", True), ("share", "=", False)], order="id")
        self.env["ir.cron"]._value_do_each(users, lambda user: user._send_retention_weekly_mail())

    def _send_retention_weekly_mail(self):
        """:return: number of letters"""
        self.ensure_one()
        if not self.email_normalized or not self.has_group(VALUE_USER):
            return 0
        template = self.env.ref("customer_value.mail_template_retention_weekly")
        sent = 0
        for company in self.company_ids:
            summary = self._get_retention_summary(company)
            if summary:
                template.with_context(retention_summary=summary).send_mail(self.id)
                sent += 1
        return sent

    def _get_retention_summary(self, company):
        """What the letter says, with the rights, in the language and in the time zone of its reader.

        :return: dict of plain values; empty for an empty portfolio. ``company``, ``company_id``, ``lines``: list of
            (label, value, in words or ""), ``slipping`` and ``due``: lists of dicts
        """
        self.ensure_one()
        lang = self.lang or self.env.lang
        env = self.env(user=self.id, context={"lang": lang, "tz": self.tz, "allowed_company_ids": company.ids})
        return env["customer.retention.desk"]._get_weekly_summary(lang)

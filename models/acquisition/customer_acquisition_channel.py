from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

# How relations are named, and what in them stands in one channel only
RELATIONS = {
    "source_ids": ("customer_acquisition_channel_source_rel", "source_id"),
    "medium_ids": ("customer_acquisition_channel_medium_rel", "medium_id"),
    "account_ids": ("customer_acquisition_channel_account_rel", "account_id"),
}


class CustomerAcquisitionChannel(models.Model):
    """A way on which customers find the company: some of Odoo's sources and media together.

    Shared by all companies, as sources and media are; costs belong to a company. Two are always there: *Other*, for
    what no channel holds, and *Unknown*, for customers of whom nothing is known.
    """

    _name = "customer.acquisition.channel"
    _description = "Acquisition Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    role = fields.Selection(
        [("own", "Channel"), ("other", "Everything else"), ("unknown", "Source not known")],
        default="own",
        required=True,
        readonly=True,
    )
    source_ids = fields.Many2many(
        "utm.source",
        "customer_acquisition_channel_source_rel",
        "channel_id",
        "source_id",
        string="Sources",
        ondelete="cascade",
        help="Leads and orders with these sources belong to this channel. A source counts before a medium.",
    )
    medium_ids = fields.Many2many(
        "utm.medium",
        "customer_acquisition_channel_medium_rel",
        "channel_id",
        "medium_id",
        string="Media",
        ondelete="cascade",
        help="Leads and orders with these media belong to this channel, unless their source belongs to another one.",
    )
    account_ids = fields.Many2many(
        "account.analytic.account",
        "customer_acquisition_channel_account_rel",
        "channel_id",
        "account_id",
        string="Analytic Accounts",
        ondelete="cascade",
        help="What is booked on these accounts is the cost of this channel. Bill lines that name a channel themselves "
        "are not counted again.",
    )

    _role_unique = models.UniqueIndex(
        "(role) WHERE role <> 'own'", "There is one channel for everything else, and one for what is not known."
    )

    def init(self):
        """Each source, medium and account stands in one channel at most, whoever writes at the same time."""
        for table, column in RELATIONS.values():
            self.env.cr.execute(
                SQL(
                    "CREATE UNIQUE INDEX IF NOT EXISTS %s ON %s (%s)",
                    SQL.identifier(f"{table}_once"),
                    SQL.identifier(table),
                    SQL.identifier(column),
                )
            )

    @api.constrains("role", "source_ids", "medium_ids", "account_ids")
    def _check_held(self):
        """Odoo passes over rows of a relation that an index refuses, so that nobody would be told."""
        for channel in self:
            if channel.role != "own" and (channel.source_ids or channel.medium_ids):
                raise ValidationError(
                    self.env._("%s holds what no other channel does. Add the source to another channel.", channel.name)
                )
        # sudo: accounts may be those of other companies
        for name in RELATIONS:
            held = self.sudo()[name]
            holder = {}
            for channel in self.sudo() | self.sudo().search([(name, "in", held.ids)]):
                for record in channel[name] & held:
                    if other := holder.get(record):
                        raise ValidationError(
                            self.env._(
                                "%(what)s cannot be in two channels: %(one)s and %(other)s. Remove it from one first.",
                                what=record.display_name,
                                one=other.name,
                                other=channel.name,
                            )
                        )
                    holder[record] = channel

    @api.ondelete(at_uninstall=False)
    def _unlink_except_fixed(self):
        if fixed := self.filtered(lambda channel: channel.role != "own"):
            raise UserError(self.env._("%s is needed for the rest, and cannot be deleted.", fixed[0].name))

    # -- what is stored by channel -------------------------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        channels = super().create(vals_list)
        self._look_again()
        return channels

    def write(self, vals):
        result = super().write(vals)
        if {"source_ids", "medium_ids"}.intersection(vals):
            self._look_again()
        return result

    def unlink(self):
        """What was in a channel is in none."""
        other = self.env.ref("customer_value.acquisition_channel_other")
        self.env.flush_all()
        for name in ("origin", "cell"):
            # sudo: of all companies
            self.env[f"customer.acquisition.{name}"].sudo()._leave_channels(self - other, other)
        result = super().unlink()
        self._look_again()
        return result

    @api.model
    def _look_again(self):
        """Customers may have come by another channel now."""
        # sudo: jobs are none of a manager's business
        self.env.ref("customer_value.cron_customer_acquisition").sudo()._trigger()

from odoo import fields, models

from ..core.groups import VALUE_USER


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_open_customer(self):
        """For those who may see the value of customers, all about them on one page."""
        if self.env.user.has_group(VALUE_USER):
            return self.action_open_customer_page()
        return super().action_open_customer()

    def action_open_customer_page(self):
        """Open everything about the customer on one page."""
        self.ensure_one()
        action = self.env["ir.actions.client"]._for_xml_id("customer_value.action_customer_page")
        return action | {"params": {"partner_id": self.id}, "context": {"active_id": self.id}}

    def _customer_timeline(self, limit=50, after=None, channels=None, until=None):
        """What happened with a customer, as far as the reader may open it; of a contact, that of their company.

        Paging: pass the ``key`` of the last row as ``after``, with the same ``channels`` and ``until``; rows that are
        entered meanwhile are not shown twice. A page of fewer rows than ``limit`` is the last one.

        :param int limit: rows at most
        :param after: ``key`` of the last row that has been read; None: from the latest on
        :param channels: codes of ``customer.channel``; all that the reader may read if empty
        :param date until: last day
        :return: list of dicts, the latest first: ``day`` (date), ``channel``, ``model``, ``res_id``, ``direction``
            (``in``: from the customer, ``out``: to them, or ""), ``amount`` (number in the currency of the record, or
            False), ``text`` and ``key``
        :raise AccessError: the user may not see customer values, or the customer
        """
        self.ensure_one()
        Page = self.env["customer.page"]
        customer = Page._get_customer(self.id)
        found = Page._read_page(
            customer,
            self.env["customer.channel"]._get_open_channels(customer),
            limit=limit,
            kinds=set(channels or ()),
            before=tuple(after) if after else None,
            until=until,
        )
        return [
            {
                "day": fields.Date.to_date(row["moment"][:10]),
                "channel": row["channel"],
                "model": row["model"],
                "res_id": row["id"],
                "direction": row["direction"],
                "amount": row["value"],
                "text": row["text"],
                "key": (row["moment"], row["channel"], row["id"]),
            }
            for row in found["rows"]
        ]

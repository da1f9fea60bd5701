from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError

from ...analytics.core import phones
from ..core.groups import check_value_company
from ..core.locking import LOCK_CALLS, lock_company


class CustomerContact(models.Model):
    """Calls as telephone systems report them."""

    _inherit = "customer.contact"

    @api.model
    def _record_call(self, caller, called, moment, duration, recording, call_id):
        """Keep a call in the current company; one that is kept already is left as it is.

        :param str caller: number, in any notation, and ``called``; one of them is ours
        :param datetime moment: when it began, UTC
        :param float duration: hours
        :param str recording: link, or nothing
        :param str call_id: of the telephone system, once in a company
        :return: the contact, and whether it is new
        :raise AccessError: the user may not see customer values in the company
        :raise ConcurrencyError: another transaction has just kept it, and is to be seen by the next attempt
        :raise UserError: it cannot be told which number is ours
        """
        company = check_value_company(self.env)
        kept = self._find_call(call_id, company)
        if kept:
            return kept, False
        lock_company(company, LOCK_CALLS)
        with self.env.registry.cursor() as cr:
            # what the one before has left is not in our snapshot
            if self.with_env(self.env(cr=cr))._find_call(call_id, company):
                raise ConcurrencyError(self.env._("The call %s is being recorded.", call_id))
        return self.create(self._prepare_call(caller, called, company) | {
            "company_id": company.id,
            "channel": "phone",
            "moment": moment,
            "duration": duration,
            "recording_url": recording,
            "call_id": call_id,
        }), True  # fmt: skip

    @api.model
    def _find_call(self, call_id, company):
        # sudo: a call of a customer whom the user may not see is kept as well
        return self.sudo().search([("call_id", "=", call_id), ("company_id", "=", company.id)]).sudo(False)

    @api.model
    def _prepare_call(self, caller, called, company):
        """Which way the call went, between whom: the number of a user or of the company is ours.

        :return: dict of values
        """
        region = company.country_id.code
        numbers = {side: phones.normalize_or_digits(text, region) for side, text in (("out", caller), ("in", called))}
        # sudo: numbers of colleagues and companies
        User = self.env["res.users"].sudo()
        users = User.search(
            [
                ("share", "=", False),
                ("company_ids", "in", company.ids),
                ("partner_id.value_phone_e164", "in", list(numbers.values())),
            ]
        )
        of_users = {user.partner_id.value_phone_e164: user for user in users}
        ours = {*of_users, *filter(None, [company.sudo().partner_id.value_phone_e164])}
        sides = [side for side, number in numbers.items() if number in ours]
        if len(sides) == 2:
            raise UserError(
                self.env._("%(caller)s and %(called)s are both ours: this was no contact with a customer.",
                           caller=caller, called=called)
            )  # fmt: skip
        if not sides:
            raise UserError(
                self.env._(
                    "Neither %(caller)s nor %(called)s is ours. Enter one of them as the phone of the company "
                    "%(company)s, or of a user's contact.",
                    caller=caller,
                    called=called,
                    company=company.name,
                )
            )
        [direction] = sides
        other = called if direction == "out" else caller
        number = numbers["in" if direction == "out" else "out"]
        partners = self.env["res.partner"].search(
            [("value_phone_e164", "=", number), ("company_id", "in", [company.id, False])]
        )
        return self._judge_candidates(partners) | {
            "direction": direction,
            "phone": number if number.startswith("+") else other,
            "user_id": of_users.get(numbers[direction], User).id,
        }

    def _describe_call(self, is_new):
        """What a telephone system is told of a call.

        :return: dict of ``id``, ``new``, ``direction``, ``customer`` (``id`` and ``name`` of the customer or contact,
            or False) and ``candidates`` (list of the same)
        """

        def described(partner):
            return {"id": partner.id, "name": partner.display_name}

        self.ensure_one()
        partner = self.partner_id
        return {
            "id": self.id,
            "new": is_new,
            "direction": self.direction,
            "customer": described(partner) if partner else False,
            "candidates": [described(candidate) for candidate in self.candidate_ids],
        }

from odoo import api, models
from odoo.exceptions import UserError

# More than there are customers.
ENDLESS = 2**31


class CustomerRetentionCampaign(models.Model):
    """The budget: what is booked, what still fits, and what happens when the next offer does not."""

    _inherit = "customer.retention.campaign"

    def _get_booked(self):
        """:return: dict campaign id: cost and face value booked so far, company currency"""
        groups = self.env["customer.retention.member"]._read_group(
            [("campaign_id", "in", self.ids), ("arm", "=", "treatment")],
            ["campaign_id"],
            ["cost:sum", "face_value:sum"],
        )
        return {campaign.id: (cost or 0.0) + (value or 0.0) for campaign, cost, value in groups}

    def _count_fitting(self):
        """:return: how many more offers the budget holds; without one, more than there are customers"""
        unit = sum(self.offer_id._get_unit_cost())
        if not self.budget:
            return ENDLESS
        return self._count_units(self.budget - self._get_booked().get(self.id, 0.0), unit, self.currency_id)

    @api.model
    def _count_units(self, left, unit, currency):
        """:return: how many times ``unit`` fits into what is ``left``"""
        # in the smallest unit of money, where sums of floats are whole numbers again
        left, unit = (round(amount / currency.rounding) for amount in (left, unit))
        return max(left // unit, 0) if unit else ENDLESS

    def _pause_for_budget(self, waiting):
        """The next offer does not fit: stop, and ask the responsible for more, or for an end."""
        booked = self._get_booked().get(self.id, 0.0)
        note = self.env._(
            "The budget is used up: %(booked)s of %(budget)s are booked, the next offer counts %(unit)s, and "
            "%(waiting)s customers are due. Raise the budget, and the campaign goes on where it stopped; or end it.",
            booked=self.currency_id.format(booked),
            budget=self.currency_id.format(self.budget),
            unit=self.currency_id.format(sum(self.offer_id._get_unit_cost())),
            waiting=waiting,
        )
        self._pause("budget")
        self.message_post(body=note)
        responsible = (self.user_id | self.create_uid).filtered("active")[:1] or self.create_uid
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=responsible.id,
            summary=self.env._("The budget of %s is used up", self.name),
            note=note,
            automated=True,
        )

    def write(self, vals):
        """A campaign that stopped for its budget goes on as soon as the next offer fits."""
        result = super().write(vals)
        if "budget" in vals:
            stopped = self.filtered(lambda campaign: campaign.state == "paused" and campaign.pause_reason == "budget")
            fitting = stopped.filtered(lambda campaign: campaign.sudo()._count_fitting())
            if fitting:
                fitting.action_resume()
                # sudo: the activity is the responsible's, whoever raises the budget
                fitting.sudo().activity_unlink(["mail.mail_activity_data_todo"])
        return result

    def action_resume(self):
        """:raise UserError: the budget does not hold another offer"""
        for campaign in self.filtered(lambda campaign: campaign.pause_reason == "budget"):
            if not campaign.sudo()._count_fitting():
                raise UserError(
                    self.env._("The budget of %s does not hold another offer. Raise it first.", campaign.name)
                )
        return super().action_resume()

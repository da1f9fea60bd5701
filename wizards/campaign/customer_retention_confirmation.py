from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date


class CustomerRetentionConfirmation(models.TransientModel):
    """What is about to happen, in numbers, and the letter as a customer would get it: before it cannot be undone.

    Opened by ``_open``, from the wizard or from a campaign. The letter is that of ``partner_id``, stored as text.
    """

    _name = "customer.retention.confirmation"
    _description = "Campaign Confirmation"

    step = fields.Selection(
        [("letter", "Preview"), ("start", "Start"), ("add", "Add Customers"), ("deliver", "Make Offers Now")],
        required=True,
        readonly=True,
    )
    wizard_id = fields.Many2one("customer.retention.wizard", readonly=True, ondelete="cascade")
    campaign_id = fields.Many2one("customer.retention.campaign", readonly=True, ondelete="cascade")
    offer_id = fields.Many2one("customer.retention.offer", readonly=True, ondelete="cascade")
    is_on_campaign = fields.Boolean(readonly=True, help="Opened from the form of the campaign, which stays open.")
    summary = fields.Text(readonly=True)
    warning = fields.Text(readonly=True)

    has_letter = fields.Boolean(readonly=True)
    sample_ids = fields.Many2many("res.partner", readonly=True, help="Customers whose letter can be shown.")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", domain="[('id', 'in', sample_ids)]", ondelete="cascade"
    )
    shown_id = fields.Many2one("res.partner", readonly=True, help="Customer of the letter shown.", ondelete="cascade")
    subject = fields.Char(readonly=True)
    email_from = fields.Char(string="Sender", readonly=True)
    recipients = fields.Char(string="Recipient", readonly=True)
    # as the mail will be: mails are not cleaned, either
    body = fields.Html(readonly=True, sanitize=False)

    @api.model
    def _open(self, step, customers, wizard=None, campaign=None):
        """The dialog of a step.

        :param str step: ``letter`` only shows the letter; the others ask before they start, add or deliver
        :param customers: partners whose letter can be shown, that of the first at once
        :param wizard, campaign: what is confirmed; at least one. Without ``wizard`` the campaign is stored
        :return: action
        :raise UserError: there is no letter to show
        """
        offer = (wizard or campaign).offer_id
        if step == "letter" and not offer.has_letter:
            raise UserError(self.env._("This offer does not include a letter."))
        confirmation = self.create(
            {
                "step": step,
                "wizard_id": wizard.id if wizard else False,
                "campaign_id": campaign.id if campaign else False,
                "offer_id": offer.id,
                "is_on_campaign": bool(self.env.context.get("retention_on_campaign")),
                "has_letter": offer.has_letter,
                "sample_ids": [fields.Command.set(customers.ids)],
                "partner_id": customers[:1].id,
            }
        )
        confirmation.write(confirmation._describe())
        return confirmation.action_show()

    def action_show(self):
        """Show the letter of the customer chosen."""
        self.ensure_one()
        if self.has_letter and self.partner_id:
            partner = self.partner_id
            partner.check_access("read")
            self.offer_id.check_access("read")
            campaign = self.wizard_id._get_planned() if self.wizard_id else self.campaign_id
            # sudo: users who start campaigns need no access to templates and codes, and nothing of the sample stays
            letter = self.offer_id.sudo()._render_letter(partner, campaign._get_sender(partner))
            self.write(letter | {"shown_id": partner.id})
        titles = {
            "letter": self.env._("Preview Letter"),
            "start": self.env._("Start the Campaign"),
            "add": self.env._("Add Customers"),
            "deliver": self.env._("Make Offers Now"),
        }
        return {
            "type": "ir.actions.act_window",
            "name": titles[self.step],
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """Do what was asked.

        :raise UserError: it is not possible any more, see the wizard and the campaign
        """
        self.ensure_one()
        done = None
        if self.step == "start":
            done = self.wizard_id.action_start()
        elif self.step == "add":
            done = self.wizard_id.action_add()
        elif self.step == "deliver":
            self.campaign_id.action_deliver()
        if self.is_on_campaign or not done:
            return {"type": "ir.actions.act_window_close"}
        return done

    # -- in words ------------------------------------------------------------------------------------------------------

    def _describe(self):
        """:return: dict of ``summary`` and ``warning``: lines of text"""
        if self.step == "letter":
            return {}
        lines = self._describe_delivery() if self.step == "deliver" else self._describe_draw()
        wizard = self.wizard_id
        warnings = [wizard.size_text, wizard.cost_text]
        if wizard and not wizard.holdout_percent:
            warnings.append(
                self.env._(
                    "Without a control group, the effect of the campaign cannot be measured, and no result is shown."
                )
            )
        return {"summary": "\n".join(lines), "warning": "\n".join(filter(None, warnings))}

    def _describe_draw(self):
        wizard = self.wizard_id
        lines = [
            self.env._(
                "Customers who receive the offer “%(offer)s”: %(count)s",
                offer=self.offer_id.name,
                count=wizard.treated_count,
            ),
            self.env._("Customers in the control group, which is fixed from now on: %s", wizard.holdout_count),
        ]
        if self.has_letter:
            today = wizard.company_id._get_value_today()
            if wizard.date_start and wizard.date_start > today:
                lines.append(
                    self.env._(
                        "Letters that leave on %(day)s: %(count)s",
                        day=format_date(self.env, wizard.date_start),
                        count=wizard.treated_count,
                    )
                )
            else:
                lines.append(self.env._("Letters that leave within the next hour: %s", wizard.treated_count))
        return lines

    def _describe_delivery(self):
        due, count = self.campaign_id._count_deliverable()
        lines = [
            self.env._(
                "Customers who receive the offer “%(offer)s” now: %(count)s", offer=self.offer_id.name, count=count
            )
        ]
        if self.has_letter:
            lines.append(self.env._("Letters that leave now: %s", count))
        if due > count:
            lines.append(self.env._("Customers who are due and follow later: %s", due - count))
        return lines

from odoo import api, fields, models

from ..core.groups import VALUE_USER

# Whether a referral is to be carried to the customer follows from these.
CARRIED_BY = {"partner_id", "stage_id", "type", "referrer_id", "referral_anyway"}


class CrmLead(models.Model):
    """A lead knows who recommended us; the customer that it becomes has it from there."""

    _name = "crm.lead"
    _inherit = ["crm.lead", "customer.value.carried"]

    # carried: another deal with somebody who was recommended to us was recommended as well
    referrer_id = fields.Many2one(
        "res.partner",
        string="Referring Customer",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        groups=VALUE_USER,
        copy=False,
        carried=True,
        help="Who recommended us. It is entered on the customer when the lead is converted or won.",
    )
    referral_anyway = fields.Boolean(
        string="Would Have Come Anyway",
        tracking=True,
        groups=VALUE_USER,
        copy=False,
        carried=True,
        help="They would have come without the referral as well: it only saved the cost of winning them.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        leads._carry_referrer()
        return leads

    def write(self, vals):
        result = super().write(vals)
        if CARRIED_BY & vals.keys():
            self._carry_referrer()
        return result

    def _merge_dependences(self, opportunities):
        """Who recommended us on one of the others is known on this one as well."""
        result = super()._merge_dependences(opportunities)
        # sudo: salespeople who may not see referrals merge leads as well; so among the fields of merging it cannot be
        referred = opportunities.sudo().filtered("referrer_id")[:1]
        if referred and not self.sudo().referrer_id:
            self.sudo().write({"referrer_id": referred.referrer_id.id, "referral_anyway": referred.referral_anyway})
        return result

    def _carry_referrer(self):
        """Enter on customers of leads that were converted or won who referred them, unless that is known.

        What cannot be entered is said in the chatter of the lead: it is not a reason not to win it.
        """
        # sudo: whoever wins the lead, the referral is the customer's
        for lead in self.sudo():
            if not (lead.referrer_id and lead.partner_id) or not (lead.date_conversion or lead.won_status == "won"):
                continue
            obstacle = lead.partner_id._take_referrer(lead.referrer_id, lead.referral_anyway)
            if obstacle:
                lead.message_post(body=self.env._("The referral was not entered on the customer: %s", obstacle))

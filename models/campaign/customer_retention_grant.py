import logging
from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import split_every

from ..core.customer_value_workflow_record import NOT_ENTERED

_logger = logging.getLogger(__name__)

BATCH = 500

PRICELIST = "specific_property_product_pricelist"


class CustomerRetentionGrant(models.Model):
    """A pricelist that a campaign has given a customer for a time, and the pricelist before.

    At the end the pricelist before is restored, unless somebody has entered another in the meantime. Tiers write the
    same field: while they do, ours is taken off, so that each remembers what stood there without the other.
    """

    _name = "customer.retention.grant"
    _description = "Pricelist Granted by Campaign"
    _inherit = ["customer.value.workflow.record", "customer.succession.participant"]
    _order = "date_end, id"
    _succession_layer = 20
    _workflow = NOT_ENTERED

    member_id = fields.Many2one(
        "customer.retention.member", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    pricelist_id = fields.Many2one("product.pricelist", required=True, readonly=True, ondelete="restrict")
    previous_id = fields.Integer(string="Previous (ID)", readonly=True)
    date_end = fields.Date(string="Last Day", required=True, readonly=True, index=True)
    on_hold = fields.Boolean(readonly=True, help="Temporarily removed while customers are merged.")

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint(
        "UNIQUE(partner_id, company_id)", "The customer already has a pricelist from another campaign."
    )

    @api.model
    def _give(self, members, pricelist, date_end):
        """Put ``pricelist`` on the customers of ``members``, all of one company, until ``date_end``. Call with sudo."""
        company = members.company_id
        grants = self.create(
            [
                {
                    "member_id": member.id,
                    "partner_id": member.partner_id.id,
                    "company_id": company.id,
                    "pricelist_id": pricelist.id,
                    "date_end": date_end,
                }
                for member in members
            ]
        )
        grants._put_on()

    def _put_on(self):
        """Write the pricelists, and remember those before."""
        self.filtered("on_hold").on_hold = False
        groups = defaultdict(self.browse)
        for grant in self:
            partner = grant.partner_id.with_company(grant.company_id)
            grant.previous_id = partner[PRICELIST].id
            groups[grant.company_id, grant.pricelist_id.id] |= grant
        for (company, pricelist_id), grants in groups.items():
            self._write_list(grants.partner_id.with_company(company), pricelist_id)

    def _take_off(self):
        """Bring back what stood there before, where ours still stands.

        :return: the grants whose pricelist was still in place; those of the others had been changed by somebody
        """
        standing = self.filtered(
            lambda grant: grant.partner_id.with_company(grant.company_id)[PRICELIST] == grant.pricelist_id
        )
        before = self.env["product.pricelist"].browse(set(standing.mapped("previous_id")) - {0}).exists()
        groups = defaultdict(self.browse)
        for grant in standing:
            previous = grant.previous_id if grant.previous_id in before._ids else False
            groups[grant.company_id, previous] |= grant
        for (company, previous), grants in groups.items():
            self._write_list(grants.partner_id.with_company(company), previous)
        return standing

    @api.model
    def _write_list(self, partners, pricelist_id):
        # the campaign tells of it, not a line on each customer
        partners.with_context(tracking_disable=True).write({PRICELIST: pricelist_id})

    @api.model
    def _cron_end(self):
        """The day after the last one the earlier pricelist is restored; a failure does not stop the others."""
        ended = []
        for (company,) in self._read_group([], ["company_id"]):
            today = company._get_value_today()
            ended += self.search([("company_id", "=", company.id), ("date_end", "<", today)]).ids
        Cron = self.env["ir.cron"]
        batches = [self.browse(ids) for ids in split_every(BATCH, ended)]
        Cron._value_do_each(batches, lambda grants: Cron._value_do_together(grants, self._end, self._note_failure))

    @api.model
    def _end(self, grants):
        # what another job ends is left to it
        grants = grants.try_lock_for_update()
        grants._take_off()
        grants.unlink()

    @api.model
    def _take_back_all(self):
        """Take every pricelist of a campaign off its customer. Call with sudo."""
        while grants := self.search([], limit=BATCH):
            grants.filtered(lambda grant: not grant.on_hold)._take_off()
            grants.unlink()

    @api.model
    def _note_failure(self, grant, error):
        _logger.error(
            "The pricelist of a campaign could not be taken from customer %s", grant.partner_id.id, exc_info=error
        )

    @api.model
    def _before_exchange(self, company, partners):
        """Tiers grant and revoke benefits as if no campaign had given the customers a pricelist.

        :return: grants that stood; those that somebody has overtaken are forgotten
        """
        return self._take_off_for_now([("company_id", "=", company.id), ("partner_id", "in", partners.ids)])

    @api.model
    def _after_exchange(self, state):
        state._put_on()

    @api.model
    def _before_move(self, partners):
        """They would take the pricelist of the customer they leave along: Odoo copies it from a contact to their new
        company, where it would never end.

        :return: grants that stood
        """
        customers = partners | partners.commercial_partner_id
        return self._take_off_for_now([("partner_id", "in", customers.ids)])

    @api.model
    def _after_move(self, partners, state):
        """Restore the pricelists; partners who have become contacts have that of their company."""
        contacts = state.filtered(lambda grant: grant.partner_id.commercial_partner_id != grant.partner_id)
        contacts.unlink()
        (state - contacts)._put_on()

    @api.model
    def _take_off_for_now(self, domain):
        """:return: the grants that stood, to be put on again; those that somebody has overtaken are forgotten"""
        grants = self.search([*domain, ("on_hold", "=", False)])
        standing = grants._take_off()
        (grants - standing).unlink()
        return standing

    @api.model
    def _before_merge(self, partners):
        """Pricelists of campaigns are not the customers' own values: the one that lasts longest stays."""
        grants = self.search([("partner_id", "in", partners.ids)], order="date_end DESC, id")
        standing = grants._take_off()
        surplus = grants - standing
        for rivals in standing.grouped("company_id").values():
            surplus |= rivals[1:]
        surplus.unlink()
        grants.exists().on_hold = True
        self.env.flush_all()

    @api.model
    def _after_merge(self, partner):
        """Put on again what :meth:`_before_merge` took off."""
        self.env.invalidate_all()
        self.search([("partner_id", "=", partner.id)])._put_on()

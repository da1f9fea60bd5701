from collections import defaultdict

from markupsafe import Markup
from odoo import api, fields, models

BATCH = 1000


class CustomerValueGrant(models.Model):
    """A value that a tier has put on a customer, and what stood there before.

    When the customer leaves the tier, the value before comes back, unless somebody has changed it in the meantime. A
    value that was entered by hand before the tier is replaced, and the customer's chatter says so.
    """

    _name = "customer.value.grant"
    _description = "Benefit Given to a Customer"
    _order = "partner_id, benefit"

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    tier_id = fields.Many2one("customer.value.tier", required=True, readonly=True, ondelete="cascade")
    benefit = fields.Selection(
        [
            ("pricelist_id", "Price list"),
            ("payment_term_id", "Payment terms"),
            ("user_id", "Account manager"),
        ],
        required=True,
        readonly=True,
    )
    given_id = fields.Integer(string="Given (id)", required=True, readonly=True)
    previous_id = fields.Integer(string="Before (id)", readonly=True)

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint(
        "UNIQUE(partner_id, company_id, benefit)", "A customer has each benefit once in each company."
    )

    @api.model
    def _get_benefits(self):
        """:return: ``{field of the tier: field of the customer}``"""
        return {
            "pricelist_id": "specific_property_product_pricelist",
            "payment_term_id": "property_payment_term_id",
            "user_id": "user_id",
        }

    @api.model
    def _follow(self, company, entries):
        """Give and take back benefits after the changes of tier in ``entries``, and say so in the chatter.

        :param entries: ``customer.value.history`` of one company; a customer's last entry counts
        """
        tiers = {entry.partner_id.id: entry.tier_id for entry in entries.sorted("id")}
        partners = self.env["res.partner"].browse(tiers).with_company(company)
        notes = self._exchange(company, partners, tiers)
        bodies = {}
        for entry in entries:
            if entry.event != "entered" or entry.partner_id.id in notes:
                bodies[entry.partner_id.id] = self._describe(entry, notes.get(entry.partner_id.id, ()))
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)

    @api.model
    def _exchange(self, company, partners, tiers):
        """:return: dict partner id: list of sentences on values entered by hand"""
        grants = self.search([("partner_id", "in", partners.ids), ("company_id", "=", company.id)])
        held = {(grant.partner_id.id, grant.benefit): grant for grant in grants}
        writes, notes, created, obsolete = defaultdict(list), defaultdict(list), [], self.browse()
        for benefit, name in self._get_benefits().items():
            label = dict(self._fields["benefit"]._description_selection(self.env))[benefit]
            for partner in partners:
                tier = tiers[partner.id]
                wanted, current = tier[benefit], partner[name]
                grant = held.get((partner.id, benefit), self.browse())
                ours = bool(grant) and grant.given_id == current.id
                previous = grant.previous_id if ours else current.id
                if wanted:
                    if current != wanted:
                        writes[name, wanted.id].append(partner.id)
                        if current and not ours:
                            notes[partner.id].append(
                                self.env._(
                                    "%(benefit)s: %(old)s, entered by hand, replaced by %(new)s",
                                    benefit=label,
                                    old=current.display_name,
                                    new=wanted.display_name,
                                )
                            )
                    vals = {"tier_id": tier.id, "given_id": wanted.id, "previous_id": previous}
                    if grant:
                        grant.write(vals)
                    elif current != wanted:
                        key = {"partner_id": partner.id, "company_id": company.id, "benefit": benefit}
                        created.append(vals | key)
                elif grant:
                    obsolete |= grant
                    if ours:
                        writes[name, previous].append(partner.id)
                    else:
                        notes[partner.id].append(
                            self.env._(
                                "%(benefit)s: %(value)s stays, because it was entered by hand in the meantime",
                                benefit=label,
                                value=current.display_name or self.env._("nothing"),
                            )
                        )
        obsolete.unlink()
        self.create(created)
        for (name, value), ids in writes.items():
            partners.browse(ids).write({name: value})
        return notes

    @api.model
    def _describe(self, entry, notes):
        nothing = self.env._("no tier")
        line = self.env._(
            "Customer tier: %(old)s → %(new)s (%(cause)s, score %(score).2f)",
            old=entry.previous_tier_id.name or nothing,
            new=entry.tier_id.name or nothing,
            cause=dict(entry._fields["cause"]._description_selection(self.env)).get(entry.cause, ""),
            score=entry.score,
        )
        return Markup("<br/>").join([line, *notes])

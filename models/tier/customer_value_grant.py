import logging
from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup
from odoo import api, fields, models
from psycopg2 import OperationalError

_logger = logging.getLogger(__name__)

BATCH = 1000


class Step(NamedTuple):
    """One benefit of one customer: what becomes of its grant once the customer has the value.

    ``vals``: of the grant; None where the benefit is taken back.
    """

    partner: models.BaseModel
    grant: models.BaseModel
    benefit: str
    vals: dict | None = None
    note: str | None = None


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
    tier_id = fields.Many2one("customer.value.tier", required=True, readonly=True, index=True, ondelete="cascade")
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
        notes = self._exchange(company, self.env["res.partner"].browse(tiers), tiers)
        bodies = {}
        for entry in entries:
            if entry.event != "entered" or entry.partner_id.id in notes:
                bodies[entry.partner_id.id] = self._describe(entry, notes.get(entry.partner_id.id, ()))
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)
        # sudo: memberships are written by nobody but this
        self.env["customer.value.membership"].sudo()._follow(company, entries)

    @api.model
    def _renew(self, tier, partners):
        """Give customers who are in ``tier`` its benefits as they are now.

        What somebody has entered by hand since the tier gave something there stays.
        """
        notes = self._exchange(tier.company_id, partners, dict.fromkeys(partners.ids, tier), renew=True)
        title = self.env._("The benefits of the tier %s have changed", tier.name)
        bodies = {partner_id: Markup("<br/>").join([title, *lines]) for partner_id, lines in notes.items()}
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)

    @api.model
    def _suspend(self, partners):
        """Take all benefits back, in every company, until :meth:`_resume`: customers are about to be merged."""
        grants = self.search([("partner_id", "in", partners.ids)])
        for company, held in grants.grouped("company_id").items():
            self._exchange(company, held.partner_id, dict.fromkeys(held.partner_id.ids, grants.tier_id.browse()))
        self.env.flush_all()

    @api.model
    def _resume(self, partners):
        """Give customers what their tiers give, in every company."""
        scores = self.env["customer.value.score"].search([("partner_id", "in", partners.ids), ("tier_id", "!=", False)])
        for company, found in scores.grouped("company_id").items():
            self._exchange(company, found.partner_id, {score.partner_id.id: score.tier_id for score in found})

    @api.model
    def _exchange(self, company, partners, tiers, renew=False):
        """Bring customers from the benefits they hold to those of ``tiers``.

        A record that refuses its value is left as it is, with a note; the others get theirs.

        :param dict tiers: partner id: tier, empty for none
        :param bool renew: the tier is the same as before; what was changed by hand since stays
        :return: dict partner id: list of sentences on values entered by hand and on failures
        """
        partners = partners.with_company(company)
        giving = self.env["customer.value.tier"].union(*tiers.values())._giving()
        tiers = {partner_id: tier & giving for partner_id, tier in tiers.items()}
        grants = self.search([("partner_id", "in", partners.ids), ("company_id", "=", company.id)])
        held = {(grant.partner_id.id, grant.benefit): grant for grant in grants}
        offers = {tier: tier._get_offers() for tier in set(tiers.values())}
        writes, notes, settled = defaultdict(list), defaultdict(list), []
        for benefit, name in self._get_benefits().items():
            synced = name in partners._commercial_fields()
            tracked = getattr(partners._fields[name], "tracking", None)
            existing = self._get_existing(grants.filtered(lambda grant, benefit=benefit: grant.benefit == benefit))
            for partner in partners:
                tier = tiers[partner.id]
                wanted, current = offers[tier][benefit], partner[name]
                grant = held.get((partner.id, benefit), self.browse())
                # nobody has entered what is missing since the record that was given was deleted
                gone = grant and not current and grant.given_id not in existing
                ours = bool(grant) and (grant.given_id == current.id or gone)
                if renew and grant and not ours:
                    continue
                previous = grant.previous_id if ours else current.id or 0
                if ours and previous not in existing:
                    previous = 0
                if wanted:
                    vals = {"tier_id": tier.id, "given_id": wanted.id, "previous_id": previous}
                    if current and not ours:
                        note = self._note_replaced(benefit, current, wanted)
                    else:
                        note = tracked and self._note_changed(benefit, current, wanted)
                    step = Step(partner, grant, benefit, vals, note)
                    if current != wanted:
                        writes[name, wanted.id].append(step)
                    else:
                        # a grant all the same: it tells that what is entered by hand later is meant to stay
                        settled.append(step)
                elif grant:
                    # who has become a contact of another company has what that company has
                    contact = synced and partner.commercial_partner_id != partner
                    if ours and not contact and previous != (current.id or 0):
                        note = tracked and self._note_changed(benefit, current, current.browse(previous or ()))
                        writes[name, previous].append(Step(partner, grant, benefit, note=note))
                    else:
                        settled.append(Step(partner, grant, benefit))
                    if not ours:
                        notes[partner.id].append(self._note_kept(benefit, current))
        for (name, value), steps in writes.items():
            refused = self._put(partners.browse(step.partner.id for step in steps), {name: value})
            for step in steps:
                if step.partner.id in refused:
                    notes[step.partner.id].append(self._note_refused(step.benefit, refused[step.partner.id]))
                    continue
                settled.append(step)
                if step.note:
                    notes[step.partner.id].append(step.note)
        self._settle(company, settled)
        return notes

    @api.model
    def _get_existing(self, grants):
        """Ids of the records that grants of one benefit refer to, as far as they have not been deleted."""
        if not grants:
            return set()
        name = self._get_benefits()[grants[0].benefit]
        values = self.env[self.env["res.partner"]._fields[name].comodel_name]
        ids = {*grants.mapped("given_id"), *grants.mapped("previous_id")} - {0}
        return set(values.browse(ids).exists().ids)

    @api.model
    def _put(self, partners, vals):
        """Write on as many of the customers as take it.

        Our line in the chatter tells of it. Odoo would write a line of its own for each, subscribe the account manager
        and send him an e-mail: 50,000 of them, when so many customers come to him.

        :return: dict partner id: why not
        """
        try:
            with self.env.cr.savepoint():
                partners.with_context(tracking_disable=True).write(vals)
            return {}
        except OperationalError:
            # a concurrent update: the whole transaction is tried again
            raise
        except Exception as error:
            if len(partners) == 1:
                _logger.info("Customer %s refused %s", partners.id, vals, exc_info=True)
                return {partners.id: str(error)}
        middle = len(partners) // 2
        return self._put(partners[:middle], vals) | self._put(partners[middle:], vals)

    @api.model
    def _settle(self, company, steps):
        """Remember what was given, and forget what was taken back."""
        obsolete, same, created = [], defaultdict(list), []
        for step in steps:
            if step.vals is None:
                obsolete.append(step.grant.id)
            elif not step.grant:
                key = {"partner_id": step.partner.id, "company_id": company.id, "benefit": step.benefit}
                created.append(step.vals | key)
            elif (step.grant.tier_id.id, step.grant.given_id, step.grant.previous_id) != tuple(step.vals.values()):
                same[tuple(step.vals.items())].append(step.grant.id)
        self.browse(obsolete).unlink()
        self.create(created)
        for vals, ids in same.items():
            self.browse(ids).write(dict(vals))

    # -- what the chatter says -------------------------------------------------------------------------------------

    @api.model
    def _get_label(self, benefit):
        return dict(self._fields["benefit"]._description_selection(self.env))[benefit]

    @api.model
    def _note_replaced(self, benefit, old, new):
        return self.env._(
            "%(benefit)s: %(old)s, entered by hand, replaced by %(new)s",
            benefit=self._get_label(benefit),
            old=old.display_name,
            new=new.display_name,
        )

    @api.model
    def _note_changed(self, benefit, old, new):
        nobody = self.env._("none")
        return self.env._(
            "%(benefit)s: %(old)s → %(new)s",
            benefit=self._get_label(benefit),
            old=old.display_name or nobody,
            new=new.display_name or nobody,
        )

    @api.model
    def _note_kept(self, benefit, value):
        return self.env._(
            "%(benefit)s: %(value)s stays, because it was entered by hand in the meantime",
            benefit=self._get_label(benefit),
            value=value.display_name or self.env._("nothing"),
        )

    @api.model
    def _note_refused(self, benefit, reason):
        return self.env._(
            "%(benefit)s: not changed, because the customer could not be saved (%(reason)s)",
            benefit=self._get_label(benefit),
            reason=reason,
        )

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

    # -- What tiers have given stays with the customer when a contact leaves him --------------------------------------

    @api.model
    def _prepare_move(self, partners):
        """``partners`` are about to get another company. Call with sudo.

        They would take along what the tier of the one they leave has given, and Odoo puts the price list that a contact
        has on his new company: it is taken off for the moment.

        :return: function that puts it on again once they have moved
        """
        Partner = self.env["res.partner"]
        names = {
            benefit: name for benefit, name in self._get_benefits().items() if name in Partner._commercial_fields()
        }
        grants = self.search(
            [
                ("partner_id", "in", (partners | partners.commercial_partner_id).ids),
                ("benefit", "in", list(names)),
            ]
        )
        standing = grants.filtered(
            lambda grant: (
                grant.partner_id.commercial_partner_id == grant.partner_id
                and grant.partner_id.with_company(grant.company_id)[names[grant.benefit]].id == grant.given_id
            )
        )
        existing = {benefit: self._get_existing(held) for benefit, held in standing.grouped("benefit").items()}

        def write(grants, previous):
            groups = defaultdict(Partner.browse)
            for grant in grants:
                value = grant.previous_id if previous else grant.given_id
                value = value if value in existing[grant.benefit] else False
                groups[grant.company_id, names[grant.benefit], value] |= grant.partner_id
            for (company, name, value), customers in groups.items():
                customers.with_company(company).with_context(tracking_disable=True).write({name: value})

        def finish():
            contacts = standing.filtered(lambda grant: grant.partner_id.commercial_partner_id != grant.partner_id)
            write(standing - contacts, previous=False)
            for grant in contacts:
                # who has become a contact has what his company has; Odoo sees to that only where the parent changes
                contact = grant.partner_id.with_company(grant.company_id).with_context(tracking_disable=True)
                name = names[grant.benefit]
                contact[name] = contact.commercial_partner_id[name]
            contacts.unlink()

        write(standing, previous=True)
        return finish


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _get_changing_company(self, vals):
        """Those who belong to another company, or become one, once ``vals`` are written.

        Looks at the values first: whatever else is written to partners costs no query.
        """
        changing = {"parent_id", "is_company"} & vals.keys()
        if not changing:
            return self.browse()

        def is_changing(partner):
            present = {"parent_id": partner.parent_id.id, "is_company": partner.is_company}
            return any(vals[name] != present[name] for name in changing)

        return self.filtered(is_changing)

    def write(self, vals):
        """Costs a query where a contact gets another company, and nothing otherwise."""
        moving = self._get_changing_company(vals)
        if not moving:
            return super().write(vals)
        # sudo: who edits contacts need not see what tiers give
        finish = self.env["customer.value.grant"].sudo()._prepare_move(moving)
        result = super().write(vals)
        finish()
        return result

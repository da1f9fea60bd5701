import logging
from collections import defaultdict
from typing import NamedTuple

from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import split_every

from ..core.differing import write_differing

_logger = logging.getLogger(__name__)

BATCH = 1000

PRICELIST = "specific_property_product_pricelist"


class Step(NamedTuple):
    """One benefit of one customer: what becomes of its grant once the customer has the value.

    ``name``: of the customer's field. ``value``: id of the record that the customer gets, 0 for none; None where they
    keep what they have. ``vals``: of the grant; None where the benefit is taken back.
    """

    partner: models.BaseModel
    grant: models.BaseModel
    benefit: str
    name: str
    value: int | None = None
    vals: dict | None = None
    note: str | None = None

    @property
    def is_tracked(self):
        """Whether the chatter tells of the field: Odoo's own line is left out, see ``_put``."""
        return bool(getattr(self.partner._fields[self.name], "tracking", None))


class Standing(NamedTuple):
    """What tiers have given to customers before these, or contacts of theirs, get another company.

    ``existing``: dict from benefits to the ids of those records, given or from before, that have not been deleted.
    """

    grants: models.BaseModel
    existing: dict


class CustomerValueGrant(models.Model):
    """A value that a tier has put on a customer, and what stood there before.

    When the customer leaves the tier, the value before comes back, unless somebody has changed it in the meantime. A
    value that was entered manually before the tier is replaced, and the customer's chatter says so.
    """

    _name = "customer.value.grant"
    _description = "Benefit Granted to a Customer"
    _inherit = ["customer.succession.participant"]
    _order = "partner_id, benefit"
    _succession_layer = 40

    partner_id = fields.Many2one("res.partner", required=True, readonly=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    tier_id = fields.Many2one("customer.value.tier", required=True, readonly=True, index=True, ondelete="cascade")
    benefit = fields.Selection(
        [
            ("pricelist_id", "Pricelist"),
            ("payment_term_id", "Payment terms"),
            ("user_id", "Account manager"),
        ],
        required=True,
        readonly=True,
    )
    given_id = fields.Integer(string="Granted (ID)", required=True, readonly=True)
    previous_id = fields.Integer(string="Previous (ID)", readonly=True)

    # A constraint, so that the merge wizard notices it before it moves foreign keys
    _once = models.Constraint(
        "UNIQUE(partner_id, company_id, benefit)", "Each customer can have each benefit only once per company."
    )

    @api.model
    def _get_benefits(self):
        """:return: ``{field of the tier: field of the customer}``"""
        return {
            "pricelist_id": PRICELIST,
            "payment_term_id": "property_payment_term_id",
            "user_id": "user_id",
        }

    @api.model
    def _follow(self, company, entries, tiers=None):
        """Give and take back benefits after the changes of tier in ``entries``, and say so in the chatter.

        :param entries: ``customer.value.history`` of one company; a customer's last entry counts
        :param dict tiers: partner id: the tier that the customer has by now, if not that of the entry
        """
        tiers = tiers or {entry.partner_id.id: entry.tier_id for entry in entries.sorted("id")}
        notes = self._exchange(company, self.env["res.partner"].browse(tiers), tiers)
        bodies = {}
        for entry in entries:
            if entry.event != "entered" or entry.partner_id.id in notes:
                bodies[entry.partner_id.id] = self._describe(entry, notes.get(entry.partner_id.id, ()))
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)
        # sudo: users have no write access to memberships
        self.env["customer.value.membership"].sudo()._follow(company, entries)

    @api.model
    def _renew(self, tier, partners):
        """Grant customers in ``tier`` its present benefits.

        Values that somebody has entered since the tier granted its own stay.
        """
        notes = self._exchange(tier.company_id, partners, dict.fromkeys(partners.ids, tier), renew=True)
        title = self.env._("The benefits of the tier %s have changed", tier.name)
        bodies = {partner_id: Markup("<br/>").join([title, *lines]) for partner_id, lines in notes.items()}
        if bodies:
            self.env["res.partner"].browse(bodies)._message_log_batch(bodies=bodies)

    @api.model
    def _take_back_all(self):
        """Take what tiers have given from every customer, and say so in the chatter. Call with sudo."""
        none = self.env["customer.value.tier"]
        for (company,) in self._read_group([], ["company_id"]):
            partners = self.search([("company_id", "=", company.id)]).partner_id
            for ids in split_every(BATCH, partners.ids):
                customers = partners.browse(ids)
                notes = self._exchange(company, customers, dict.fromkeys(ids, none))
                bodies = {partner_id: Markup("<br/>").join(lines) for partner_id, lines in notes.items() if lines}
                if bodies:
                    customers.browse(bodies)._message_log_batch(bodies=bodies)

    @api.model
    def _exchange(self, company, partners, tiers, renew=False):
        """Bring customers from the benefits they hold to those of ``tiers``.

        A record that refuses its value is left as it is, with a note; the others get theirs. What others have put on
        top of it is taken off meanwhile.

        :param dict tiers: partner id: tier, empty for none
        :param bool renew: the tier is the same as before; values changed manually since then stay
        :return: dict partner id: list of sentences on values entered manually and on failures
        """
        with self.env["customer.succession"]._exchange(self, company, partners):
            return self._exchange_undermost(company, partners, tiers, renew)

    @api.model
    def _exchange_undermost(self, company, partners, tiers, renew):
        """As :meth:`_exchange`, where nothing lies on top of what tiers have given."""
        partners = partners.with_company(company)
        giving = self.env["customer.value.tier"].union(*tiers.values())._giving()
        tiers = {partner_id: tier & giving for partner_id, tier in tiers.items()}
        grants = self.search([("partner_id", "in", partners.ids), ("company_id", "=", company.id)])
        held = {(grant.partner_id.id, grant.benefit): grant for grant in grants}
        offers = {tier: tier._get_offers() for tier in set(tiers.values())}
        writes, notes, settled = defaultdict(list), defaultdict(list), []
        for benefit, name in self._get_benefits().items():
            existing = self._get_existing(grants.filtered(lambda grant, benefit=benefit: grant.benefit == benefit))
            for partner in partners:
                tier, current = tiers[partner.id], partner[name]
                wanted = offers[tier][benefit]
                grant = held.get((partner.id, benefit), self.browse())
                if not (wanted or grant):
                    continue
                # the field is empty because the granted record was deleted, not because a user emptied it
                gone = grant and not current and grant.given_id not in existing
                ours = bool(grant) and (grant.given_id == current.id or gone)
                if renew and grant and not ours:
                    continue
                previous = grant.previous_id if ours else current.id or 0
                if ours and previous not in existing:
                    previous = 0
                step = Step(partner, grant, benefit, name)
                if wanted:
                    step = self._plan_giving(step, tier, wanted, previous, ours)
                else:
                    step = self._plan_taking_back(step, previous, ours)
                    if not ours:
                        notes[partner.id].append(self._note_kept(benefit, current))
                if step.value is None:
                    settled.append(step)
                else:
                    writes[name, step.value].append(step)
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
    def _plan_giving(self, step, tier, wanted, previous, ours):
        """:param wanted: the record that ``tier`` grants
        :param int previous: id of the record that comes back one day; 0 for none
        :param bool ours: what the customer has is what a tier has given
        """
        current = step.partner[step.name]
        note = None
        if current and not ours:
            note = self._note_replaced(step.benefit, current, wanted)
        elif step.is_tracked:
            note = self._note_changed(step.benefit, current, wanted)
        return step._replace(
            # a grant is stored all the same: it shows that a value entered later is meant to stay
            vals={"tier_id": tier.id, "given_id": wanted.id, "previous_id": previous},
            value=wanted.id if current != wanted else None,
            note=note,
        )

    @api.model
    def _plan_taking_back(self, step, previous, ours):
        """Parameters as of :meth:`_plan_giving`."""
        partner, current = step.partner, step.partner[step.name]
        # partners who have become contacts of another company have the values of that company
        contact = step.name in partner._commercial_fields() and partner.commercial_partner_id != partner
        if not ours or contact or previous == (current.id or 0):
            return step
        note = step.is_tracked and self._note_changed(step.benefit, current, current.browse(previous or ()))
        return step._replace(value=previous, note=note or None)

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
        and send them an email: 50,000 emails, if so many customers are assigned.

        :return: dict partner id: why not
        """
        refused = {}

        def note(partner, error):
            _logger.info("Customer %s refused %s", partner.id, vals, exc_info=error)
            refused[partner.id] = str(error)

        self.env["ir.cron"]._value_do_together(
            partners.with_context(tracking_disable=True), lambda some: some.write(vals), note
        )
        return refused

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
            else:
                same[tuple(step.vals.items())].append(step.grant.id)
        self.browse(obsolete).unlink()
        self.create(created)
        for vals, ids in same.items():
            write_differing(self.browse(ids), dict(vals))

    # -- what the chatter says -------------------------------------------------------------------------------------

    @api.model
    def _get_label(self, benefit):
        return dict(self._fields["benefit"]._description_selection(self.env))[benefit]

    @api.model
    def _note_replaced(self, benefit, old, new):
        return self.env._(
            "%(benefit)s: %(old)s, entered manually, replaced by %(new)s",
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
            "%(benefit)s: %(value)s is kept, because it was entered manually in the meantime",
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

    # -- What tiers have given stays with the customer who has the tier ------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """What tiers have put on the customers is no value of their own: it must not be merged, in any company."""
        grants = self.search([("partner_id", "in", partners.ids)])
        for company, held in grants.grouped("company_id").items():
            self._exchange(company, held.partner_id, dict.fromkeys(held.partner_id.ids, grants.tier_id.browse()))
        self.env.flush_all()

    @api.model
    def _after_merge(self, partner):
        """Give the customer what their tiers give, in every company."""
        scores = self.env["customer.value.score"].search([("partner_id", "=", partner.id), ("tier_id", "!=", False)])
        for company, found in scores.grouped("company_id").items():
            self._exchange(company, found.partner_id, {score.partner_id.id: score.tier_id for score in found})

    @api.model
    def _before_move(self, partners):
        """They would take along what the tier of the customer they leave granted, and Odoo writes the pricelist of a
        contact on their new company: it is removed for the moment.

        :return: :class:`Standing`
        """
        names = self._get_synced_benefits()
        grants = self.search(
            [
                ("partner_id", "in", (partners | partners.commercial_partner_id).ids),
                ("benefit", "in", list(names)),
            ]
        )
        grants = grants.filtered(
            lambda grant: (
                grant.partner_id.commercial_partner_id == grant.partner_id
                and grant.partner_id.with_company(grant.company_id)[names[grant.benefit]].id == grant.given_id
            )
        )
        existing = {benefit: self._get_existing(held) for benefit, held in grants.grouped("benefit").items()}
        standing = Standing(grants, existing)
        self._write_standing(standing, grants, "previous_id")
        return standing

    @api.model
    def _after_move(self, partners, state):
        """Restore the values; partners who have become contacts have those of their company."""
        names = self._get_synced_benefits()
        contacts = state.grants.filtered(lambda grant: grant.partner_id.commercial_partner_id != grant.partner_id)
        self._write_standing(state, state.grants - contacts, "given_id")
        for grant in contacts:
            # Odoo sees to that only where the parent changes
            contact = grant.partner_id.with_company(grant.company_id).with_context(tracking_disable=True)
            name = names[grant.benefit]
            contact[name] = contact.commercial_partner_id[name]
        contacts.unlink()

    @api.model
    def _get_synced_benefits(self):
        """Those of :meth:`_get_benefits` that contacts have from their company."""
        synced = self.env["res.partner"]._commercial_fields()
        return {benefit: name for benefit, name in self._get_benefits().items() if name in synced}

    @api.model
    def _write_standing(self, standing, grants, value_field):
        """Write on the customers of ``grants`` the value named in ``value_field``, as far as it still exists."""
        names = self._get_synced_benefits()
        groups = defaultdict(self.env["res.partner"].browse)
        for grant in grants:
            value = grant[value_field]
            value = value if value in standing.existing[grant.benefit] else False
            groups[grant.company_id, names[grant.benefit], value] |= grant.partner_id
        for (company, name, value), customers in groups.items():
            customers.with_company(company).with_context(tracking_disable=True).write({name: value})

    # -- The level of the addon partnership writes no pricelist where tiers do -----------------------------------------

    @api.model
    def _get_followed(self, vals):
        # partnership gives the level's pricelist in its own write, and leaves nothing else to take hold of
        if (
            vals.get("grade_id")
            and "grade_id" in self.env["res.partner"]._fields
            and self.env.company._tier_writes_pricelist()
        ):
            return frozenset({"grade_id"})
        return super()._get_followed(vals)

    @api.model
    def _before_values(self, partners, vals):
        """:return: dict from pricelists to partners who have them"""
        return partners.grouped(PRICELIST)

    @api.model
    def _after_values(self, partners, state):
        for pricelist, having in state.items():
            if having[PRICELIST] != pricelist:
                having.write({PRICELIST: pricelist.id})

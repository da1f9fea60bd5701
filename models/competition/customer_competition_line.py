from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import ormcache
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

BY_DEAL = _lt("This follows from the deal. Change the opportunity or the quotation instead.")

OUTCOMES = [("open", "Open"), ("won", "Won"), ("lost", "Deal Lost")]


class CustomerCompetitionLine(models.Model):
    """A competitor in the running for a deal, and what we heard of their offer.

    A deal is an opportunity with all of its quotations, or a quotation without an opportunity. Prices are untaxed, in
    the currency of the quotation, or of the company for opportunities.
    """

    _name = "customer.competition.line"
    _description = "Competitor in a Deal"
    _inherit = ["customer.value.company.record", "customer.value.workflow.record"]
    _order = "is_winner desc, is_incumbent desc, id"
    _rec_name = "competitor_id"
    _company_given_by = frozenset({"company_id", "lead_id", "order_id"})

    lead_id = fields.Many2one(
        "crm.lead",
        string="Opportunity",
        compute="_compute_lead_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        ondelete="cascade",
    )
    order_id = fields.Many2one("sale.order", string="Quotation", index="btree_not_null", ondelete="cascade")
    competitor_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("is_competitor", "=", True)],
        context={"default_is_competitor": True, "default_is_company": True},
    )
    is_incumbent = fields.Boolean(string="Incumbent", help="The customer buys this from them today.")
    is_winner = fields.Boolean(string="Won by Them", copy=False, help="The deal was lost to this competitor.")
    price = fields.Monetary(string="Price Heard", help="Untaxed. Leave it empty if it is not known.")
    own_price = fields.Monetary(
        string="Our Price",
        compute="_compute_own_price",
        store=True,
        workflow=BY_DEAL,
        help="Untaxed amount of the quotation; of the last one, or the expected revenue, for opportunities.",
    )
    price_gap = fields.Float(
        string="Price Gap (%)",
        digits=(16, 2),
        compute="_compute_price_gap",
        store=True,
        aggregator="avg",
        workflow=BY_DEAL,
        help="How much more expensive we were than this competitor; below zero if we were cheaper.",
    )
    note = fields.Char()
    company_id = fields.Many2one("res.company", compute="_compute_deal", store=True, index=True, workflow=BY_DEAL)
    currency_id = fields.Many2one("res.currency", compute="_compute_deal", store=True, workflow=BY_DEAL)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", compute="_compute_deal", store=True, index=True, workflow=BY_DEAL
    )
    user_id = fields.Many2one("res.users", string="Salesperson", compute="_compute_deal", store=True, workflow=BY_DEAL)
    outcome = fields.Selection(OUTCOMES, compute="_compute_outcome", store=True, workflow=BY_DEAL)
    decided_on = fields.Date(compute="_compute_outcome", store=True, workflow=BY_DEAL)
    tier_id = fields.Many2one(
        "customer.value.tier",
        string="Customer Tier",
        compute="_compute_outcome",
        store=True,
        ondelete="set null",
        workflow=BY_DEAL,
        help="When the deal was decided.",
    )

    _deal = models.Constraint(
        "CHECK(lead_id IS NOT NULL OR order_id IS NOT NULL)", "A competitor needs an opportunity or a quotation."
    )
    _price = models.Constraint("CHECK(price >= 0)", "The price of a competitor cannot be below zero.")
    _lead_competitor = models.UniqueIndex(
        "(lead_id, competitor_id) WHERE lead_id IS NOT NULL", "This competitor is already on the opportunity."
    )
    _order_competitor = models.UniqueIndex(
        "(order_id, competitor_id) WHERE lead_id IS NULL", "This competitor is already on the quotation."
    )
    _lead_winner = models.UniqueIndex(
        "(lead_id) WHERE is_winner AND lead_id IS NOT NULL", "A deal can be lost to one competitor only."
    )
    _order_winner = models.UniqueIndex(
        "(order_id) WHERE is_winner AND lead_id IS NULL", "A deal can be lost to one competitor only."
    )

    # -- the deal ------------------------------------------------------------------------------------------------------

    def _get_deal(self):
        """The opportunity and the quotation; of those that a form names, what the user may read."""
        self.ensure_one()
        deal = self.lead_id, self.order_id
        if self.id:
            return deal
        return tuple(
            record if record._origin.with_user(self.env.user)._filtered_access("read") == record._origin else record[:0]
            for record in deal
        )

    @api.depends("order_id.opportunity_id")
    def _compute_lead_id(self):
        """What was heard for a quotation belongs to its opportunity, once it has one and if it is not known there."""
        for line in self:
            lead = line._get_deal()[1].opportunity_id
            if lead and line.competitor_id not in (lead.competition_line_ids - line).competitor_id:
                line.lead_id = lead
            else:
                line.lead_id = line.lead_id

    @api.depends(
        "lead_id.partner_id.commercial_partner_id",
        "lead_id.company_id",
        "lead_id.team_id.company_id",
        "lead_id.user_id",
        "order_id.value_customer_id.commercial_partner_id",
        "order_id.company_id",
        "order_id.currency_id",
        "order_id.user_id",
    )
    def _compute_deal(self):
        for line in self:
            lead, order = line._get_deal()
            line.company_id = order.company_id or lead.company_id or lead.team_id.company_id or self.env.company
            line.currency_id = order.currency_id or line.company_id.currency_id
            line.partner_id = (lead.partner_id or order.value_customer_id).commercial_partner_id
            line.user_id = lead.user_id if lead else order.user_id

    @api.depends("lead_id.won_status", "lead_id.date_closed", "order_id")
    def _compute_outcome(self):
        """States of orders are followed by :meth:`_follow_orders`."""
        states = {"sale": "won", "cancel": "lost"}
        for line in self:
            lead, order = line._get_deal()
            if lead:
                outcome = {"pending": "open"}.get(lead.won_status, lead.won_status)
                moment = lead.date_closed
            else:
                outcome = states.get(order.state, "open")
                moment = order.date_order if outcome == "won" else None
            line.outcome = outcome
            if outcome == "open":
                line.decided_on = line.tier_id = False
                continue
            company = line.company_id
            line.decided_on = company._get_value_day(moment) if moment else company._get_value_today()
            # sudo: the tier counts whichever user decides the deal
            line.tier_id = line.partner_id.sudo().with_company(company).value_tier_id

    @api.depends(
        "lead_id.expected_revenue",
        "lead_id.order_ids.state",
        "lead_id.order_ids.amount_untaxed",
        "order_id.amount_untaxed",
        "currency_id",
    )
    def _compute_own_price(self):
        for line in self:
            lead, order = line._get_deal()
            quotation = order or lead.order_ids.filtered(lambda order: order.state != "cancel")[:1]
            if quotation:
                line.own_price = quotation.currency_id._convert(
                    quotation.amount_untaxed, line.currency_id, line.company_id, quotation.date_order
                )
            else:
                line.own_price = lead.expected_revenue

    @api.depends("price", "own_price")
    def _compute_price_gap(self):
        for line in self:
            known = line.price and line.own_price
            line.price_gap = 100 * (line.own_price / line.price - 1) if known else False

    # -- states of orders ----------------------------------------------------------------------------------------------
    # A dependency would look for lines with each order that is confirmed, also where nobody enters competitors.

    @api.model_create_multi
    def create(self, vals_list):
        """:raise AccessError: the user may not read the deal, the price of which is kept"""
        for vals in vals_list:
            self._check_deal(vals)
        lines = super().create(vals_list)
        lines._remember_orders()
        return lines

    def write(self, vals):
        """:raise AccessError: as of ``create``"""
        self._check_deal(vals)
        result = super().write(vals)
        if vals.get("order_id"):
            self._remember_orders()
        return result

    def _check_deal(self, vals):
        for name in ("lead_id", "order_id"):
            self.env[self._fields[name].comodel_name].browse(vals.get(name) or ()).check_access("read")

    def _remember_orders(self):
        if self.order_id and not self._has_orders():
            self.env.registry.clear_cache()

    @api.model
    @ormcache()
    def _has_orders(self):
        """Whether competitors are entered for quotations at all; said to be so even after the last of them is gone."""
        return bool(self.sudo().search_count([("order_id", "!=", False)], limit=1))

    @api.model
    def _follow_orders(self, orders):
        """Orders were confirmed or canceled, or are quotations again."""
        if not self._has_orders():
            return
        # sudo: what becomes of a deal is kept, whoever decides it
        lines = self.sudo().search([("order_id", "in", orders.ids)])
        for name in ("outcome", "decided_on", "tier_id"):
            self.env.add_to_compute(self._fields[name], lines)

    @api.constrains("competitor_id")
    def _check_competitor(self):
        for line in self:
            if not line.competitor_id.is_competitor:
                raise ValidationError(
                    self.env._(
                        "%s is not marked as a competitor. Tick “Competitor” on the contact first.",
                        line.competitor_id.display_name,
                    )
                )

    # -- what follows -------------------------------------------------------------------------------------------------

    @api.model
    def _note(self, deals, competitor, values):
        """Keep ``values`` of ``competitor`` for each of ``deals``; what is known and not among them stays.

        :param deals: ``crm.lead`` or ``sale.order``
        :param dict values: of the lines; without those that are empty
        """
        values = {name: value for name, value in values.items() if value}
        name = "lead_id" if deals._name == "crm.lead" else "order_id"
        for deal in deals:
            lines = deal.competition_line_ids
            if values.get("is_winner"):
                earlier = lines.filtered(lambda line: line.is_winner and line.competitor_id != competitor)
                earlier.is_winner = False
                # a deal has one winner at any moment, also in the database
                earlier.flush_recordset(["is_winner"])
            if line := lines.filtered(lambda line: line.competitor_id == competitor):
                line.write(values)
            else:
                self.create({name: deal.id, "competitor_id": competitor.id, **values})

    @api.model
    def _move(self, leads, lead):
        """Give competitors of ``leads``, which are merged into ``lead``, to it.

        Of a competitor that it has already, only what was not known of them is taken. Who has won the others is no
        longer known to have won the whole, unless it is lost, too.
        """
        known = {line.competitor_id: line for line in lead.sudo().competition_line_ids}
        for line in leads.sudo().competition_line_ids:
            if lead.won_status != "lost" or any(other.is_winner for other in known.values()):
                line.is_winner = False
            if present := known.get(line.competitor_id):
                present.order_id = present.order_id or line.order_id
                for name in ("is_incumbent", "is_winner", "price", "note"):
                    present[name] = present[name] or line[name]
            else:
                line.lead_id = lead
                known[line.competitor_id] = line

    @api.model
    def _get_battle_cards(self, partner, company, competitors):
        """What to know of competitors before quoting; those met earlier at the customer if none are given.

        :return: list of dicts of ``id``, ``name``, ``incumbent``, ``price_position``, ``how_to_win``, ``strengths``,
            ``weaknesses`` and ``record`` (how deals against them went, in words)
        """
        met = self.search(
            Domain("partner_id", "=", partner.commercial_partner_id.id) & Domain("company_id", "=", company.id),
            order="is_incumbent desc, id desc",
        )
        competitors = (competitors or met.competitor_id)[:3]
        incumbents = met.filtered("is_incumbent").competitor_id
        Report = self.env["customer.competition.report"]
        positions = dict(self.env["res.partner"]._fields["competitor_price"]._description_selection(self.env))
        return [
            {
                "id": competitor.id,
                "name": competitor.display_name,
                "incumbent": competitor in incumbents,
                "price_position": positions.get(competitor.competitor_price, ""),
                "how_to_win": competitor.competitor_how_to_win or "",
                "strengths": competitor.competitor_strengths or "",
                "weaknesses": competitor.competitor_weaknesses or "",
                "record": Report._describe_record(competitor, company),
            }
            for competitor in competitors
        ]

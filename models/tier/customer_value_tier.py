from odoo import api, fields, models
from odoo.tools import SQL, ormcache

from ..core.locking import LOCK_RUN, lock_company
from .customer_value_grant import BATCH


class CustomerValueTier(models.Model):
    """What a tier gives its customers. Each benefit is optional."""

    _name = "customer.value.tier"
    _inherit = ["customer.value.tier", "customer.value.remembered"]
    _check_company_auto = True
    _remembered = frozenset({"limit_discount", "policy_id", "delivery_priority", "loyalty_program_ids", "sla_ids"})

    pricelist_id = fields.Many2one("product.pricelist", check_company=True, help="Pricelist of the tier's customers.")
    payment_term_id = fields.Many2one("account.payment.term", string="Payment Terms", check_company=True)
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        check_company=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        check_company=True,
        help="Sales team for new quotations and opportunities of these customers, unless another one is chosen.",
    )
    delivery_priority = fields.Selection(
        [("0", "Normal"), ("1", "Urgent")],
        default="0",
        required=True,
        help="Urgent: deliveries of orders confirmed from now on are starred and reserved first.",
    )
    helpdesk_team_id = fields.Many2one(
        "helpdesk.ticket.team",
        check_company=True,
        help="Team for tickets of these customers, unless another one is chosen.",
    )
    helpdesk_priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        string="Ticket Priority",
        help="Minimum priority of tickets of these customers.",
    )
    # Not copied: these belong to the tier that customers have, whatever version of the policy is in force. A draft
    # would open or close a program before it is activated.
    sla_ids = fields.Many2many(
        "helpdesk.sla",
        string="Service Levels",
        copy=False,
        check_company=True,
        help="Service levels reserved for this and other listed tiers. Service levels for all customers apply as well.",
    )
    loyalty_program_ids = fields.Many2many(
        "loyalty.program",
        string="Loyalty Programs",
        copy=False,
        check_company=True,
        groups="sales_team.group_sale_salesman",
        help="Programs that can only be used by customers of this and other listed tiers.",
    )
    benefit_text = fields.Html(
        string="Text for Customer", translate=True, help="Shown to the customer: benefits of the tier."
    )
    limit_discount = fields.Boolean(
        string="Limit Discounts",
        help="A higher discount on an order of these customers requires a sales manager's approval.",
    )
    maximum_discount = fields.Float(string="Maximum Discount (%)", digits="Discount")
    has_stock = fields.Boolean(compute="_compute_hosts")
    pricelist_by_level = fields.Boolean(compute="_compute_hosts", string="Pricelist by Level")
    pricelists_off = fields.Boolean(compute="_compute_pricelists_off", string="Pricelists Switched Off")
    archived_benefits = fields.Char(compute="_compute_archived_benefits")
    is_club = fields.Boolean(string="Club", help="Customers of this tier are members of a club.")
    club_name = fields.Char(translate=True, help="Leave empty to use the name of the tier.")
    club_terms = fields.Html(string="Terms of Membership", translate=True, help="Member benefits and obligations.")
    membership_months = fields.Integer(
        default=12,
        string="Membership Duration (months)",
        help="Duration of a membership. It is renewed as long as the customer stays in the tier. 0: until the "
        "customer leaves the tier.",
    )
    season_from = fields.Date(
        help="First day of the club season. There are no members before this date.", string="Season Start"
    )
    season_until = fields.Date(
        help="Last day of the club season: all memberships end, and the benefits of the tier are revoked.",
        string="Season End",
    )
    benefits_given = fields.Selection(
        [("yes", "Granted"), ("no", "Revoked")],
        readonly=True,
        copy=False,
        help="Progress of the benefits of the customers in this club when its season last started or ended.",
        string="Granted Benefits",
    )
    member_count = fields.Integer(compute="_compute_member_count", string="Members")
    benefits_due = fields.Boolean(copy=False, readonly=True)
    benefits_done_id = fields.Integer(
        copy=False,
        readonly=True,
        help="Customers up to this ID have received the current benefits.",
        string="Benefits Processed",
    )
    benefits_due_count = fields.Integer(compute="_compute_benefits_due_count", string="Customers Waiting for Benefits")

    _maximum_discount = models.Constraint(
        "CHECK(maximum_discount IS NULL OR maximum_discount BETWEEN 0 AND 100)",
        "The maximum discount of a tier must be between 0% and 100%.",
    )
    _membership_months = models.Constraint(
        "CHECK(membership_months BETWEEN 0 AND 1200)", "The membership duration must be 0 to 1,200 months. 0: no end."
    )
    _season = models.Constraint(
        "CHECK(season_until IS NULL OR season_from IS NULL OR season_until >= season_from)",
        "The season of a club cannot end before it starts.",
    )

    @api.model
    def _get_bulk_references(self):
        # a foreign key would take the grants with the tier, and the benefits could not be revoked any more
        return super()._get_bulk_references() | {"customer.value.grant": ("tier_id",)}

    # -- what is given -----------------------------------------------------------------------------------------------

    @api.depends("company_id.value_pricelist_source")
    def _compute_hosts(self):
        self.has_stock = "picking_ids" in self.env["sale.order"]._fields
        for tier in self:
            tier.pricelist_by_level = bool(tier.company_id) and not tier.company_id._tier_writes_pricelist()

    @api.depends("pricelist_id", "company_id.value_pricelist_source")
    def _compute_pricelists_off(self):
        """Odoo then sells to everybody at the sales price, whatever pricelist a customer has."""
        enabled = self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist")
        for tier in self:
            tier.pricelists_off = bool(tier.pricelist_id) and not enabled and not tier.pricelist_by_level

    @api.depends("pricelist_id.active", "payment_term_id.active", "user_id.active")
    def _compute_archived_benefits(self):
        for tier in self:
            benefits = [tier[name] for name in self.env["customer.value.grant"]._get_benefits()]
            archived = [value.display_name for value in benefits if value and not value.active]
            tier.archived_benefits = ", ".join(archived)

    def _get_offers(self):
        """What is written on customers of this tier, or of none; an archived record is not given.

        :return: ``{benefit: record, maybe empty}``
        """
        offers = {name: self[name] for name in self.env["customer.value.grant"]._get_benefits()}
        offers = {name: value.filtered("active") for name, value in offers.items()}
        if self and not self.company_id._tier_writes_pricelist():
            offers["pricelist_id"] = offers["pricelist_id"].browse()
        return offers

    def _has_benefits(self):
        """Whether anything is written on the customers of this tier, or they are members of a club."""
        self.ensure_one()
        return self.is_club or any(self._get_offers().values())

    # -- A tier may be a club: customers in it are members, and what the tier gives are the members' benefits ---------

    def _compute_member_count(self):
        counts = dict(
            self.env["customer.value.membership"]._read_group(
                [("tier_id", "in", self.ids), ("state", "=", "active")], ["tier_id"], ["__count"]
            )
        )
        for tier in self:
            tier.member_count = counts.get(tier, 0)

    def _is_giving(self):
        """Whether the tier gives its benefits today: a club out of season does not."""
        self.ensure_one()
        today = (self.company_id or self.env.company)._get_value_today()
        return not self.is_club or (
            (not self.season_from or self.season_from <= today)
            and (not self.season_until or self.season_until >= today)
        )

    def _giving(self):
        """The tiers among ``self`` that give their benefits today."""
        return self.filtered(lambda tier: tier._is_giving())

    @api.model
    @ormcache()
    def _get_urgent_ids(self):
        """:return: frozenset of the ids of the tiers whose deliveries are urgent"""
        # sudo: whoever confirms an order need not see tiers
        return frozenset(self.sudo().search([("delivery_priority", "=", "1")]).ids)

    @api.model
    def _get_season_changes(self, company):
        """Clubs of ``company`` whose benefits have to be given or taken back, because the season began or ended."""
        clubs = self.search(
            [
                ("company_id", "=", company.id),
                ("policy_id.state", "=", "active"),
                "|",
                ("is_club", "=", True),
                ("benefits_given", "=", "no"),
            ]
        )
        return clubs.filtered(lambda tier: tier.benefits_given != tier._season_state())

    def _season_state(self):
        return "yes" if self._is_giving() else "no"

    def action_view_members(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id("customer_value.action_customer_value_membership")
        return action | {"domain": [("tier_id", "=", self.id)], "context": {"search_default_active": 1}}

    # -- Giving the benefits anew to those who are in the tier, after they were changed -------------------------------

    @api.depends("benefits_due", "benefits_done_id")
    def _compute_benefits_due_count(self):
        due = self.filtered("benefits_due")
        counts = {}
        if due.ids:
            self.env["customer.value.tier"].flush_model(["benefits_done_id"])
            rows = self.env.execute_query(
                SQL(
                    "SELECT s.tier_id, count(*) FROM customer_value_score s JOIN customer_value_tier t"
                    " ON t.id = s.tier_id WHERE t.id IN %s AND s.partner_id > COALESCE(t.benefits_done_id, 0)"
                    " GROUP BY s.tier_id",
                    tuple(due.ids),
                )
            )
            counts = dict(rows)
        for tier in self:
            tier.benefits_due_count = counts.get(tier._origin.id, 0)

    @api.model
    def _get_limiting_fields(self):
        return super()._get_limiting_fields() | {"limit_discount", "maximum_discount"}

    def write(self, vals):
        if not vals.keys() & self.env["customer.value.grant"]._get_benefits().keys():
            return super().write(vals)
        before = {tier: tier._get_offers() for tier in self}
        result = super().write(vals)
        in_force = self.filtered(lambda tier: tier.policy_id.state == "active")
        in_force.filtered(lambda tier: tier._get_offers() != before[tier])._renew_benefits()
        return result

    def _swap_with(self, other):
        """``other`` is the tier that customers have: they get our benefits if those differ from what it had."""
        due = other.benefits_due or self._get_offers() != other._get_offers()
        result = super()._swap_with(other)
        self.env.registry.clear_cache()
        self.write({"benefits_due": False, "benefits_done_id": 0})
        if due:
            other._renew_benefits()
        return result

    def _renew_benefits(self):
        """Let the scheduled job give their benefits to all who are in these tiers, beginning now."""
        inhabited = self.filtered("score_count")
        if inhabited:
            inhabited.write({"benefits_due": True, "benefits_done_id": 0})
            # sudo: managers of tiers do not edit scheduled jobs
            self.env.ref("customer_value.cron_renew_benefits").sudo()._trigger()

    @api.model
    def _cron_renew_benefits(self):
        """Go on with runs and with tiers whose benefits were changed, a batch at a time."""
        runs = self.env["customer.value.run"].search([("benefits_due", "=", True)], order="id")
        if runs:
            self.env["ir.cron"]._value_do_in_parts(
                runs, "_follow_part", remaining=sum(runs.mapped("benefits_due_count")), channel="benefits"
            )
        tiers = self.search([("benefits_due", "=", True)])
        self.env["ir.cron"]._value_do_in_parts(
            tiers, "_renew_part", remaining=sum(tiers.mapped("benefits_due_count")), channel="benefits"
        )

    def _renew_part(self):
        """:return: number of customers treated, 0 after the last of them; None where a run is at work"""
        self.ensure_one()
        if not self.benefits_due:
            return 0
        if not self._lock_scores():
            self._renew_soon()
            return None
        return self._renew_batch()

    @api.model
    def _renew_soon(self):
        """Let the scheduled job look again: there is nothing to do until the run at work has ended."""
        soon = fields.Datetime.add(fields.Datetime.now(), minutes=1)
        self.env.ref("customer_value.cron_renew_benefits")._trigger(soon)

    def _lock_scores(self):
        """Whether no run of the company is in progress; none starts until the transaction ends."""
        return lock_company(self.company_id, LOCK_RUN, wait=False)

    def _renew_batch(self):
        """:return: number of customers treated"""
        self.ensure_one()
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                "SELECT partner_id FROM customer_value_score WHERE tier_id = %s AND partner_id > %s"
                " ORDER BY partner_id LIMIT %s",
                self.id,
                self.benefits_done_id,
                BATCH,
            )
        )
        partners = self.env["res.partner"].browse(partner_id for (partner_id,) in rows)
        # sudo: as in customer.value.run._give_benefits
        self.env["customer.value.grant"].sudo()._renew(self, partners)
        if len(partners) < BATCH:
            self.write({"benefits_due": False, "benefits_done_id": 0})
        else:
            self.benefits_done_id = partners[-1].id
        self.env.flush_all()
        self.env.invalidate_all(flush=False)
        return len(partners)

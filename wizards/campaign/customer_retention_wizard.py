import ast

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date
from psycopg2 import DataError

from ...models.campaign.customer_retention_campaign import OPEN_STATES, PURPOSES
from ...models.campaign.customer_retention_campaign_view import SAMPLE

# What the wizard passes to the campaign unchanged.
CAMPAIGN_FIELDS = (
    "name", "company_id", "purpose", "reason_id", "offer_id", "product_id", "user_id", "executor", "user_ids",
    "date_start", "date_end", "measure_until", "holdout_percent", "without_holdout", "seed", "confidence", "power",
    "budget",
)  # fmt: skip

# Models whose saved filters make an audience: those that customers are worked with.
FILTER_MODELS = (
    "res.partner", "customer.value.score", "customer.retention.risk", "customer.retention.loss",
    "customer.value.history", "sale.order", "account.move", "crm.lead", "helpdesk.ticket",
)  # fmt: skip

# The web client passes at most so many ids, unless the parameter web.active_ids_limit says otherwise.
ACTIVE_IDS_LIMIT = 20_000


class _WithUser(ast.NodeTransformer):
    """Puts the user into a saved filter such as ``[("user_id", "=", uid)]``."""

    def __init__(self, uid):
        self.uid = uid

    def visit_Name(self, node):
        return ast.Constant(self.uid) if node.id == "uid" else node


class CustomerRetentionWizard(models.TransientModel):
    """Audience, purpose, offer, responsible, schedule; then size, cost and what the size can show; then the start.

    Opened with ``active_model`` and ``active_ids`` (any model with ``partner_id``, partners, or segments), or with
    ``default_audience_model`` and ``default_audience_domain``, or with ``default_campaign_id``.
    """

    _name = "customer.retention.wizard"
    _description = "Retention Wizard"

    campaign_id = fields.Many2one(
        "customer.retention.campaign",
        check_company=True,
        domain="[('state', 'in', ('draft', 'running', 'paused')), ('company_id', '=', company_id)]",
        ondelete="cascade",
        help="A draft to continue, or a running campaign to add customers to. Leave empty to create a new campaign.",
    )
    campaign_state = fields.Selection(related="campaign_id.state")
    is_adding = fields.Boolean(compute="_compute_is_adding")

    # Audience
    audience = fields.Selection(
        [("selected", "Selected customers"), ("filter", "A saved filter"), ("segment", "A segment")],
        required=True,
        default="filter",
    )
    audience_model = fields.Char()
    audience_domain = fields.Char()
    audience_text = fields.Char(compute="_compute_audience_text", string="Selected")
    filter_id = fields.Many2one("ir.filters", domain=[("model_id", "in", FILTER_MODELS)], ondelete="cascade")
    segment_id = fields.Many2one(
        "customer.value.segment",
        check_company=True,
        domain="[('company_id', '=', company_id), ('policy_id.state', '=', 'active')]",
        ondelete="cascade",
    )

    # What the campaign will be
    name = fields.Char(required=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    purpose = fields.Selection(PURPOSES, required=True, default="retention")
    reason_id = fields.Many2one("customer.retention.reason", ondelete="cascade")
    offer_id = fields.Many2one(
        "customer.retention.offer",
        check_company=True,
        domain="[('company_id', '=', company_id), '|', ('reason_ids', '=', False), ('reason_ids', '=?', reason_id)]",
        ondelete="cascade",
    )
    has_letter = fields.Boolean(related="offer_id.has_letter")
    product_id = fields.Many2one("product.product", help="Product to be sold by the campaign.", ondelete="cascade")
    user_id = fields.Many2one("res.users", string="Owner", check_company=True, ondelete="cascade")
    executor = fields.Selection(
        [("manager", "Each customer's account manager"), ("users", "Specific users")],
        required=True,
        default="manager",
        help="Customers without an account manager are assigned to the responsible user.",
        string="Execution",
    )
    user_ids = fields.Many2many("res.users", string="Assigned Users", help="Assigned users share the customers evenly.")
    date_start = fields.Date(help="First day of the campaign.")
    date_end = fields.Date(help="Last day on which offers are made.")
    measure_until = fields.Date(help="Orders up to this day are included in the result.")
    holdout_percent = fields.Float(string="Control Group (%)")
    without_holdout = fields.Boolean(
        string="No Control Group",
        help="All customers receive the offer. The effect of the campaign cannot be measured, and no result is shown.",
    )
    seed = fields.Char(
        help="Determines the random selection of the control group: the same seed gives the same selection."
    )
    confidence = fields.Float(string="Confidence (%)")
    power = fields.Float(string="Power (%)")
    budget = fields.Monetary(help="The campaign stops before exceeding this amount. 0: no limit.")

    @api.model
    def default_get(self, fields_list):
        """What a new campaign has by default, for those selected in a list."""
        values = super().default_get(fields_list)
        defaults = self.env["customer.retention.campaign"].default_get(list(CAMPAIGN_FIELDS))
        for name, value in defaults.items():
            if name in fields_list:
                values.setdefault(name, value)
        if values.get("campaign_id"):
            campaign = self.env["customer.retention.campaign"].browse(values["campaign_id"])
            values |= campaign._convert_to_write({name: campaign[name] for name in CAMPAIGN_FIELDS})
        else:
            values.setdefault(
                "name", self.env._("Campaign of %s", format_date(self.env, self.env.company._get_value_today()))
            )
        values |= self._get_audience_defaults(values)
        return {name: value for name, value in values.items() if name in fields_list}

    @api.model
    def _get_audience_defaults(self, values):
        """The selected customers, and what follows from the selection.

        :param dict values: known so far
        """
        context = self.env.context
        model, ids = context.get("active_model"), context.get("active_ids") or []
        if model == self._name or model == "customer.retention.campaign":
            model = None
        if values.get("audience_model"):
            found = {"audience": "selected"}
            return found | self._get_suggestions(values["audience_model"], values.get("audience_domain"), values)
        if model in self.env and ids:
            domain = [("id", "in", ids)]
            limit = self.env["ir.config_parameter"].sudo().get_param("web.active_ids_limit", ACTIVE_IDS_LIMIT)
            if len(ids) >= int(limit) and context.get("active_domain"):
                # the client has cut off the selection of a whole list
                domain = context["active_domain"]
            found = {"audience": "selected", "audience_model": model, "audience_domain": repr(domain)}
            return found | self._get_suggestions(model, domain, values)
        campaign = self.env["customer.retention.campaign"].browse(values.get("campaign_id"))
        if campaign.state == "draft" and campaign.audience_model:
            return {
                "audience": "selected",
                "audience_model": campaign.audience_model,
                "audience_domain": campaign.audience_domain,
            }
        return {}

    @api.model
    def _get_suggestions(self, model, domain, values):
        """Purpose, reason and offer that suit the customers, whatever list they were chosen in.

        The purpose is to win them back where all of them are lost. The reason is the one that all of them have; it does
        not matter to a cross-sell. The offer is the first that suits reason and tier, if all have the same, and pays
        for each of those who are lost; a general one otherwise.

        :param model, domain: see ``_get_audience_sql`` of campaigns
        :param dict values: decided so far; a purpose only counts if the caller has named it
        :return: dict of the fields that are not decided yet, as far as something suits
        """
        if values.get("campaign_id"):
            return {}
        company = self.env["res.company"].browse(values.get("company_id")) or self.env.company
        known = self._read_common(company, model, domain)
        if not known["customers"]:
            return {}
        purpose = self.env.context.get("default_purpose")
        if not purpose:
            purpose = "win_back" if known["lost"] == known["customers"] else "retention"
        Reason, Offer = self.env["customer.retention.reason"], self.env["customer.retention.offer"]
        reason = Reason.browse(values.get("reason_id"))
        if not reason and purpose != "cross_sell":
            reason = Reason.browse(known["loss_reason" if purpose == "win_back" else "risk_reason"])
        offers = Offer.search([("company_id", "=", company.id)])
        if purpose == "win_back" and known["lost"]:
            costs = self.env["customer.retention.loss"]._get_offer_costs(offers)
            offers = offers.filtered(lambda offer: costs[offer] <= known["least_value"])
        tier = self.env["customer.value.tier"].browse(known["tier"])
        offer = self.env["customer.retention.risk"]._choose_offer(offers, reason, tier)
        suggested = {"purpose": purpose, "reason_id": reason.id, "offer_id": values.get("offer_id") or offer.id}
        return {name: value for name, value in suggested.items() if value}

    @api.model
    def _read_common(self, company, model, domain):
        """What the customers of an audience have in common; one query, whatever their number.

        :return: dict of ``customers`` and ``lost`` (numbers), ``risk_reason``, ``loss_reason`` and ``tier`` (ids, None
            where not all have the same), and ``least_value`` (second lifetime value, company currency, of those lost)
        :raise UserError: the audience cannot be read
        """
        Campaign = self.env["customer.retention.campaign"]
        audience = Campaign.new({"company_id": company.id})._get_audience_sql(model, domain)
        self.env.flush_all()

        def common(column):
            return SQL("CASE WHEN count(%(c)s) = count(*) AND min(%(c)s) = max(%(c)s) THEN min(%(c)s) END", c=column)

        with Campaign._reading_audience():
            [row] = self.env.execute_query_dict(
                SQL(
                    """SELECT count(*) AS customers, count(loss.id) AS lost,
                              min(loss.second_lifetime_value) AS least_value,
                              %(risk_reason)s AS risk_reason, %(loss_reason)s AS loss_reason, %(tier)s AS tier
                         FROM (%(audience)s) a
                         LEFT JOIN customer_retention_risk risk
                                ON risk.partner_id = a.partner_id AND risk.company_id = %(company)s
                         LEFT JOIN customer_retention_loss loss
                                ON loss.partner_id = a.partner_id AND loss.company_id = %(company)s
                         LEFT JOIN customer_value_score score
                                ON score.partner_id = a.partner_id AND score.company_id = %(company)s""",
                    audience=audience,
                    company=company.id,
                    risk_reason=common(SQL("risk.reason_id")),
                    loss_reason=common(SQL("loss.reason_id")),
                    tier=common(SQL("score.tier_id")),
                )
            )
        return row

    @api.depends("campaign_id")
    def _compute_is_adding(self):
        for wizard in self:
            wizard.is_adding = wizard.campaign_id.state in OPEN_STATES

    @api.depends("audience_model", "audience_domain")
    def _compute_audience_text(self):
        for wizard in self:
            wizard.audience_text = False
            if wizard.audience_model in self.env:
                name = self.env["ir.model"]._get(wizard.audience_model).sudo().name
                Model = self.env[wizard.audience_model].with_company(wizard.company_id)
                try:
                    with self.env["customer.retention.campaign"]._reading_audience():
                        count = Model.search_count(ast.literal_eval(wizard.audience_domain or "[]"))
                except UserError as error:
                    if not self._can_go_on(error):
                        raise
                    wizard.audience_text = str(error)
                else:
                    wizard.audience_text = self.env._("%(model)s: %(count)s", model=name, count=count)

    @api.model
    def _can_go_on(self, error):
        """Whether the transaction can, after an audience could not be read: not so if the database refused."""
        return not isinstance(error.__cause__, DataError)

    @api.onchange("campaign_id")
    def _onchange_campaign_id(self):
        """A campaign chosen brings what has been decided on it."""
        campaign = self.campaign_id
        for name in CAMPAIGN_FIELDS if campaign else ():
            self[name] = campaign[name]
        if campaign.state == "draft" and campaign.audience_model and not self.audience_model:
            self.audience = "selected"
            self.audience_model, self.audience_domain = campaign.audience_model, campaign.audience_domain

    @api.onchange("audience", "filter_id", "segment_id")
    def _onchange_audience(self):
        """As long as no offer is chosen, the audience proposes one, with its purpose and reason."""
        model, domain = self._get_audience()
        if model and not self.offer_id and not self.is_adding:
            decided = {name: self[name].id for name in ("company_id", "campaign_id", "reason_id")}
            self.update(self._get_suggestions(model, domain, decided))

    # -- what the user presses -----------------------------------------------------------------------------------------

    def action_preview(self):
        """Work out size, cost and power.

        :raise UserError: no customers are chosen, or the audience cannot be read
        """
        self._get_audience(required=True)
        self._preview()

    def action_ask_start(self):
        """Say how many get what, show the letter, and start after a confirmation.

        :raise UserError: there is no offer, or no customers are eligible
        """
        return self._ask("start")

    def action_ask_add(self):
        """As :meth:`action_ask_start`, for customers who are added to a running campaign."""
        return self._ask("add")

    def action_preview_letter(self):
        """The letter as one of the customers would get it.

        :raise UserError: the offer has no letter, or no customers are eligible
        """
        return self._ask("letter")

    def action_save(self):
        """Keep it as a draft."""
        campaign = self._write_campaign()
        return self._open(campaign)

    def action_start(self):
        """Draw the control group and begin; warnings not shown yet are shown first.

        :raise UserError: what is missing, see the campaign
        """
        if not self.is_current:
            self._check_offer()
            self.action_preview()
            if self.has_warning:
                return self._reopen()
        campaign = self._write_campaign()
        campaign.action_start()
        return self._open(campaign)

    def action_add(self):
        """Add the customers to a running campaign.

        :raise UserError: no customers are eligible, or the campaign is not running any more
        """
        self.ensure_one()
        model, domain = self._get_audience(required=True)
        treated, holdout = self.campaign_id._add_customers(model, domain)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "Added: %(treated)s customers with the offer, %(holdout)s in the control group.",
                    treated=treated,
                    holdout=holdout,
                ),
                "next": self._open(self.campaign_id),
            },
        }

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _ask(self, step):
        """:param str step: of ``customer.retention.confirmation``"""
        self.ensure_one()
        self._check_offer()
        self.action_preview()
        campaign = self._get_planned()
        if not self.left_count:
            raise UserError(campaign._nobody_left_message())
        if step == "start":
            campaign._check_start()
        return self.env["customer.retention.confirmation"]._open(
            step, self._get_sample_customers(), wizard=self, campaign=self.campaign_id
        )

    def _check_offer(self):
        """:raise UserError: there is no offer; nothing is worked out or drawn without one"""
        if not self.offer_id:
            raise UserError(self.env._("Choose an offer."))

    def _get_sample_customers(self):
        """Some of the eligible customers, those who bring most first; from ``customer_retention_candidate``."""
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id FROM customer_retention_candidate WHERE excluded_by IS NULL
                    ORDER BY margin_before DESC NULLS LAST, partner_id LIMIT %s""",
                SAMPLE,
            )
        )
        return self.env["res.partner"].browse(partner_id for (partner_id,) in rows)

    def _get_audience(self, required=False):
        """:return: tuple of model and domain of the chosen customers, as text; Nones without any, unless ``required``
        :raise UserError: no customers are chosen, or the filter cannot be read
        """
        if self.audience == "segment" and self.segment_id:
            return "customer.value.segment", repr([("id", "=", self.segment_id.id)])
        if self.audience == "filter" and self.filter_id:
            try:
                tree = _WithUser(self.env.uid).visit(ast.parse(self.filter_id.domain, mode="eval"))
                domain = ast.literal_eval(tree.body)
            except (ValueError, TypeError, SyntaxError) as error:
                raise UserError(
                    self.env._(
                        "The filter %s depends on the date and cannot be used here. Apply it in its list, select all "
                        "records, and choose Retention Campaign from the actions.",
                        self.filter_id.name,
                    )
                ) from error
            return self.filter_id.model_id, repr(domain)
        if self.audience == "selected" and self.audience_model:
            return self.audience_model, self.audience_domain
        if required:
            raise UserError(
                self.env._("Choose an audience: select customers in a list, or choose a filter or a segment.")
            )
        return None, None

    def _get_campaign_values(self):
        model, domain = self._get_audience()
        values = self._convert_to_write({name: self[name] for name in CAMPAIGN_FIELDS})
        return values | {"audience_model": model, "audience_domain": domain}

    def _write_campaign(self):
        """The new campaign, or the draft that was chosen, with what was decided.

        :raise UserError: there is no offer, or the campaign has started meanwhile
        """
        self.ensure_one()
        self._get_audience(required=True)
        self._check_offer()
        if self.campaign_id:
            if self.campaign_id.state != "draft":
                raise UserError(
                    self.env._("%s has already started. Add the customers to it instead.", self.campaign_id.name)
                )
            self.campaign_id.write(self._get_campaign_values())
        else:
            self.campaign_id = self.env["customer.retention.campaign"].create(self._get_campaign_values())
        return self.campaign_id

    def _open(self, campaign):
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.retention.campaign",
            "res_id": campaign.id,
            "views": [(False, "form")],
            "target": "main",
        }

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self._description,
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

import numpy as np
from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date
from odoo.tools.misc import formatLang

from ...analytics.acquisition import cohorts, worth
from ...analytics.scoring import backtest
from ...models.core.groups import VALUE_MANAGER, check_group, check_value_company

# Fewer leads say nothing of an order of leads.
LEAST_LEADS = 50
LEAST_WON = 10

# Fields by which Odoo computes probabilities and whose values on a past day are not known
CHANGING = {"stage_id", "tag_ids"}

# What is known of a lead beside the fields of Odoo's probability
COLUMNS = ("id", "decided_before", "won", "margin", "channel", "industry", "country", "revenue")


class CustomerAcquisitionBacktest(models.TransientModel):
    """Would the worth of leads have found more margin than their probability alone? Seen from a past day.

    Odoo does not keep earlier probabilities. They are computed anew, in Odoo's way and by the fields it is set to use,
    from what was decided up to that day; the stage is left out, as nobody knows which it was. Both rankings use the
    same probability, so that they differ by nothing but the expected margin and the cost of pursuit.
    """

    _name = "customer.acquisition.backtest"
    _description = "Backtest of Leads"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    cut_off = fields.Date(
        string="Cut-off",
        required=True,
        default=lambda self: self.env.company._get_value_today() - relativedelta(years=1),
        help="Leads that were open at the end of this day and have been decided since are put in order by what was "
        "known then.",
    )
    leads = fields.Integer(readonly=True, string="Leads Decided Since")
    won = fields.Integer(readonly=True)
    customers = fields.Integer(readonly=True, string="Learned from Customers")
    margin = fields.Monetary(
        readonly=True,
        string="Margin of All",
        help="Net margin since the cut-off of the customers whose leads were won. Several leads of one share it.",
    )
    worth_margin = fields.Monetary(readonly=True, string="Margin Found by Worth")
    probability_margin = fields.Monetary(readonly=True, string="Margin Found by Probability")
    worth_share = fields.Float(readonly=True, string="Share by Worth (%)", digits=(5, 1))
    probability_share = fields.Float(readonly=True, string="Share by Probability (%)", digits=(5, 1))
    better = fields.Selection([("worth", "Worth"), ("probability", "Probability"), ("same", "Neither")], readonly=True)
    verdict = fields.Text(readonly=True)
    missing = fields.Text(readonly=True)

    @api.depends("company_id")
    def _compute_display_name(self):
        self.display_name = self.env._("Backtest of Leads")

    def action_run(self):
        """Put the leads in both orders, say which has found more, and sort leads by it from now on.

        :raise UserError: the cut-off is not in the past
        :raise AccessError: the user may not run it for this company
        """
        self.ensure_one()
        company = check_value_company(self.env, self.company_id.id)
        check_group(self.env, VALUE_MANAGER)
        if self.cut_off >= company._get_value_today():
            raise UserError(self.env._("Choose a cut-off in the past: what has not happened yet cannot be compared."))
        self.write(dict.fromkeys(("verdict", "missing", "better"), False))
        # sudo: figures are of the company, whatever leads the user may open
        values = self.sudo()._judge(company)
        self.write(values)
        if self.better:
            # sudo: what the backtest is for; the settings belong to administrators
            company.sudo().acquisition_sort = "probability" if self.better == "probability" else "worth"

    # -- what is known -------------------------------------------------------------------------------------------------

    @api.model
    def _get_probability_fields(self):
        """Fields of leads by which Odoo computes probabilities, as far as they are kept."""
        names = (self.env["ir.config_parameter"].sudo().get_param("crm.pls_fields") or "").split(",")
        known = self.env["crm.lead"]._fields
        return sorted({name for name in names if name in known and known[name].store} - CHANGING | {"team_id"})

    def _read_leads(self, company, names):
        """Decided leads that were entered up to the cut-off: ``COLUMNS``, then the fields ``names``.

        ``margin`` is what the customers of leads won since then have brought since then; several leads of one customer
        share it.
        """
        Acquisition = self.env["customer.acquisition"]
        scope = Acquisition._get_scope(company)
        closed = scope.day(SQL("COALESCE(lead.date_closed, lead.write_date)"))
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                """
                WITH trade AS MATERIALIZED (%(trade)s),
                brought AS (SELECT partner_id, sum(margin) AS margin FROM trade WHERE day > %(cut_off)s GROUP BY 1),
                decided AS (
                    SELECT lead.*, rp.commercial_partner_id AS customer_id, %(closed)s <= %(cut_off)s AS decided_before
                      FROM %(leads)s
                      LEFT JOIN res_partner rp ON rp.id = lead.partner_id
                     WHERE %(ours)s AND lead.won_status IN ('won', 'lost') AND %(created)s <= %(cut_off)s
                )
                SELECT decided.id, decided.decided_before, decided.won_status = 'won',
                       CASE WHEN decided.won_status = 'won' AND NOT decided.decided_before
                            THEN COALESCE(brought.margin, 0)
                                 / count(*) OVER (PARTITION BY decided.customer_id, decided.won_status,
                                                               decided.decided_before)
                            ELSE 0 END::float8,
                       %(channel)s, company.industry_id, COALESCE(decided.country_id, company.country_id),
                       decided.expected_revenue::float8, %(names)s
                  FROM decided
                  LEFT JOIN res_partner company ON company.id = decided.customer_id
                  LEFT JOIN brought ON brought.partner_id = decided.customer_id
                 ORDER BY decided.id
                """,
                trade=self.env["customer.value.source"]._margin_days_sql(scope),
                cut_off=self.cut_off,
                closed=closed,
                created=scope.day(SQL("lead.create_date")),
                leads=Acquisition._leads_from(),
                ours=Acquisition._our_leads(scope),
                channel=self.env["customer.acquisition.lesson"]._known_channel(
                    cohorts.channel_sql(SQL("decided.source_id"), SQL("decided.medium_id"))
                ),
                names=SQL(", ").join(SQL.identifier("decided", name) for name in names),
            )
        )

    # -- the judgement -------------------------------------------------------------------------------------------------

    def _judge(self, company):
        names = self._get_probability_fields()
        rows = self._read_leads(company, names)
        before = [row for row in rows if row[1]]
        since = [row for row in rows if not row[1]]
        before_it = self.env["customer.acquisition"]._customers_cte(company, self.cut_off)
        customers, learned = self.env["customer.acquisition.lesson"]._learn(company, self.cut_off, before_it)

        def told(row):
            return dict(zip(names, row[len(COLUMNS) :], strict=True))

        probability = worth.odds(
            [told(row) for row in before], [row[2] for row in before], [told(row) for row in since]
        )
        margins = np.array([row[3] for row in since])
        values = {
            "leads": len(since),
            "won": sum(row[2] for row in since),
            "customers": customers,
            "margin": float(margins.sum()),
        }
        missing = self._find_missing(values, learned, probability)
        if missing:
            return values | {"missing": "\n".join(missing)}
        expected = np.array([self._expect(learned, row) for row in since])
        pursuit = self._get_pursuit(company)
        rankings = {
            "worth": backtest.Ranking(probability * expected - pursuit),
            "probability": backtest.Ranking(probability),
        }
        bought = np.array([row[2] for row in since], dtype=bool)
        shares = {name: ranking.measure(margins, bought)["top20"] for name, ranking in rankings.items()}
        difference = backtest.compare(rankings["worth"], rankings["probability"], margins, bought)["top20"]
        gap = round(shares["worth"] - shares["probability"], 6)
        better = "worth" if gap > 0 else "probability" if gap < 0 else "same"
        values |= {"better": better}
        for name, share in shares.items():
            values |= {f"{name}_share": 100 * share, f"{name}_margin": share * values["margin"]}
        return values | {"verdict": self._word(values, difference.verdict != 0)}

    def _get_pursuit(self, company):
        """What a lead costs. By activities it is nothing: nobody knows any more what was done and planned then."""
        if company.acquisition_pursuit_basis == "lead":
            return company.acquisition_pursuit_cost
        return 0.0

    @api.model
    def _expect(self, learned, row):
        lesson = worth.Lesson(learned["mean"], learned["effects"], learned["counts"])
        channel, industry, country, revenue = row[4:8]
        levels = {
            "channel": channel,
            "industry": industry,
            "country": country,
            "size": worth.band(revenue, learned["edges"]),
        }
        return lesson.expected(**{name: str(level) for name, level in levels.items()})

    def _find_missing(self, values, learned, probability):
        """:return: list of sentences; empty where leads can be judged"""
        day = format_date(self.env, self.cut_off)
        missing = []
        if values["leads"] < LEAST_LEADS:
            missing.append(
                self.env._(
                    "At least %(least)s leads that were open on %(day)s and have been won or lost since. There are "
                    "%(count)s.",
                    least=LEAST_LEADS,
                    day=day,
                    count=values["leads"],
                )
            )
        if values["won"] < LEAST_WON:
            missing.append(
                self.env._("At least %(least)s of them won. There are %(count)s.", least=LEAST_WON, count=values["won"])
            )
        if not learned:
            missing.append(
                self.env._(
                    "At least %(least)s customers whose first order was 12 months before %(day)s or earlier. There are "
                    "%(count)s.",
                    least=worth.MIN_CUSTOMERS,
                    day=day,
                    count=values["customers"],
                )
            )
        if probability is None:
            missing.append(self.env._("Leads won and leads lost up to %s: probabilities follow from both.", day))
        if not missing and values["margin"] <= 0:
            missing.append(self.env._("A positive margin of the customers won since %s.", day))
        return missing

    def _word(self, values, is_sure):
        """The verdict in plain sentences."""

        def percent(name):
            return formatLang(self.env, values[f"{name}_share"], digits=1)

        facts = {"worth": percent("worth"), "probability": percent("probability")}
        if values["better"] == "probability":
            told = self.env._(
                "Probability alone was better: the best 20%% of leads by probability brought %(probability)s%% of the "
                "margin, those by worth %(worth)s%%. Leads are sorted by probability from now on.",
                **facts,
            )
        elif values["better"] == "worth":
            told = self.env._(
                "Worth was better: the best 20%% of leads by worth brought %(worth)s%% of the margin, those by "
                "probability alone %(probability)s%%. Leads are sorted by worth from now on.",
                **facts,
            )
        else:
            return self.env._(
                "Worth and probability found the same: the best 20%% of leads by either brought %s%% of the margin. "
                "Leads are sorted by worth.",
                facts["worth"],
            )
        if is_sure:
            return told
        return self.env._("%s The difference is small enough to be chance: repeat it when more is decided.", told)

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import formatLang
from odoo.tools.translate import LazyTranslate

from ...analytics.acquisition import cohorts, worth
from ..core.groups import VALUE_USER, check_group
from .customer_acquisition_lesson import ATTRIBUTES

_lt = LazyTranslate(__name__)

WORKED_OUT = _lt("The app works out what a lead is worth. Press Refresh on the lead to do it now.")


class CrmLead(models.Model):
    """What a lead is worth: its probability times what customers like it brought, less what it costs to pursue it.

    Stored by a statement for all open leads of a company. Writing it through Odoo would track, and touch each lead.
    """

    _name = "crm.lead"
    _inherit = ["crm.lead", "customer.value.workflow.record"]

    value_worth = fields.Monetary(
        string="Worth",
        currency_field="company_currency",
        readonly=True,
        copy=False,
        workflow=WORKED_OUT,
        groups=VALUE_USER,
        help="Probability times the net margin that customers like this one bring in their first 12 months, less the "
        "cost of pursuit. Worked out every day, and by button; 0 until enough customers have been won.",
    )
    value_worth_class = fields.Selection(
        [("best", "Best 20%"), ("worth", "Worth pursuing"), ("not", "Costs more than it brings")],
        string="Worth Class",
        readonly=True,
        copy=False,
        workflow=WORKED_OUT,
        groups=VALUE_USER,
        help="Among the open leads of the company.",
    )
    value_worth_details = fields.Json(readonly=True, copy=False, workflow=WORKED_OUT, groups=VALUE_USER)
    value_worth_on = fields.Date(
        string="Worth As Of",
        readonly=True,
        copy=False,
        workflow=WORKED_OUT,
        groups=VALUE_USER,
        help="Day since which the worth is this.",
    )
    value_worth_text = fields.Html(
        string="Worth Explained", compute="_compute_value_worth_text", groups=VALUE_USER, sanitize=False
    )

    # -- working it out ------------------------------------------------------------------------------------------------

    def action_refresh_worth(self):
        """Work out these leads now, by what was learned last.

        :raise AccessError: the user may not see the leads, or what they are worth
        :raise UserError: too few customers have been won to learn from
        """
        check_group(self.env, VALUE_USER)
        self.check_access("read")
        companies = self._get_worth_companies()
        missing = []
        # sudo: the lesson is the company's, the leads are the user's
        for company in companies:
            lesson = self.env["customer.acquisition.lesson"].sudo()._get_lesson(company)
            if not lesson:
                self.env["customer.acquisition.lesson"].sudo()._refresh(company)
                lesson = self.env["customer.acquisition.lesson"].sudo()._get_lesson(company)
            if lesson.missing:
                missing.append(lesson)
            self.env["crm.lead"].sudo()._refresh_worth(company, self.ids)
        if missing and len(missing) == len(companies):
            raise UserError(
                self.env._(
                    "The worth of leads is learned from at least %(least)s customers whose first order was 12 months "
                    "ago or more. There are %(count)s so far.",
                    least=worth.MIN_CUSTOMERS,
                    count=missing[0].customers,
                )
            )

    def _get_worth_companies(self):
        if not self:
            return self.env["res.company"]
        self.flush_recordset()
        rows = self.env.execute_query(
            SQL(
                "SELECT DISTINCT %s FROM %s WHERE lead.id = ANY(%s)",
                self.env["customer.acquisition"]._company_of_lead(),
                self.env["customer.acquisition"]._leads_from(),
                self.ids,
            )
        )
        return self.env["res.company"].browse([company for (company,) in rows if company])

    @api.model
    def _refresh_worth(self, company, ids=None):
        """Bring the worth of the open leads of ``company`` in line with what was learned; writes those that differ.

        Leads that are decided keep what they were worth last.

        :param list ids: these only
        :return: how many leads have changed
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                UPDATE crm_lead kept
                   SET value_worth = judged.worth, value_worth_details = judged.details, value_worth_on = %(today)s
                  FROM (%(judged)s) judged
                 WHERE kept.id = judged.id
                   AND (kept.value_worth, kept.value_worth_details)
                       IS DISTINCT FROM (judged.worth, judged.details)
                """,
                today=company._get_value_today(),
                judged=self._judged_sql(company, ids),
            )
        )
        changed = self.env.cr.rowcount
        self.env.cr.execute(self._class_sql(company))
        names = ["value_worth", "value_worth_class", "value_worth_details", "value_worth_on", "value_worth_text"]
        self.env["crm.lead"].invalidate_model(names, flush=False)
        return changed

    @api.model
    def _class_sql(self, company):
        """Which of the open leads are among the best: a matter of all of them."""
        Acquisition = self.env["customer.acquisition"]
        return SQL(
            """
            UPDATE crm_lead kept
               SET value_worth_class = judged.class
              FROM (SELECT lead.id, CASE WHEN lead.value_worth <= 0 THEN 'not'
                                         WHEN percent_rank() OVER (ORDER BY lead.value_worth DESC) < 0.2 THEN 'best'
                                         ELSE 'worth' END AS class
                      FROM %s
                     WHERE lead.active AND lead.won_status = 'pending' AND %s = %s AND lead.value_worth IS NOT NULL
                   ) judged
             WHERE kept.id = judged.id AND kept.value_worth_class IS DISTINCT FROM judged.class
            """,
            Acquisition._leads_from(),
            Acquisition._company_of_lead(),
            company.id,
        )

    @api.model
    def _judged_sql(self, company, ids=None):
        """``id``, ``worth`` and ``details`` of the open leads of a company; null where nothing could be learned."""
        Acquisition = self.env["customer.acquisition"]
        Lesson = self.env["customer.acquisition.lesson"]
        digits = company.currency_id.decimal_places
        levels = {name: SQL.identifier("told", name) for name in ATTRIBUTES}
        parts = SQL(" + ").join(SQL.identifier("part", name) for name in ("mean", *ATTRIBUTES))
        return SQL(
            """
            SELECT part.id, %(parts)s - part.pursuit AS worth,
                   CASE WHEN part.mean IS NOT NULL THEN jsonb_build_object(
                       'probability', part.probability, 'mean', part.mean, 'pursuit', -part.pursuit, %(details)s) END
                   AS details
              FROM (
                    SELECT told.id, told.probability, told.pursuit, %(levels)s, %(columns)s
                      FROM (
                            SELECT lead.id, COALESCE(lead.probability, 0)::numeric AS probability,
                                   %(channel)s AS channel, company.industry_id AS industry,
                                   COALESCE(lead.country_id, company.country_id) AS country, lead.expected_revenue,
                                   round(%(pursuit)s, %(digits)s) AS pursuit
                              FROM %(leads)s
                              LEFT JOIN res_partner rp ON rp.id = lead.partner_id
                              LEFT JOIN res_partner company ON company.id = rp.commercial_partner_id
                              %(activities)s
                             WHERE lead.active AND lead.won_status = 'pending' AND %(company_of)s = %(company)s
                               AND %(among)s
                           ) told
                      LEFT JOIN customer_acquisition_lesson lesson ON lesson.company_id = %(company)s
                   ) part
            """,
            parts=parts,
            details=SQL(", ").join(
                SQL(
                    "%s, jsonb_build_array(%s, %s)",
                    SQL("%s::text", name),
                    SQL.identifier("part", f"{name}_level"),
                    SQL.identifier("part", name),
                )
                for name in ATTRIBUTES
            ),
            levels=SQL(", ").join(
                SQL("%s AS %s", level, SQL.identifier(f"{name}_level"))
                for name, level in (levels | {"size": Lesson._band_sql(SQL("told.expected_revenue"))}).items()
            ),
            columns=Lesson._parts_sql(
                levels | {"size": Lesson._band_sql(SQL("told.expected_revenue"))},
                SQL("told.probability / 100"),
                digits,
            ),
            channel=Lesson._known_channel(cohorts.channel_sql(SQL("lead.source_id"), SQL("lead.medium_id"))),
            pursuit=self._pursuit_sql(company),
            digits=digits,
            leads=Acquisition._leads_from(),
            activities=self._activities_sql(company),
            company_of=Acquisition._company_of_lead(),
            company=company.id,
            among=SQL("TRUE") if ids is None else SQL("lead.id = ANY(%s)", list(ids)),
        )

    @api.model
    def _pursuit_sql(self, company):
        """What it still costs to pursue the lead, in company currency."""
        if company.acquisition_pursuit_basis == "lead":
            return SQL("%s::numeric", company.acquisition_pursuit_cost)
        return SQL(
            "%s::numeric * GREATEST(usual.activities - COALESCE(work.done, 0), COALESCE(work.planned, 0), 0)",
            company.retention_sales_activity_cost,
        )

    @api.model
    def _activities_sql(self, company):
        """Joins of what was done and is planned for each lead, and what leads that were decided took on average."""
        if company.acquisition_pursuit_basis == "lead":
            return SQL()
        done = SQL("activity.active IS NOT TRUE AND activity.automated IS NOT TRUE AND activity.date_done IS NOT NULL")
        Acquisition = self.env["customer.acquisition"]
        return SQL(
            """
            LEFT JOIN (SELECT activity.res_id, count(*) FILTER (WHERE %(done)s) AS done,
                              count(*) FILTER (WHERE activity.active) AS planned
                         FROM mail_activity activity WHERE activity.res_model = 'crm.lead'
                        GROUP BY activity.res_id) work ON work.res_id = lead.id
            CROSS JOIN (SELECT COALESCE(sum(took.done)::numeric / NULLIF(count(*), 0), 0) AS activities
                          FROM %(leads)s
                          LEFT JOIN (SELECT activity.res_id, count(*) AS done
                                       FROM mail_activity activity WHERE activity.res_model = 'crm.lead' AND %(done)s
                                      GROUP BY activity.res_id) took ON took.res_id = lead.id
                         WHERE lead.won_status IN ('won', 'lost') AND %(company_of)s = %(company)s) usual
            """,
            done=done,
            leads=Acquisition._leads_from(),
            company_of=Acquisition._company_of_lead(),
            company=company.id,
        )

    # -- explaining it -------------------------------------------------------------------------------------------------

    def _get_worth_lines(self):
        """:return: list of dict ``key``, ``label``, ``amount`` (company currency); they add up to the worth"""
        self.ensure_one()
        details = self.value_worth_details
        if not details:
            return []
        labels = {
            "channel": self.env._("Channel"),
            "industry": self.env._("Industry"),
            "country": self.env._("Country"),
            "size": self.env._("Expected revenue"),
        }
        lines = [
            {
                "key": "mean",
                "label": self.env._(
                    "%s%% of what customers bring on average in their first 12 months",
                    formatLang(self.env, details["probability"], digits=1),
                ),
                "amount": details["mean"],
            }
        ]
        for name, label in labels.items():
            level, amount = details[name]
            known = self._get_level_name(name, level) or self.env._("not known")
            lines.append({"key": name, "label": f"{label}: {known}", "amount": amount})
        lines.append({"key": "pursuit", "label": self.env._("Cost of pursuit"), "amount": details["pursuit"]})
        return lines

    def _get_level_name(self, name, level):
        if level is None:
            return False
        if name == "size":
            return self.env._("band %(band)s of %(bands)s", band=level + 1, bands=worth.BANDS)
        model = {
            "channel": "customer.acquisition.channel",
            "industry": "res.partner.industry",
            "country": "res.country",
        }[name]
        # sudo: names of what is on the lead
        return self.env[model].sudo().browse(level).exists().display_name

    @api.depends("value_worth_details", "value_worth")
    @api.depends_context("lang")
    def _compute_value_worth_text(self):
        for lead in self:
            lines = lead._get_worth_lines()
            if not lines:
                lead.value_worth_text = False
                continue
            currency = lead.company_currency
            rows = Markup().join(
                Markup("<tr data-part='%s'><td>%s</td><td class='text-end text-nowrap'>%s</td></tr>")
                % (line["key"], line["label"], currency.format(line["amount"]))
                for line in lines
            )
            total = Markup("<tr class='fw-bold'><td>%s</td><td class='text-end text-nowrap'>%s</td></tr>") % (
                self.env._("Worth"),
                currency.format(lead.value_worth),
            )
            lead.value_worth_text = Markup(
                "<table class='table table-sm mb-0 o_value_worth'><tbody>%s%s</tbody></table>"
            ) % (
                rows,
                total,
            )

    # -- lists ---------------------------------------------------------------------------------------------------------

    @api.model
    def _open_by_worth(self):
        """Open leads, in the order that has found more margin; see the backtest of leads."""
        order = self.env.company.acquisition_sort
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_crm_lead_by_worth")
        view = self.env.ref(f"customer_value.crm_lead_view_list_by_{order}")
        views = [(view.id if kind == "list" else found, kind) for found, kind in action["views"]]
        return action | {"views": views}

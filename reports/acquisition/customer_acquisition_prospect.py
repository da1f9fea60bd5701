from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...analytics.acquisition import cohorts
from ...analytics.scoring import purchases
from ...analytics.scoring.customers import is_customer_sql
from ...models.acquisition.customer_acquisition import LEADS
from .customer_acquisition_customer import COMPANIES


class CustomerAcquisitionProspect(models.Model):
    """Contacts that were never sold to, each with the margin that customers like them bring in their first 12 months.

    Like them: of the same industry, country and channel. Company currency; see ``customer.acquisition.lesson``. There
    are none before enough customers have been won.
    """

    _name = "customer.acquisition.prospect"
    _description = "Look-alike of Customers"
    _inherit = ["customer.value.calculated", "customer.value.customer.row"]
    _auto = False
    _order = "expected_margin desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(readonly=True, string="Contact")
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Account Manager", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    channel_id = fields.Many2one("customer.acquisition.channel", readonly=True, help="That of their last lead.")
    is_company = fields.Boolean(string="Is a Company", readonly=True)
    is_vendor = fields.Boolean(string="Vendor", readonly=True)
    open_leads = fields.Integer(readonly=True)
    expected_margin = fields.Monetary(
        readonly=True, help="Net margin that customers like this contact bring in their first 12 months."
    )
    industry_effect = fields.Monetary(string="From Industry", readonly=True)
    country_effect = fields.Monetary(string="From Country", readonly=True)
    channel_effect = fields.Monetary(string="From Channel", readonly=True)
    mean = fields.Monetary(string="All Customers", readonly=True, aggregator="avg")

    _depends = LEADS | {
        "sale.order": ["value_customer_id", "company_id", "state", "date_order", *purchases.READ["sale.order"]],
        "sale.order.line": [*purchases.READ["sale.order.line"]],
        "account.move": ["commercial_partner_id", "company_id", "state", "move_type", "amount_untaxed_signed"],
        "account.move.line": ["move_id", "display_type", "price_subtotal"],
        "res.partner": ["active", "commercial_partner_id", "industry_id", "country_id", "company_id", "user_id"],
    }

    @property
    def _table_query(self):
        companies = self.env.companies._without_counted()
        return SQL(" UNION ALL ").join(SQL("(%s)", self._company_query(company)) for company in companies)

    @api.model
    def _company_query(self, company):
        Acquisition = self.env["customer.acquisition"]
        scope = Acquisition._get_scope(company)
        # sudo: figures are of the company, whatever documents the reader may open
        Source = self.env["customer.value.source"].sudo()
        channel = self.env["customer.acquisition.lesson"]._known_channel(SQL("last.channel_id"))
        return SQL(
            """
            SELECT told.partner_id::int8 * %(companies)s + %(company)s AS id, told.*,
                   told.channel AS channel_effect, told.industry AS industry_effect, told.country AS country_effect,
                   told.mean + told.channel + told.industry + told.country AS expected_margin
              FROM (
                    SELECT rp.id AS partner_id, %(company)s AS company_id, %(currency)s AS currency_id, rp.user_id,
                           rp.industry_id, rp.country_id, last.channel_id, rp.is_company,
                           COALESCE(rp.supplier_rank, 0) > 0 AS is_vendor, COALESCE(leads.open, 0)::int AS open_leads,
                           %(parts)s
                      FROM res_partner rp
                      JOIN customer_acquisition_lesson lesson
                           ON lesson.company_id = %(company)s AND lesson.learned IS NOT NULL
                            AND lesson.missing IS NOT TRUE
                      LEFT JOIN (
                            SELECT DISTINCT ON (rp.commercial_partner_id) rp.commercial_partner_id AS partner_id,
                                   %(channel_of)s AS channel_id
                              FROM %(leads)s JOIN res_partner rp ON rp.id = lead.partner_id
                             WHERE %(ours)s
                             ORDER BY rp.commercial_partner_id, lead.create_date DESC, lead.id DESC
                           ) last ON last.partner_id = rp.id
                      LEFT JOIN (
                            SELECT rp.commercial_partner_id AS partner_id, count(*) AS open
                              FROM %(leads)s JOIN res_partner rp ON rp.id = lead.partner_id
                             WHERE %(ours)s AND lead.active AND lead.won_status = 'pending'
                             GROUP BY rp.commercial_partner_id
                           ) leads ON leads.partner_id = rp.id
                     WHERE %(customer)s AND (rp.company_id IS NULL OR rp.company_id = %(company)s)
                       AND rp.is_competitor IS NOT TRUE
                       -- nor colleagues, present or past, nor ourselves
                       AND rp.id NOT IN (SELECT partner_id FROM res_users WHERE share IS NOT TRUE
                                         UNION ALL SELECT partner_id FROM res_company)
                       AND rp.id NOT IN (SELECT partner_id FROM (%(ordered)s) ordered WHERE partner_id IS NOT NULL)
                       AND rp.id NOT IN (SELECT am.commercial_partner_id FROM account_move am
                                          WHERE am.company_id = %(books)s AND am.state = 'posted'
                                            AND am.move_type IN ('out_invoice', 'out_receipt')
                                            AND am.commercial_partner_id IS NOT NULL AND %(invoiced)s)
                   ) told
            """,
            companies=COMPANIES,
            company=company.id,
            currency=company.currency_id.id,
            parts=self.env["customer.acquisition.lesson"]._parts_sql(
                {"channel": channel, "industry": SQL("rp.industry_id"), "country": SQL("rp.country_id")},
                SQL("1"),
                company.currency_id.decimal_places,
            ),
            channel_of=cohorts.channel_sql(SQL("lead.source_id"), SQL("lead.medium_id")),
            leads=Acquisition._leads_from(),
            ours=Acquisition._our_leads(scope),
            customer=is_customer_sql("rp"),
            ordered=Source._order_days_sql(scope),
            invoiced=purchases.is_invoiced_purchase_sql(),
            books=scope.books,
        )

    def action_make_leads(self):
        """An opportunity for each of these contacts that has none open; those made are shown.

        :raise UserError: all of them have one
        """
        self.check_access("read")
        rows = self.filtered(lambda row: not row.open_leads)
        if not rows:
            raise UserError(self.env._("All of these contacts have an open opportunity already."))
        self.env["crm.lead"].check_access("create")
        leads = self.env["crm.lead"].create(
            [
                {
                    "name": self.env._("First order of %s", row.partner_id.display_name),
                    "type": "opportunity",
                    "partner_id": row.partner_id.id,
                    "company_id": row.company_id.id,
                    "user_id": row.user_id.id or self.env.user.id,
                }
                for row in rows
            ]
        )
        for company, made in leads.grouped("company_id").items():
            # sudo: the worth is worked out, not entered
            self.env["crm.lead"].sudo()._refresh_worth(company, made.ids)
        title = self.env._("New Opportunities")
        action = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_crm_lead_by_worth")
        return action | {"name": title, "domain": [("id", "in", leads.ids)], "context": {"create": False}}

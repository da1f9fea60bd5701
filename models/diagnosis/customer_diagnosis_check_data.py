from odoo import api, models
from odoo.tools import SQL

from ...analytics.diagnosis.measuring import CUSTOMERS, INVALID, visible_sql
from ...analytics.diagnosis.validity import FREE_MAIL, MAIL
from ...analytics.scoring.customers import is_customer_sql
from .customer_diagnosis_check import Check


class CustomerDiagnosisCheck(models.AbstractModel):
    """Data: whether what is known of customers is complete, right and current."""

    _inherit = "customer.diagnosis.check"

    @api.model
    def _get_checks(self):
        owners = self._get_owners()
        customers, label = self.env._("customers"), self._get_data_labels()
        why, advice = self._get_data_reasons(), self._get_data_advice()

        def check(code, owner, model="res.partner", subject=customers, **options):
            return Check("data", label[code], why[code], advice[code], owners[owner], model, subject, **options)

        return super()._get_checks() | {
            "no_email": check("no_email", "data", weight=3),
            "no_phone": check("no_phone", "data", weight=2),
            "no_address": check("no_address", "data"),
            "no_industry": check("no_industry", "manager", subject=self.env._("companies")),
            "no_manager": check("no_manager", "sales", weight=3, days=14),
            "bad_email": check("bad_email", "data", weight=2, days=14),
            "bad_phone": check("bad_phone", "data"),
            "bad_vat": check("bad_vat", "finance", weight=2, days=14),
            "old_facts": check("old_facts", "manager", weight=2, days=60),
            "loose_contacts": check("loose_contacts", "data", subject=self.env._("contacts without a company")),
            "contact_orders": check("contact_orders", "data", "sale.order", self.env._("orders")),
            "duplicates": check("duplicates", "data", weight=2),
            "no_amount": check("no_amount", "manager", "crm.lead", self.env._("open opportunities"), days=14),
        }

    @api.model
    def _get_data_labels(self):
        return {
            "no_email": self.env._("Customers without an email address"),
            "no_phone": self.env._("Customers without a phone number"),
            "no_address": self.env._("Customers without a complete address"),
            "no_industry": self.env._("Companies without an industry"),
            "no_manager": self.env._("Customers without an account manager"),
            "bad_email": self.env._("Invalid email addresses"),
            "bad_phone": self.env._("Invalid phone numbers"),
            "bad_vat": self.env._("Invalid tax IDs"),
            "old_facts": self.env._(
                "Customers whose data nobody has touched for %s months", self._get_limits()["diagnosis_data_months"]
            ),
            "loose_contacts": self.env._("Contacts who probably belong to a customer"),
            "contact_orders": self.env._("Orders on a contact instead of the company"),
            "duplicates": self.env._("Customers who may be there twice"),
            "no_amount": self.env._("Opportunities without an expected revenue"),
        }

    @api.model
    def _get_data_reasons(self):
        return {
            "no_email": self.env._("Campaigns, invoices and answers to complaints cannot reach them."),
            "no_phone": self.env._("When a customer is at risk, nobody can call them."),
            "no_address": self.env._("Letters and deliveries go astray, and regions cannot be compared."),
            "no_industry": self.env._("Shares of wallet are estimated from customers of the same industry."),
            "no_manager": self.env._("What is everybody's customer is nobody's: no care, no reminder, no dashboard."),
            "bad_email": self.env._("Emails bounce, and too many bounces harm all other emails."),
            "bad_phone": self.env._("Nobody can be reached there, and duplicates are not recognized."),
            "bad_vat": self.env._("Invoices with a wrong tax ID can be rejected by customers and tax authorities."),
            "old_facts": self.env._("People change jobs and companies move: old data are worse than they look."),
            "loose_contacts": self.env._("What is agreed with them is missing on the page of their company."),
            "contact_orders": self.env._(
                "Prices and terms of the company may be missed, and the orders move with the contact."
            ),
            "duplicates": self.env._(
                "Their revenue is split: they get a lower tier than they deserve, and two letters."
            ),
            "no_amount": self.env._("Forecasts are too low, and nobody knows which opportunity comes first."),
        }

    @api.model
    def _get_data_advice(self):
        return {
            "no_email": self.env._("Ask for the email address at the next contact, largest customers first."),
            "no_phone": self.env._("Take the phone numbers from signatures and invoices of the customers."),
            "no_address": self.env._("Complete street, city and country from invoices and delivery notes."),
            "no_industry": self.env._("Set the industry in the list for several companies at once."),
            "no_manager": self.env._("Assign an account manager to each customer, the highest tiers first."),
            "bad_email": self.env._("Correct the addresses, or remove them where nobody knows better."),
            "bad_phone": self.env._("Correct the numbers, with the country prefix."),
            "bad_vat": self.env._("Ask for the tax ID in writing and correct it before the next invoice."),
            "old_facts": self.env._("Confirm contact data by a call or a visit, and save the customer."),
            "loose_contacts": self.env._("Open each contact and enter the company."),
            "contact_orders": self.env._("Order in the name of the company, with the contact as delivery address."),
            "duplicates": self.env._(
                "Review the pairs under Customers / Scoring / Duplicates: merge them, or say that they are two."
            ),
            "no_amount": self.env._("Estimate the revenue of each opportunity in the next pipeline meeting."),
        }

    # -- complete ------------------------------------------------------------------------------------------------------

    @api.model
    def _of_customers_sql(self, faulty, among=None):
        """:param SQL faulty: condition on the customer ``rp``; ``among`` the same, on those who are looked at"""
        return SQL(
            "SELECT rp.id, rp.id AS partner_id, %s AS faulty FROM %s c JOIN res_partner rp ON rp.id = c.partner_id"
            " WHERE %s",
            faulty,
            SQL.identifier(CUSTOMERS),
            among or SQL("TRUE"),
        )

    @api.model
    def _empty_sql(self, *names):
        """Whether one of the texts ``names`` of the customer is empty."""
        return SQL(" OR ").join(SQL("COALESCE(btrim(%s), '') = ''", SQL.identifier("rp", name)) for name in names)

    @api.model
    def _population_no_email(self, scope):
        return self._of_customers_sql(self._empty_sql("email"))

    @api.model
    def _population_no_phone(self, scope):
        return self._of_customers_sql(self._empty_sql("phone"))

    @api.model
    def _population_no_address(self, scope):
        return self._of_customers_sql(SQL("(%s OR rp.country_id IS NULL)", self._empty_sql("street", "city")))

    @api.model
    def _population_no_industry(self, scope):
        return self._of_customers_sql(SQL("rp.industry_id IS NULL"), SQL("rp.is_company"))

    @api.model
    def _population_no_manager(self, scope):
        return self._of_customers_sql(SQL("rp.user_id IS NULL"))

    @api.model
    def _population_duplicates(self, scope):
        """Those of a pair that waits for somebody to decide; pairs are looked for by a job of their own."""
        return self._of_customers_sql(
            SQL(
                """rp.id IN (SELECT unnest(ARRAY[pair.partner_id, pair.other_id])
                               FROM customer_duplicate pair
                               JOIN res_partner one ON one.id = pair.partner_id AND one.active
                               JOIN res_partner other ON other.id = pair.other_id AND other.active
                              WHERE pair.state = 'review' AND pair.company_id = %s)""",
                scope.company_id,
            )
        )

    # -- right: of all customers, so that a value that is entered does not make fewer of them wrong --------------------

    @api.model
    def _population_bad_email(self, scope):
        return self._of_customers_sql(SQL("NOT %s AND btrim(rp.email) !~ %s", self._empty_sql("email"), MAIL))

    @api.model
    def _population_bad_phone(self, scope):
        return self._invalid_sql("phone")

    @api.model
    def _population_bad_vat(self, scope):
        return self._invalid_sql("vat")

    @api.model
    def _invalid_sql(self, kind):
        """Customers with a value that was found invalid, see ``_find_invalid`` of the diagnosis."""
        return self._of_customers_sql(
            SQL(
                """EXISTS (SELECT FROM %(invalid)s invalid
                            WHERE invalid.kind = %(kind)s AND invalid.value = %(value)s
                              AND invalid.country_id = COALESCE(rp.country_id, 0))""",
                invalid=SQL.identifier(INVALID),
                kind=kind,
                value=SQL.identifier("rp", kind),
            )
        )

    # -- current -------------------------------------------------------------------------------------------------------

    @api.model
    def _population_old_facts(self, scope):
        months = self.env.company.diagnosis_data_months
        return self._of_customers_sql(SQL("rp.write_date < %s - %s * interval '1 month'", scope.until, months))

    # -- where it belongs ----------------------------------------------------------------------------------------------

    @api.model
    def _population_loose_contacts(self, scope):
        """Persons without a company whose address is at the domain of exactly one company that is a customer.

        Persons who buy for themselves are customers of their own and not among them.
        """
        return SQL(
            """
            WITH company AS MATERIALIZED (
                SELECT lower(split_part(rp.email, '@', 2)) AS domain, min(c.partner_id) AS partner_id
                  FROM %(customers)s c
                  JOIN res_partner head ON head.id = c.partner_id AND head.is_company
                  JOIN res_partner rp ON rp.commercial_partner_id = head.id AND rp.active
                 WHERE rp.email LIKE '%%_@_%%'
                 GROUP BY 1
                HAVING count(DISTINCT c.partner_id) = 1
            )
            SELECT rp.id, company.partner_id, company.partner_id IS NOT NULL AS faulty
              FROM res_partner rp
              LEFT JOIN company
                     ON company.domain = lower(split_part(rp.email, '@', 2)) AND company.domain <> ALL(%(free)s)
             WHERE %(customer)s AND %(visible)s AND rp.is_company IS NOT TRUE AND rp.parent_id IS NULL
               AND rp.email LIKE '%%_@_%%'
               AND NOT EXISTS (SELECT FROM %(customers)s c WHERE c.partner_id = rp.id)
            """,
            customers=SQL.identifier(CUSTOMERS),
            customer=is_customer_sql("rp"),
            visible=visible_sql("rp", scope),
            free=list(FREE_MAIL),
        )

    @api.model
    def _population_contact_orders(self, scope):
        return SQL(
            """
            SELECT so.id, customer.commercial_partner_id AS partner_id,
                   buyer.commercial_partner_id <> buyer.id AS faulty
              FROM sale_order so
              JOIN res_partner customer ON customer.id = so.value_customer_id
              JOIN res_partner buyer ON buyer.id = so.partner_id
             WHERE so.company_id = %s AND so.state = 'sale' AND so.date_order >= %s AND so.date_order < %s
            """,
            scope.books,
            scope.window_opens,
            scope.until,
        )

    @api.model
    def _open_leads_sql(self, scope, faulty):
        """Open opportunities of the company.

        :param SQL faulty: condition on ``lead`` and its ``seller``
        """
        return SQL(
            """
            SELECT lead.id, rp.commercial_partner_id AS partner_id, %(faulty)s AS faulty
              FROM crm_lead lead
              LEFT JOIN res_partner rp ON rp.id = lead.partner_id
              LEFT JOIN res_users seller ON seller.id = lead.user_id
             WHERE lead.company_id = %(books)s AND lead.active AND lead.type = 'opportunity'
               AND lead.won_status = 'pending' AND lead.create_date < %(until)s
            """,
            faulty=faulty,
            books=scope.books,
            until=scope.until,
        )

    @api.model
    def _population_no_amount(self, scope):
        return self._open_leads_sql(scope, SQL("COALESCE(lead.expected_revenue, 0) <= 0"))

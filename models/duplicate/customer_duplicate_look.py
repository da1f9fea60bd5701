from contextlib import closing, contextmanager

import numpy as np
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_amount, format_date, formatLang
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from ..core.groups import check_value_company
from ..core.locking import Busy

# Blocks that are named where not all of their pairs were compared
NAMED = 10


class CustomerDuplicateLook(models.Model):
    """The last look for duplicates in a company: what was compared, and what the duplicates cost.

    Costs are those of all pairs to review, taken as groups: customers who are linked by pairs.
    """

    _name = "customer.duplicate.look"
    _description = "Look for Duplicates"
    _order = "company_id"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    looked_on = fields.Datetime(readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    candidate_count = fields.Integer(string="Pairs Compared", readonly=True)
    oversized_count = fields.Integer(
        string="Large Groups", readonly=True, help="Groups with something in common too large to compare each pair."
    )
    oversized = fields.Json(readonly=True, help="The largest of them: what they share, customers, pairs not compared.")
    group_count = fields.Integer(string="Groups", readonly=True)
    changing_count = fields.Integer(string="Tier Changes", readonly=True)
    split_revenue = fields.Monetary(readonly=True)
    twice_count = fields.Integer(string="Sent Twice", readonly=True)

    _once = models.Constraint("UNIQUE(company_id)", "There is one look for duplicates per company.")

    @api.model
    @api.readonly
    def get_cost(self):
        """What the companies at hand know of their duplicates.

        :return: list of dicts, one for each company that was looked at: ``company``, ``words`` (a sentence), ``looked``
            (another) and ``oversized`` (a sentence for each large group)
        :raise AccessError: the user may not see the value of customers
        """
        check_value_company(self.env)
        looks = self.search([("company_id", "in", self.env.companies.ids)])
        several = len(self.env.companies) > 1
        return [
            {
                "id": look.id,
                "company": look.company_id.name if several else "",
                "words": look._word_cost(),
                "looked": look._word_look(),
                "oversized": look._word_oversized(),
            }
            for look in looks
        ]

    def _number(self, number):
        return formatLang(self.env, number, digits=0)

    def _word_cost(self):
        if not self.group_count:
            return self.env._("No duplicates to review.")
        return self.env._(
            "%(changing)s of %(groups)s groups of duplicates would change tier once merged; %(revenue)s of revenue is "
            "split over several customers; %(twice)s campaign messages went out more than once.",
            changing=self._number(self.changing_count),
            groups=self._number(self.group_count),
            revenue=format_amount(self.env, self.split_revenue, self.currency_id),
            twice=self._number(self.twice_count),
        )

    def _word_look(self):
        return self.env._(
            "Last search on %(date)s: %(customers)s customers, %(candidates)s pairs compared.",
            date=format_date(self.env, self.looked_on),
            customers=self._number(self.customer_count),
            candidates=self._number(self.candidate_count),
        )

    def _word_oversized(self):
        shared = {
            "vat": self.env._("tax ID"),
            "mail": self.env._("email"),
            "phone": self.env._("end of the phone number"),
            "name": self.env._("name"),
            "name+postcode": self.env._("postcode and beginning of the name"),
            "name+city": self.env._("city and beginning of the name"),
            "street+postcode": self.env._("postcode and beginning of the street"),
            "name words": self.env._("beginning of a word in the name"),
        }
        return [
            self.env._(
                "%(customers)s customers share the same %(what)s, “%(key)s”: compared with their neighbors by name "
                "only, %(left)s pairs left out.",
                customers=self._number(customers),
                what=shared[what],
                key=key,
                left=self._number(left),
            )
            for what, key, customers, left in self.oversized or []
        ]

    # -- what duplicates cost ------------------------------------------------------------------------------------------

    @api.model
    def _store(self, company, found, customers):
        """Write what was found, and what it costs.

        :param found: ``matching.Found``
        :param int customers: number of customers compared
        """
        values = {
            "looked_on": fields.Datetime.now(),
            "customer_count": customers,
            "candidate_count": found.candidates,
            "oversized_count": len(found.oversized),
            "oversized": [[block.title, block.key, block.records, block.left_out] for block in found.oversized[:NAMED]],
        }
        # sudo: it is about all customers, for all users
        look = self.sudo().search([("company_id", "=", company.id)])
        if not look:
            look = self.sudo().create({"company_id": company.id})
        look.write(values | self._reckon(company))
        return look

    @api.model
    def _get_groups(self, company):
        """The groups that pairs to review make.

        :return: dict from the id of each customer to that of the one who would stay
        """
        rows = self.env.execute_query(
            SQL(
                """SELECT partner_id, other_id, survivor_id FROM customer_duplicate
                    WHERE company_id = %s AND state = 'review' ORDER BY probability DESC, id""",
                company.id,
            )
        )
        if not rows:
            return {}
        pairs = np.array([row[:2] for row in rows])
        ids, places = np.unique(pairs, return_inverse=True)
        one, other = places.reshape(pairs.shape).T
        graph = coo_matrix((np.ones(len(one)), (one, other)), shape=(len(ids), len(ids)))
        _count, labels = connected_components(graph, directed=False)
        stays = {}
        # the one who stays of the most probable pair stays of the group
        for place, (_partner, _other, survivor) in zip(one, rows, strict=True):
            stays.setdefault(labels[place], survivor)
        return {int(partner): stays[label] for partner, label in zip(ids, labels, strict=True)}

    @api.model
    def _reckon(self, company):
        """What the duplicates of ``company`` cost, as values to write.

        The pairs get the tier of their group after merging.
        """
        groups = self._get_groups(company)
        tiers = self._simulate(company, groups)
        query = SQL(
            """
            WITH member AS (
                SELECT * FROM unnest(%(members)s::int[], %(survivors)s::int[]) member (partner_id, survivor_id)
            ), tier_after AS (
                SELECT * FROM unnest(%(simulated)s::int[], %(tiers)s::int[]) tier_after (survivor_id, tier_id)
            ), worth AS (
                SELECT member.survivor_id, sum(score.revenue) AS revenue,
                       count(*) FILTER (WHERE score.revenue > 0) AS paying,
                       (array_agg(score.tier_id ORDER BY tier.entry_score DESC NULLS LAST))[1] AS best_tier_id
                  FROM member
                  JOIN customer_value_score score
                    ON score.partner_id = member.partner_id AND score.company_id = %(company)s
                  LEFT JOIN customer_value_tier tier ON tier.id = score.tier_id
                 GROUP BY member.survivor_id
            ), told AS (
                UPDATE customer_duplicate pair
                   SET tier_after_id = tier_after.tier_id
                  FROM member LEFT JOIN tier_after ON tier_after.survivor_id = member.survivor_id
                 WHERE pair.company_id = %(company)s AND pair.state = 'review' AND pair.partner_id = member.partner_id
                   AND pair.tier_after_id IS DISTINCT FROM tier_after.tier_id
            ), letters AS (
                SELECT count(*) - 1 AS too_many
                  FROM member JOIN customer_retention_member sent ON sent.partner_id = member.partner_id
                 WHERE sent.company_id = %(company)s AND sent.offered_on IS NOT NULL
                 GROUP BY member.survivor_id, sent.campaign_id
                HAVING count(*) > 1
            )
            SELECT (SELECT count(DISTINCT survivor_id) FROM member),
                   (SELECT count(*) FROM worth JOIN tier_after USING (survivor_id)
                     WHERE worth.best_tier_id IS DISTINCT FROM tier_after.tier_id),
                   (SELECT COALESCE(sum(revenue), 0) FROM worth WHERE paying > 1),
                   (SELECT COALESCE(sum(too_many), 0) FROM letters)
            """,
            members=list(groups),
            survivors=list(groups.values()),
            simulated=list(tiers),
            tiers=list(tiers.values()),
            company=company.id,
        )
        self.env.cr.execute(query)
        names = ("group_count", "changing_count", "split_revenue", "twice_count")
        self.env["customer.duplicate"].invalidate_model(["tier_after_id"], flush=False)
        return dict(zip(names, self.env.cr.fetchone(), strict=True))

    @api.model
    def _simulate(self, company, groups):
        """The tiers that the active policy would give if each group were one customer.

        The policy is run as ever, over customers whose documents are joined for as long as that takes; then all of it
        is undone.

        :param dict groups: as of :meth:`_get_groups`
        :return: dict from the id of the one who would stay to the id of the tier, None without one
        """
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        if not groups or not policy:
            return {}
        survivors = self.env["res.partner"].sudo().browse(sorted(set(groups.values())))
        others = {partner: survivor for partner, survivor in groups.items() if partner != survivor}
        self.env.flush_all()
        with closing(self.env.cr.savepoint(flush=False)), self._forgetting():
            self._join_customers(others)
            try:
                run = policy.with_company(company)._run(partners=survivors, simulate=True)
            except Busy:
                # a job comes back once the other run has ended
                raise
            except UserError:
                # what the policy lacks is told where it is run: duplicates are found without it
                return {}
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    """SELECT survivor.id, COALESCE(move.tier_id, score.tier_id)
                         FROM unnest(%(survivors)s::int[]) survivor (id)
                         LEFT JOIN customer_value_run_move move
                           ON move.partner_id = survivor.id AND move.run_id = %(run)s
                         LEFT JOIN customer_value_score score
                           ON score.partner_id = survivor.id AND score.company_id = %(company)s""",
                    survivors=survivors.ids,
                    run=run.id,
                    company=company.id,
                )
            )
            return dict(self.env.cr.fetchall())

    @contextmanager
    def _forgetting(self):
        """What is read meanwhile is no longer so afterwards."""
        try:
            yield
        finally:
            self.env.invalidate_all(flush=False)

    def _join_customers(self, others):
        """Have the documents of some customers count for others, as they do once these are merged.

        :param dict others: id of each customer who would go: of the one who would stay
        """
        tables = {
            model._table
            for model in self.env.values()
            if not model._abstract and model._auto and "commercial_partner_id" in model._fields
            if model._fields["commercial_partner_id"].store and model._fields["commercial_partner_id"].column_type
        }
        for table in sorted(tables):
            self.env.cr.execute(
                SQL(
                    """UPDATE %s kept SET commercial_partner_id = joined.survivor_id
                         FROM unnest(%s::int[], %s::int[]) joined (partner_id, survivor_id)
                        WHERE kept.commercial_partner_id = joined.partner_id""",
                    SQL.identifier(table),
                    list(others),
                    list(others.values()),
                )
            )
        self.env.invalidate_all(flush=False)

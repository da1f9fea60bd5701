import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from ...analytics.core import storing
from ...analytics.duplicate import linking, matching
from ...analytics.duplicate.normalising import code, is_same_tax_number
from ...analytics.scoring.customers import is_customer_sql
from ..core.fields_bulk import BulkMany2one
from ..core.groups import VALUE_MANAGER, check_group
from ..core.locking import LOCK_DUPLICATES, lock_company, lock_for_step
from ..scoring.customer_value_source import Scope

_lt = LazyTranslate(__name__)

BY_BUTTON = _lt("Use the buttons Merge, Not a Duplicate and Review Again: the app records who decided, and when.")

STATES = [("review", "To Review"), ("merged", "Merged"), ("apart", "Not a Duplicate")]

# What is found and stored of a pair. The state is the one it has: who decided what about it is not touched.
STORED = (
    "state",
    "probability",
    "evidence",
    "revenue",
    "priority",
    "partner_documents",
    "other_documents",
    "survivor_id",
)

# Customers that are read from the database at once
FETCHED = 20_000

# A model is never quite sure
MOST_CERTAIN = 0.9999

# Bits from which evidence is called strong, and weak
STRONG, WEAK = 9.0, 3.0


class CustomerDuplicate(models.Model):
    """Two customers of one company who may be the same.

    Found and rated in ``analytics/duplicate/``, and stored by ``_refresh`` alone. What people decide stays: a pair that
    is no duplicate is not shown again, whatever is found.
    """

    _name = "customer.duplicate"
    _description = "Duplicate Customers"
    _inherit = [
        "customer.retention.finding",
        "customer.value.workflow.record",
        "customer.succession.participant",
    ]
    _order = "priority desc, probability desc, id"
    _succession_layer = 115
    _workflow = BY_BUTTON
    # of a pair that is decided, who decided and when is recorded
    _log_access = False

    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    other_id = fields.Many2one(
        "res.partner", string="Possible Duplicate", readonly=True, index=True, ondelete="cascade"
    )
    other_name = fields.Char(string="Merged Customer", readonly=True, help="The name of the customer who was merged.")
    survivor_id = fields.Many2one(
        "res.partner",
        string="Keep",
        readonly=True,
        ondelete="cascade",
        help="The customer who stays: the one with more documents, or with the newer ones.",
    )
    state = fields.Selection(STATES, required=True, readonly=True, default="review", index=True)
    as_of = fields.Date(readonly=True, help="Date since which this state has been valid.")
    probability = fields.Float(digits=(5, 4), readonly=True, aggregator="avg")
    evidence = fields.Json(readonly=True, help="What each field says, in bits, and how it agrees.")
    revenue = fields.Monetary(readonly=True, help="Revenue of both customers in the period of the policy.")
    priority = fields.Monetary(
        readonly=True, help="Revenue of both customers, weighted by the probability.", string="Expected Revenue"
    )
    partner_documents = fields.Integer(readonly=True, help="Orders and invoices.")
    other_documents = fields.Integer(readonly=True, help="Orders and invoices.")
    tier_after_id = BulkMany2one(
        "customer.value.tier",
        string="Tier Once Merged",
        readonly=True,
        help="The tier that the active policy would give to both together.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    decided_on = fields.Datetime(readonly=True)
    comparison = fields.Json(compute="_compute_comparison")
    obstacle = fields.Char(compute="_compute_obstacle", help="Why these customers cannot be merged.")

    _pair_once = models.UniqueIndex(
        "(company_id, (LEAST(partner_id, other_id)), (GREATEST(partner_id, other_id))) WHERE other_id IS NOT NULL",
        "These two customers are a pair already.",
    )
    _both = models.Constraint(
        "CHECK(state = 'merged' OR other_id IS NOT NULL AND survivor_id IS NOT NULL)",
        "A pair that is not merged has two customers.",
    )
    _queue_idx = models.Index("(company_id, priority DESC, probability DESC, id) WHERE state = 'review'")

    @api.depends("partner_id", "other_id", "other_name")
    def _compute_display_name(self):
        for pair in self:
            pair.display_name = f"{pair.partner_id.display_name} / {pair.other_id.display_name or pair.other_name}"

    # -- side by side --------------------------------------------------------------------------------------------------

    @api.depends("evidence", "partner_id", "other_id", "survivor_id")
    @api.depends_context("lang", "uid", "allowed_company_ids")
    def _compute_comparison(self):
        """Rows of the form: of each field both values, how they agree, and what that says in words and bits."""
        partners = self.partner_id | self.other_id
        # one query for each field, whatever the number of pairs
        partners.fetch(["name", "street", "street2", "zip", "city", "vat", "phone", "email", "create_date"])
        values = {partner.id: partner._get_compared_values() for partner in partners}
        labels = self._get_field_labels()
        for pair in self:
            evidence = pair.evidence or {}
            mine, others = values.get(pair.partner_id.id, {}), values.get(pair.other_id.id, {})
            rows = []
            for name, label in labels.items():
                found = evidence.get(name, {})
                bits, level = found.get("bits", 0.0), found.get("level", "missing")
                rows.append(
                    {
                        "name": name,
                        "label": label,
                        "left": mine.get(name, ""),
                        "right": others.get(name, ""),
                        "level": level,
                        "bits": round(bits, 1),
                        "words": pair._word_evidence(name, level, bits),
                    }
                )
            pair.comparison = {
                "rows": rows,
                "prior": round(evidence.get("prior", {}).get("bits", 0.0), 1),
                "total": round(sum(part["bits"] for part in evidence.values()), 1),
                "keeps": "left" if pair.survivor_id == pair.partner_id else "right",
                "left": pair._get_side(pair.partner_id, pair.partner_documents) if pair.other_id else False,
                "right": pair._get_side(pair.other_id, pair.other_documents) if pair.other_id else False,
            }

    def _get_side(self, partner, documents):
        return {
            "id": partner.id,
            "name": partner.display_name,
            "documents": self.env._("%s orders and invoices", documents),
            "tier": partner.with_company(self.company_id).sudo().value_tier_id.name or "",
        }

    @api.model
    def _get_field_labels(self):
        return {
            "name": self.env._("Name"),
            "street": self.env._("Street"),
            "place": self.env._("Postcode and City"),
            "vat": self.env._("Tax ID"),
            "phone": self.env._("Phone"),
            "mail": self.env._("Email"),
        }

    def _word_evidence(self, name, level, bits):
        """What one field says, in plain words."""
        if level == "missing":
            return self.env._("says nothing: a value is missing, or many share it")
        label = self._get_field_labels()[name]
        same = {
            "exact": self.env._("same: %s", label),
            "close": self.env._("nearly the same: %s", label),
            "partly": self.env._("partly the same: %s", label),
            "different": self.env._("different: %s", label),
        }[level]
        size = abs(bits)
        if bits >= 0:
            strength = (
                self.env._("strong evidence for a duplicate")
                if size >= STRONG
                else self.env._("evidence for a duplicate")
                if size >= WEAK
                else self.env._("hardly any evidence")
            )
        else:
            strength = (
                self.env._("strong evidence against it")
                if size >= STRONG
                else self.env._("evidence against it")
                if size >= WEAK
                else self.env._("hardly any evidence")
            )
        return self.env._("%(same)s – %(strength)s", same=same, strength=strength)

    # -- steps ---------------------------------------------------------------------------------------------------------

    @api.depends("state", "partner_id", "other_id")
    @api.depends_context("lang")
    def _compute_obstacle(self):
        # sudo: as in _get_obstacle, which finds in the cache what is read here for all pairs together
        partners = (self.partner_id | self.other_id).sudo().with_context(active_test=False)
        partners.fetch(["active", "company_id", "vat", "user_ids", "commercial_partner_id", "parent_id"])
        for pair in self:
            pair.obstacle = pair._get_obstacle() if pair.state == "review" else False

    def _get_obstacle(self):
        """:return: why these two must not be merged, or False"""
        self.ensure_one()
        # sudo: users of a customer are looked at by whoever reviews
        both = (self.partner_id | self.other_id).sudo().with_context(active_test=False)
        if len(both.filtered("active")) < 2:
            return self.env._("One of the two customers is archived.")
        first, second = both
        if first.company_id != second.company_id:
            return self.env._(
                "They belong to different companies. Give both the same company on the customer form first."
            )
        if first.vat and second.vat and not is_same_tax_number(code(first.vat), code(second.vat)):
            return self.env._(
                "Their tax IDs differ: %(one)s and %(other)s. Correct the wrong one first, or choose Not a Duplicate.",
                one=first.vat,
                other=second.vat,
            )
        if first.user_ids and second.user_ids:
            return self.env._(
                "Both have a portal user. Delete the one that is not used any more, or merge them with your "
                "administrator."
            )
        if first.commercial_partner_id != first or second.commercial_partner_id != second:
            return self.env._("One of them has become a contact of a company. Refresh the list.")
        above = [{parent.id for parent in self._get_parents(partner)} for partner in both]
        if second.id in above[0] or first.id in above[1]:
            return self.env._("One of them is the company above the other.")
        return False

    @api.model
    def _get_parents(self, partner):
        """The companies above a customer, the nearest first."""
        while partner := partner.parent_id:
            yield partner

    def _take_step(self, states):
        """Lock these pairs for a decision.

        :param states: those in which it can be taken
        :raise AccessError: the user is no manager, or may not see one of the pairs
        :raise UserError: a pair was decided meanwhile, or is being decided
        """
        check_group(self.env, VALUE_MANAGER)
        self.check_access("read")
        # sudo: pairs are closed to everybody but this workflow
        pairs = self.sudo()
        lock_for_step(pairs, "state", "survivor_id")
        decided = pairs.filtered(lambda pair: pair.state not in states)
        if decided:
            raise UserError(
                self.env._("Already decided: %s. Reload the list.", ", ".join(decided.mapped("display_name")))
            )
        return pairs

    def _decide(self, state):
        self.write({"state": state, "decided_by_id": self.env.uid, "decided_on": fields.Datetime.now()})

    def action_merge(self):
        """Merge the two, keep the one who is proposed, and open the next pair.

        :raise UserError: they must not be merged
        """
        self.ensure_one()
        following = self._find_next()
        survivor = self._merge()
        self._rescore(survivor)
        return self._open_next(following)

    def _merge(self):
        """:return: the ``res.partner`` who stays :raise UserError: they must not be merged"""
        self.ensure_one()
        pair = self._take_step({"review"})
        if obstacle := self._get_obstacle():
            raise UserError(self.env._("%(pair)s cannot be merged. %(why)s", pair=self.display_name, why=obstacle))
        survivor = self.survivor_id
        gone = (self.partner_id | self.other_id) - survivor
        (survivor | gone).check_access("write")
        name, number = gone.display_name, gone.id
        pair.write({"partner_id": survivor.id, "other_id": False, "other_name": name, "survivor_id": survivor.id})
        pair._decide("merged")
        self.env.flush_all()
        # sudo: the user may edit both; the wizard moves what they need no rights on
        wizard = self.env["base.partner.merge.automatic.wizard"].sudo().with_context(duplicate_review=True)
        wizard._merge((survivor | gone).ids, survivor, extra_checks=False)
        self.env.invalidate_all(flush=False)
        survivor.message_post(
            body=self.env._("%(name)s (ID %(number)s) was merged into this customer.", name=name, number=number)
        )
        return survivor

    @api.model
    def _rescore(self, partners):
        """Bring the value of merged customers up to date, in each company that knows them."""
        # sudo: merged customers count wherever they have a score; jobs rescore as superuser as well
        scores = self.env["customer.value.score"].sudo().search([("partner_id", "in", partners.ids)])
        for company, rows in scores.grouped("company_id").items():
            policy = self.env["customer.value.policy"].sudo()._get_active(company)
            if policy:
                policy.with_company(company)._run(
                    partners=rows.partner_id, keep_tiers=policy.scheduled_tiers == "review"
                )

    def action_keep_apart(self):
        """These are no duplicates: they are not shown again. Opens the next pair where it is one."""
        following = self._find_next() if len(self) == 1 else self.browse()
        self._take_step({"review"})._decide("apart")
        return self._open_next(following) if len(self) == 1 else {"type": "ir.actions.client", "tag": "soft_reload"}

    def action_skip(self):
        """Leave it as it is, and open the next pair."""
        self.ensure_one()
        return self._open_next(self._find_next())

    def action_review_again(self):
        """Take back that these are no duplicates."""
        self._take_step({"apart"}).write({"state": "review", "decided_by_id": False, "decided_on": False})

    def action_swap(self):
        """Keep the other one of the two."""
        self.ensure_one()
        pair = self._take_step({"review"})
        pair.survivor_id = (pair.partner_id | pair.other_id) - pair.survivor_id

    @api.model
    def _get_queue_domain(self):
        """Pairs to review of customers who are both there."""
        return Domain(
            [
                ("state", "=", "review"),
                ("partner_id.active", "=", True),
                ("other_id.active", "=", True),
                ("company_id", "in", self.env.companies.ids),
            ]
        )

    def _find_next(self):
        """The pair that follows this one in the queue, or else the first of the others."""
        queue = self._get_queue_domain() & Domain("id", "!=", self.id)
        after = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "(-COALESCE(%s, 0), -%s, %s) > (%s, %s, %s)",
                SQL.identifier(alias, "priority"),
                SQL.identifier(alias, "probability"),
                SQL.identifier(alias, "id"),
                -self.priority,
                -self.probability,
                self.id,
            )
        )
        return self.search(queue & after, limit=1) or self.search(queue, limit=1)

    @api.model
    def _open_next(self, pair):
        """Open a pair, or the list where there is none left."""
        # merging may have taken the pair with it
        pair = pair.exists() or self.search(self._get_queue_domain(), limit=1)
        if pair:
            following = {
                "type": "ir.actions.act_window",
                "name": self.env._("Duplicates"),
                "res_model": self._name,
                "res_id": pair.id,
                "views": [(False, "form")],
            }
        else:
            following = self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_duplicate")
        # in the place of the pair that was decided, so that the way back is that to the list
        return {"type": "ir.actions.client", "tag": "customer_duplicate_next", "params": {"action": following}}

    def action_open_bulk(self):
        """Ask which of all pairs to merge together."""
        check_group(self.env, VALUE_MANAGER)
        return self.env["ir.actions.act_window"]._for_xml_id("customer_value.action_customer_duplicate_bulk")

    # -- how pairs are found: one reading, one comparison and one statement for each company ---------------------------

    @api.model
    def _refresh(self, company, as_of=None):
        """Look for duplicates among the customers of ``company``, and reckon what they cost.

        :return: dict of how many pairs were ``added``, ``changed`` and ``removed``
        """
        lock_company(company, LOCK_DUPLICATES)
        self.env.flush_all()
        ids, columns = self._read_customers(company)
        found = matching.find_among(columns)
        query = self._rate_sql(company, ids, found)
        # pairs that are decided stay, also where they are no longer found
        self.env.cr.execute(
            storing.store_sql(
                self._table,
                ["partner_id", "other_id"],
                STORED,
                company.id,
                as_of or company._get_value_today(),
                query,
                SQL("kept.state = 'review'"),
            )
        )
        [counts] = self.env.cr.dictfetchall()
        self.invalidate_model(flush=False)
        self.env["customer.duplicate.look"]._store(company, found, len(ids))
        return counts

    @api.model
    def _read_customers(self, company):
        """What is compared of each customer whom ``company`` sees.

        The database keeps the rows until they are fetched: all of them at once would be held in memory twice.

        :return: list of ids, and what ``matching.columns_of`` makes of the texts
        """
        cr = self.env.cr
        cr.execute(
            SQL(
                """
                DECLARE customer_duplicate_read NO SCROLL CURSOR FOR
                SELECT rp.id, rp.name, concat_ws(' ', rp.street, rp.street2), rp.city, rp.zip,
                       CASE WHEN length(rp.vat) > 2 THEN rp.vat END, COALESCE(rp.value_phone_e164, rp.phone),
                       COALESCE(rp.email_normalized, rp.email)
                  FROM res_partner rp
                 WHERE %s AND COALESCE(rp.company_id, %s) = %s
                 ORDER BY rp.id
                """,
                is_customer_sql("rp"),
                company.id,
                company.id,
            )
        )
        fetch = SQL("FETCH %s FROM customer_duplicate_read", FETCHED)
        ids, columns = [], [[] for _field in matching.FIELDS]
        while rows := self.env.execute_query(fetch):
            partner_ids, *values = zip(*rows, strict=True)
            ids += partner_ids
            for column, texts in zip(columns, values, strict=True):
                column += texts
        cr.execute("CLOSE customer_duplicate_read")
        return ids, matching.columns_of(dict(zip(matching.FIELDS, columns, strict=True)))

    @api.model
    def _rate_sql(self, company, ids, found):
        """Query of what is stored of the pairs in ``found``: documents, revenue and who should stay are looked up.

        :param ids: ids of customers by position, ascending
        :param found: ``matching.Found``
        """
        pairs = zip(found.one.tolist(), found.other.tolist(), strict=True)
        partners, others = [], []
        for one, other in pairs:
            partners.append(ids[one])
            others.append(ids[other])
        members = self.env["res.partner"].browse(sorted({*partners, *others}))
        scope = Scope.make(company, company._get_value_today(), 0, members)
        tills = SQL()
        if self.env["customer.value.source"]._has_tills():
            tills = SQL(
                "UNION ALL SELECT till.partner_id, till.day FROM (%s) till",
                self.env["customer.value.source"]._till_orders_sql(scope),
            )
        return SQL(
            """
            WITH RECURSIVE listed AS (
                SELECT * FROM unnest(%(partners)s::int[], %(others)s::int[], %(probabilities)s::float8[],
                                     %(evidence)s::text[]) listed (partner_id, other_id, probability, evidence)
            ), above AS (
                SELECT rp.id AS partner_id, rp.parent_id
                  FROM (SELECT partner_id AS id FROM listed UNION SELECT other_id FROM listed) one
                  JOIN res_partner rp ON rp.id = one.id
                 WHERE rp.parent_id IS NOT NULL
                 UNION
                SELECT above.partner_id, rp.parent_id FROM above JOIN res_partner rp ON rp.id = above.parent_id
                 WHERE rp.parent_id IS NOT NULL
            ), pair AS (
                -- a company and a branch below it are two on purpose, and Odoo merges none
                SELECT * FROM listed
                 WHERE (partner_id, other_id) NOT IN (SELECT partner_id, parent_id FROM above)
                   AND (other_id, partner_id) NOT IN (SELECT partner_id, parent_id FROM above)
            ), member AS (
                SELECT partner_id AS id FROM pair UNION SELECT other_id FROM pair
            ), document AS (
                SELECT rp.commercial_partner_id AS id, %(ordered)s AS day
                  FROM sale_order so JOIN res_partner rp ON rp.id = so.partner_id
                  JOIN member ON member.id = rp.commercial_partner_id
                 WHERE so.state = 'sale' AND so.company_id = %(books)s
                 UNION ALL
                SELECT am.commercial_partner_id, am.invoice_date
                  FROM account_move am JOIN member ON member.id = am.commercial_partner_id
                 WHERE am.state = 'posted' AND am.move_type IN ('out_invoice', 'out_refund')
                   AND am.company_id = %(books)s
                 %(tills)s
            ), known AS (
                SELECT member.id, COALESCE(document.documents, 0) AS documents, document.latest,
                       COALESCE(score.revenue, 0) AS revenue
                  FROM member
                  LEFT JOIN (SELECT id, count(*) AS documents, max(day) AS latest FROM document GROUP BY id) document
                    ON document.id = member.id
                  LEFT JOIN customer_value_score score
                    ON score.partner_id = member.id AND score.company_id = %(company)s
            )
            SELECT pair.partner_id, pair.other_id, COALESCE(kept.state, 'review') AS state,
                   pair.probability, pair.evidence::jsonb AS evidence,
                   one.revenue + other.revenue AS revenue,
                   round((pair.probability * (one.revenue + other.revenue)::float8)::numeric, %(digits)s) AS priority,
                   one.documents::int AS partner_documents, other.documents::int AS other_documents,
                   CASE WHEN (other.documents, COALESCE(other.latest, '-infinity'))
                           > (one.documents, COALESCE(one.latest, '-infinity'))
                        THEN pair.other_id ELSE pair.partner_id END AS survivor_id
              FROM pair
              JOIN known one ON one.id = pair.partner_id
              JOIN known other ON other.id = pair.other_id
              LEFT JOIN customer_duplicate kept
                ON kept.company_id = %(company)s AND (kept.partner_id, kept.other_id) = (pair.partner_id, pair.other_id)
            """,
            partners=partners,
            others=others,
            probabilities=found.probability.clip(max=MOST_CERTAIN).round(6).tolist(),
            evidence=self._tell_evidence(found),
            ordered=scope.day(SQL("so.date_order")),
            tills=tills,
            books=scope.books,
            company=company.id,
            digits=company.currency_id.decimal_places,
        )

    @api.model
    def _tell_evidence(self, found):
        """What each term says of each pair in ``found``, as JSON: bits, and at which level its fields agree."""
        terms = list(matching.TERMS)
        places = list(matching.FIELDS)
        # of postcode and city, the worse of those that are known is told; one that agrees leaves them partly the same
        columns = [[places.index(field) for field in matching.TERMS[term]] for term in terms]
        prior = {"prior": {"bits": round(found.model.prior_bits, 2)}}
        told = []
        for levels, bits in zip(found.levels.tolist(), found.evidence.tolist(), strict=True):
            parts = {}
            for term, fields_, said in zip(terms, columns, bits, strict=True):
                known = [levels[place] for place in fields_ if levels[place]]
                level = min(known, default=linking.MISSING)
                if level == linking.DIFFERENT < max(known):
                    level = linking.PARTLY
                parts[term] = {"bits": round(said, 2), "level": linking.LEVEL_NAMES[level]}
            told.append(json.dumps(parts | prior))
        return told

    # -- customers become others ---------------------------------------------------------------------------------------

    @api.model
    def _before_merge(self, partners):
        """Pairs among them are none any more; of pairs with the same third customer one is left, a decided one first.

        The one that is left refers to the first of ``partners``, so that whoever stays can have it.
        """
        self.env.flush_all()
        ids = partners.ids
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM customer_duplicate pair
                 USING (SELECT id, partner_id = ANY(%(ids)s) AND other_id = ANY(%(ids)s) AS within,
                               row_number() OVER (
                                   PARTITION BY company_id,
                                                CASE WHEN partner_id = ANY(%(ids)s) THEN other_id ELSE partner_id END
                                   ORDER BY state = 'apart' DESC, probability DESC, id
                               ) AS place
                          FROM customer_duplicate
                         WHERE other_id IS NOT NULL AND (partner_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s))) touched
                 WHERE touched.id = pair.id AND (touched.within OR touched.place > 1)
                """,
                ids=ids,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_duplicate
                   SET partner_id = CASE WHEN partner_id = ANY(%(ids)s) THEN %(first)s ELSE partner_id END,
                       other_id = CASE WHEN other_id = ANY(%(ids)s) THEN %(first)s ELSE other_id END,
                       survivor_id = CASE WHEN survivor_id = ANY(%(ids)s) THEN %(first)s ELSE survivor_id END
                 WHERE other_id IS NOT NULL AND (partner_id = ANY(%(ids)s) OR other_id = ANY(%(ids)s))
                """,
                ids=ids,
                first=min(ids, default=0),
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _after_merge(self, partner):
        """The customer with the smaller number comes first again, and the score follows what they are together.

        Where a pair is merged in its review that has been done; other merges leave it to the job, right afterwards.
        """
        scored = self.env["customer.value.score"].search_count([("partner_id", "=", partner.id)], limit=1)
        if scored and not self.env.context.get("duplicate_review"):
            self.env.ref("customer_value.cron_rescore")._trigger()
        self.env.cr.execute(
            SQL(
                """UPDATE customer_duplicate
                      SET (partner_id, other_id, partner_documents, other_documents)
                        = ROW(other_id, partner_id, other_documents, partner_documents)
                    WHERE other_id < partner_id AND %s IN (partner_id, other_id)""",
                partner.id,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _after_move(self, partners, state):
        """Those who are contacts now are customers no more."""
        contacts = partners.filtered(lambda partner: partner.commercial_partner_id != partner)
        domain = Domain("partner_id", "in", contacts.ids) | Domain("other_id", "in", contacts.ids)
        if contacts:
            self.search(domain & Domain("state", "=", "review")).unlink()

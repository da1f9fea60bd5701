from dataclasses import dataclass

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


@dataclass(frozen=True)
class Part:
    """What is deducted from the margin kept so far, or added to what is expected.

    :param str kind: ``cost``, or ``potential``
    :param str label: translated name
    :param str setting: field of the policy that says whether it counts; None: always
    :param int sequence: potentials count in this order, each as far as it goes beyond what counts before it
    :param str beyond: what a potential must exceed to count: ``current`` (the forecast expects it already), or
        ``potential`` (what counts before it), None: nothing
    :param bool is_revenue: a potential whose amount is revenue, of which the margin rate of the customer is kept
    :param bool is_habit: a potential that only customers bring who still buy: it is weighted by the probability of that
    """

    kind: str
    label: str
    setting: str | None = None
    sequence: int = 10
    beyond: str | None = "potential"
    is_revenue: bool = False
    is_habit: bool = False


class CustomerLifetimePart(models.AbstractModel):
    """The registry of parts of the lifetime value. Extended by others, and by our own rooms in the same way.

    To add a part, inherit this model: describe it in ``_get_parts`` and write ``_part_<code>_sql(scope)``. It returns
    SQL of ``partner_id`` (commercial entity, each once) and ``amount`` (company currency, untaxed; of a cost positive)
    up to ``scope.as_of``. The window of the scope is all of the past. ``_part_<code>_records(scope, partner)`` returns
    model and domain of the documents behind it; without it, the part has nothing to open.

    """

    _name = "customer.lifetime.part"
    _description = "Part of the Lifetime Value"

    @api.model
    def _get_parts(self):
        """:return: ``{code: Part}``"""
        return {
            "pipeline": Part(
                "potential", self.env._("Weighted pipeline"), beyond="current", is_revenue=True, sequence=10
            ),
            # what they buy elsewhere holds the pipeline, and products not bought yet
            "wallet": Part(
                "potential",
                self.env._("Share of what is bought elsewhere"),
                setting="lifetime_wallet_share",
                is_revenue=True,
                is_habit=True,
                sequence=30,
            ),
        }

    @api.model
    def _get_active_parts(self, kind, policy):
        """Those of a kind that the policy asks for, in their order.

        :param policy: ``customer.value.policy``, or none
        :return: ``{code: Part}``
        """
        parts = sorted(self._get_parts().items(), key=lambda part: (part[1].sequence, part[0]))
        return {
            code: part
            for code, part in parts
            if part.kind == kind and (not part.setting or not policy or policy[part.setting])
        }

    @api.model
    def _part_sql(self, code, scope):
        query = getattr(self, f"_part_{code}_sql")(scope)
        if scope.partner_ids is None:
            return query
        return SQL("SELECT * FROM (%s) part WHERE %s", query, scope.among(SQL("part.partner_id")))

    @api.model
    def _part_records(self, code, scope, partner):
        """:return: tuple of model and domain; None where there is nothing to open"""
        records = getattr(self, f"_part_{code}_records", None)
        return records(scope, partner) if records else None

    # -- pipeline ------------------------------------------------------------------------------------------------------

    @api.model
    def _part_pipeline_sql(self, scope):
        query = self.env["customer.value.source"]._source_query("crm", scope, {"open_pipeline"})
        return SQL("SELECT partner_id, open_pipeline AS amount FROM (%s) crm", query)

    @api.model
    def _part_pipeline_records(self, scope, partner):
        action = self.env["customer.value.source"]._documents_action("open_pipeline", scope, partner)
        return action["res_model"], Domain(action["domain"])

    # -- share of wallet -----------------------------------------------------------------------------------------------

    @api.model
    def _part_wallet_sql(self, scope):
        """What customers spend elsewhere within the horizon, times the share of it that is expected to be won. What was
        found later than ``as_of`` was not known then.
        """
        company = self.env["res.company"].browse(scope.company_id)
        policy = self.env["customer.value.policy"]._get_active(company)
        return SQL(
            """SELECT partner_id, gap * %s::numeric AS amount FROM customer_wallet
                WHERE company_id = %s AND as_of <= %s AND gap > 0""",
            policy._get_lifetime_terms().months / 12 * policy.lifetime_wallet_share / 100,
            scope.company_id,
            scope.as_of,
        )

    @api.model
    def _part_wallet_records(self, scope, partner):
        return "customer.wallet", Domain("partner_id", "=", partner.id) & Domain("company_id", "=", scope.company_id)

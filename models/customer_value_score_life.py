from dateutil.relativedelta import relativedelta
from odoo import fields, models
from odoo.tools.misc import format_date, formatLang


class CustomerValueScore(models.Model):
    """A tier as people see it: until when it lasts, what keeps it, and how it came about."""

    _inherit = "customer.value.score"

    def _get_tier_until(self):
        """How long the customer has the present tier for certain.

        Extend this where something else than the score holds a tier.

        :return: tuple (kind, date): ``grace`` and the last day of grace; ``override`` and the last day of a tier set
            by hand; ``hold`` and the last day of the minimum hold; ``club`` and the day until which the membership
            lasts unless renewed; ``open`` and None, until further notice
        """
        self.ensure_one()
        today = fields.Date.context_today(self)
        # sudo: the customer himself asks as well, and has no access to tiers
        override, tier = self.override_id.sudo(), self.tier_id.sudo()
        if override:
            return ("override", override.date_until) if override.date_until else ("open", None)
        if self.grace_until and self.grace_until >= today:
            return "grace", self.grace_until
        if tier.hold_months and self.tier_since:
            last = self.tier_since + relativedelta(months=tier.hold_months, days=-1)
            if last >= today:
                return "hold", last
        # sudo: as above
        membership = self.sudo()._get_membership()
        if membership.date_until:
            return "club", membership.date_until
        return "open", None

    def _get_keep_advice(self):
        """What keeps the tier of a customer in grace: the purchase after which the next run leaves it to him.

        Nothing of it is stored. It assumes the cut points of the last calibration, one purchase, ordered and invoiced
        at once on the customer's usual margin and discount, and that what falls due is paid.

        :return: dict; empty where the customer is not in grace, or the next run will calibrate anew. Else ``amount``
            (whole units of ``currency``, untaxed; 0: nothing more is needed; None: no purchase is enough by itself),
            ``currency`` (code), ``currency_id``, ``date`` (last day), ``tier`` (name), ``sentence`` (may be shown to
            the customer) and ``hint`` (what stands in the way, for colleagues only; empty if nothing does)
        """
        self.ensure_one()
        self.check_access("read")
        kind, until = self._get_tier_until()
        # sudo: who reads the value of a customer need not have access to runs; the one made here is never saved
        score = self.sudo()
        policy = score.env["customer.value.policy"]._get_active(score.company_id)
        if kind != "grace" or score.tier_id.policy_id != policy:
            return {}
        run = score.env["customer.value.run"].new({"policy_id": policy.id, "as_of": fields.Date.context_today(self)})
        purchase = run._least_purchase(score.partner_id, until)
        if purchase is None:
            return {}
        return {
            "amount": purchase.amount,
            "currency": score.currency_id.name,
            "currency_id": score.currency_id.id,
            "date": until,
            "tier": score.tier_id.name,
            "sentence": score._describe_purchase(purchase, until),
            "hint": score._describe_obstacle(purchase) if purchase.amount is None else "",
        }

    def _describe_purchase(self, purchase, until):
        terms = {"tier": self.tier_id.name, "date": format_date(self.env, until)}
        if purchase.amount is None:
            return self.env._("A purchase alone does not keep %(tier)s beyond %(date)s.", **terms)
        if not purchase.amount:
            return self.env._("%(tier)s is earned again: nothing more is needed to keep it.", **terms)
        if purchase.amount == 1 and purchase.from_there:
            return self.env._("Any order by %(date)s keeps %(tier)s.", **terms)
        terms |= {"currency": self.currency_id.name, "amount": formatLang(self.env, purchase.amount, digits=0)}
        if purchase.from_there:
            return self.env._("%(currency)s %(amount)s more by %(date)s keeps %(tier)s.", **terms)
        return self.env._("An order of %(currency)s %(amount)s by %(date)s keeps %(tier)s.", **terms)

    def _describe_obstacle(self, purchase):
        """Why no purchase is enough, and what would help most."""
        gate = self.env["customer.value.gate"].browse(purchase.gate_id or [])
        if gate:
            return self.env._("A gate stands in the way: %(gate)s.", gate=gate.display_name)
        moved = self.env["customer.value.source"]._get_purchase_effects()
        lines = self.get_explanation()["lines"]
        missing = [
            (line["maximum"] - line["contribution"], line["label"]) for line in lines if line["metric"] not in moved
        ]
        missing = sorted((item for item in missing if item[0] >= 0.01), reverse=True)[:3]
        sentences = []
        if self.tier_id.policy_id.tier_method == "score":
            sentences.append(
                self.env._(
                    "A purchase brings the score to %(best)s at the most, and %(tier)s is kept from %(keep)s.",
                    best=formatLang(self.env, purchase.score),
                    tier=self.tier_id.name,
                    keep=formatLang(self.env, self.tier_id.keep_score),
                )
            )
        if missing:
            sentences.append(
                self.env._(
                    "Most is missing in: %s.",
                    ", ".join(
                        self.env._("%(label)s (%(points)s points)", label=label, points=formatLang(self.env, points))
                        for points, label in missing
                    ),
                )
            )
        return " ".join(sentences)

    def _get_timeline(self, limit=12):
        """The last changes of the customer's tier, latest first; the contributions are fetched when asked for.

        :return: list of dicts ``id`` (of the history), ``date``, ``event``, ``move``, ``from`` and ``to`` (dict of
            name and color, or False), ``cause`` and ``who`` (text), ``score`` (None for who left), ``policy``,
            ``comparable`` (whether contributions are known)
        """
        self.ensure_one()
        entries = self.env["customer.value.history"].search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("cause", "!=", False),
            ],
            limit=limit,
        )
        causes = dict(entries._fields["cause"]._description_selection(self.env))

        def tier(record):
            # sudo: the tier of a version that is no longer one's own to read
            return {"name": record.sudo().name, "color": record.sudo().color} if record else False

        return [
            {
                "id": entry.id,
                "date": fields.Date.to_string(entry.date),
                "event": entry.event,
                "move": entry.tier_move or "",
                "from": tier(entry.previous_tier_id),
                "to": tier(entry.tier_id),
                "cause": causes.get(entry.cause, ""),
                # sudo: whoever did it, a colleague of another company or a job
                "who": entry.user_id.sudo().name or "",
                "score": None if entry.event == "left" else entry.score,
                "policy": entry.policy_id.sudo().display_name or "",
                "comparable": bool(entry.contributions or entry.previous_contributions),
            }
            for entry in entries
        ]

    def get_value_explanation(self):
        """Adds ``timeline`` (see ``_get_timeline``) and ``keep``: amount, sentence and hint of ``_get_keep_advice``."""
        advice = self._get_keep_advice()
        return super().get_value_explanation() | {
            "timeline": self._get_timeline(),
            "keep": {name: advice[name] for name in ("amount", "sentence", "hint")} if advice else False,
        }

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date, formatLang

# Kinds of records behind the result: what was bought at tills stands in lists of its own
TILLS = ("tills_treated", "tills_holdout", "tills_attributed")

# Colors of conclusions
TONES = {
    "better": "success",
    "worse": "danger",
    "no_difference": "secondary",
    "underpowered": "warning",
    "early": "info",
}


class CustomerRetentionCampaign(models.Model):
    """The result in words and figures, and the records behind each of them."""

    _inherit = "customer.retention.campaign"

    @api.readonly
    def get_result(self):
        """What the page of the result shows.

        :return: dict, all texts in the user's language and all numbers in company currency: ``state``, ``label``,
            ``tone``, ``headline``, ``sum`` (the sentence of the profit, or False), ``notes``, ``figures`` (see
            ``_get_result_figures``), ``interval`` (or False), ``retained`` (or False), ``points`` (oldest first),
            ``first`` (day of the time before the start, or False) and ``start``, ``currency_id``
        """
        self.ensure_one()
        self.check_access("read")
        labels = dict(self._fields["result_state"]._description_selection(self.env))
        result = {
            "state": self.result_state,
            "label": labels.get(self.result_state, self.env._("Not measured yet")),
            "tone": TONES.get(self.result_state, "secondary"),
            "headline": self._get_result_headline(),
            "sum": self._get_result_sum(),
            "notes": self._get_result_notes() if self.result_state else [],
            "figures": self._get_result_figures() if self.result_state else [],
            "interval": False,
            "retained": False,
            "points": [],
            "first": False,
            "start": fields.Date.to_string(self.date_start),
            "currency_id": self.currency_id.id,
        }
        if self.is_effect_known:
            result["interval"] = {
                "low": self.effect_low,
                "effect": self.effect,
                "high": self.effect_high,
                "detectable": self.result_detectable,
                "worthwhile": self.result_worthwhile,
            }
        if self.result_treated and self.result_holdout:
            result["retained"] = {
                "treated": self.retained_treated,
                "holdout": self.retained_holdout,
                "sentence": self._get_retained_sentence(),
            }
        if self.result_state:
            result["points"] = self._get_result_points()
            result["first"] = fields.Date.to_string(self._get_time_before()[0])
        return result

    def _get_result_points(self):
        """:return: list of dicts, oldest first; the last one is the result itself"""
        names = (
            "is_before",
            "margin_treated",
            "margin_holdout",
            "is_effect_known",
            "effect",
            "effect_low",
            "effect_high",
        )
        points = [
            {"date": fields.Date.to_string(checkpoint.date)} | {name: checkpoint[name] for name in names}
            for checkpoint in self.checkpoint_ids.sorted("date")
            if checkpoint.date < self.result_date
        ]
        now = {name: self[name] for name in names if name != "is_before"}
        return [*points, {"date": fields.Date.to_string(self.result_date), "is_before": False} | now]

    def _get_result_figures(self):
        """:return: list of dicts: ``kind`` (see ``action_view_result``), ``label``, ``value`` (text), ``hint``, and
        ``records`` (whether the reader may open what is behind it)
        """
        may_open = {
            name: self.env[model].has_access("read")
            for name, model in (("orders", "sale.order"), ("members", "customer.retention.member"))
        }
        # they are shown to those only who may open them
        may_open["tills"] = True
        money = self.currency_id.format
        figures = []

        def add(kind, label, value, hint):
            [group] = [name for name in ("orders", "tills") if kind.startswith(name)] or ["members"]
            records = may_open[group]
            figures.append({"kind": kind, "label": label, "value": value, "hint": hint, "records": records})

        people, average = self.env._("customers"), self.env._("per customer, unadjusted")
        add("members_treated", self.env._("Offer group"), self._say_number(self.result_treated), people)
        add("members_holdout", self.env._("Control group"), self._say_number(self.result_holdout), people)
        add("orders_treated", self.env._("Margin, offer group"), money(self.margin_treated), average)
        add("orders_holdout", self.env._("Margin, control group"), money(self.margin_holdout), average)
        add("cost", self.env._("Cost"), money(self.cost_total), self.env._("besides the orders"))
        if self.result_state in ("better", "worse") and self.cost_total:
            rate = f"{self._say_number(100 * self.return_rate)}%"
            add("cost", self.env._("Return"), rate, self.env._("profit on cost"))
        if self.result_excluded:
            add("members_excluded", self.env._("Excluded"), self._say_number(self.result_excluded), people)
        attributed = money(self.attributed_amount)
        add("orders_attributed", self.env._("Attributed revenue"), attributed, self.env._("not the effect"))
        tills = {kind: self._find_result_tills(kind) for kind in TILLS}
        if any(tills.values()):
            labels = (
                self.env._("Orders at tills, offer group"),
                self.env._("Orders at tills, control group"),
                self.env._("Orders at tills, linked"),
            )
            for (kind, orders), label in zip(tills.items(), labels, strict=True):
                add(kind, label, self._say_number(len(orders)), self.env._("counted with the others"))
        return figures

    def _find_result_tills(self, kind):
        """Purchases at tills behind a figure, which the reader may open.

        :param str kind: one of ``TILLS``
        :return: list of ids
        """
        if not self.result_date or not self.env["customer.value.source"]._may_open_tills():
            return []
        arm = "holdout" if kind == "tills_holdout" else "treatment"
        linked = SQL("bought.campaign_id = %s", self.id) if kind == "tills_attributed" else SQL("TRUE")
        return self._open_tills(self._result_tills_sql(self.date_start, self.result_date, arm), linked)

    def _announce_result(self):
        """Tell the followers that the time is over and what came out, in the language of the responsible."""
        campaign = self.with_context(lang=self.user_id.lang or self.env.lang)
        sentences = filter(None, [campaign._get_result_headline(), campaign._get_result_sum()])
        self.message_post(
            body=Markup("<p>%s</p>") % Markup("<br/>").join(sentences), partner_ids=self.user_id.partner_id.ids
        )

    def action_print_result(self):
        """The result as PDF, a page for each campaign."""
        self.check_access("read")
        return self.env.ref("customer_value.action_report_retention_result").report_action(self, config=False)

    # -- sentences -----------------------------------------------------------------------------------------------------

    def _get_result_headline(self):
        if not self.result_state:
            if self.state == "draft":
                return self.env._("The result is measured from the start of the campaign.")
            if not self.member_count:
                return self.env._(
                    "There is nothing to measure: the campaign was canceled before customers were assigned to groups."
                )
            return self.env._("Not measured yet. Campaigns are measured every night, or press Measure Now.")
        if not self.result_holdout and not self.holdout_count:
            return self.env._("There was no control group: the effect of the campaign cannot be measured.")
        if self.result_state == "early":
            wait = self.env._(
                "Not enough data yet: orders count until %(date)s, and the result follows on the next day.",
                date=format_date(self.env, self.measure_until),
            )
            if self.result_obstacle == "buyers":
                return self.env._("%s So far, too few customers have brought margin to show an effect.", wait)
            if not self.is_effect_known:
                return wait
            return self.env._("%(wait)s Provisional: %(effect)s", wait=wait, effect=self._say_effect())
        if self.result_obstacle == "buyers":
            return self.env._(
                "Not enough data: too few customers brought margin to tell whether a difference between the groups is "
                "more than chance."
            )
        if not self.is_effect_known:
            return self.env._("Not enough data: there are too few customers, or none of them ordered.")
        if self.result_state == "underpowered":
            return self.env._("Not enough data: this may be due to chance. %(effect)s", effect=self._say_effect())
        if self.result_state == "no_difference":
            return self.env._(
                "No worthwhile effect: an effect of %(worthwhile)s would have been detected. %(effect)s",
                worthwhile=self.currency_id.format(self.result_worthwhile),
                effect=self._say_effect(),
            )
        return self._say_effect()

    def _get_result_sum(self):
        """How the profit comes about; False where no effect is claimed."""
        if self.result_state not in ("better", "worse"):
            return False
        money = self.currency_id.format
        values = {
            "customers": self._say_number(self.result_treated),
            "effect": money(self.effect),
            "cost": money(self.cost_total),
            "profit": money(abs(self.profit)),
            "low": money(self.profit_low),
            "high": money(self.profit_high),
            "confidence": self._get_confidence_label(),
        }
        if self.profit < 0:
            return self.env._(
                "%(customers)s customers × %(effect)s − %(cost)s cost = %(profit)s loss (%(confidence)s: %(low)s to "
                "%(high)s).",
                **values,
            )
        return self.env._(
            "%(customers)s customers × %(effect)s − %(cost)s cost = %(profit)s profit (%(confidence)s: %(low)s to "
            "%(high)s).",
            **values,
        )

    def _get_retained_sentence(self):
        values = {
            "treated": f"{self._say_number(100 * self.retained_treated, 1)}%",
            "holdout": f"{self._say_number(100 * self.retained_holdout, 1)}%",
            "low": self._say_points(self.retained_low),
            "high": self._say_points(self.retained_high),
            "confidence": self._get_confidence_label(),
            "p_value": self._say_p_value(),
        }
        if self.result_state == "early":
            return self.env._(
                "To date, %(treated)s of the offer group and %(holdout)s of the control group have ordered.", **values
            )
        if self.retained_p_value < 1 - self.confidence / 100:
            return self.env._(
                "%(treated)s of the customers with the offer ordered, and %(holdout)s of the control group. The "
                "difference is statistically significant (%(confidence)s: %(low)s to %(high)s points, %(p_value)s).",
                **values,
            )
        return self.env._(
            "%(treated)s of the customers with the offer ordered, and %(holdout)s of the control group. The "
            "difference may be due to chance (%(confidence)s: %(low)s to %(high)s points, %(p_value)s).",
            **values,
        )

    def _get_result_notes(self):
        """What one has to know to read the result, as sentences."""
        notes = []
        money = self.currency_id.format
        if self.result_detectable:
            notes.append(
                self.env._(
                    "These data can detect an effect of at least %(detectable)s per customer with %(power)s%% "
                    "certainty. The minimum worthwhile effect is %(worthwhile)s.",
                    detectable=money(self.result_detectable),
                    power=f"{self.power:.4g}",
                    worthwhile=money(self.result_worthwhile),
                )
            )
        if self.result_correlation > 0.05:
            notes.append(
                self.env._(
                    "Adjusted for the period before the start, which removes %(share)s of the random variation in "
                    "margins.",
                    share=f"{100 * self.result_correlation**2:.0f}%",
                )
            )
        notes.append(
            self.env._(
                "Customers are counted in the group they were assigned to, even if the offer did not reach them; "
                "customers without orders count as 0. Margin is the margin of orders minus credit notes."
            )
        )
        if self.result_excluded:
            notes.append(
                self.env._(
                    "%s customers are excluded from the result, because their records were merged.",
                    self.result_excluded,
                )
            )
        if self.attributed_amount:
            notes.append(
                self.env._(
                    "Attribution, not effect: orders of %(amount)s are linked to the campaign, %(share)s of the orders "
                    "of customers with the offer. It is unknown how many of them would have come anyway.",
                    amount=money(self.attributed_amount),
                    share=f"{100 * self.attributed_rate:.0f}%",
                )
            )
        return notes

    def _say_effect(self):
        """The effect with its interval, as a sentence."""
        money = self.currency_id.format
        values = {
            "effect": money(abs(self.effect)),
            "confidence": self._get_confidence_label(),
            "low": money(self.effect_low),
            "high": money(self.effect_high),
        }
        if self.effect < 0:
            return self.env._(
                "Each customer with the offer brought %(effect)s less than the control group (%(confidence)s: "
                "%(low)s to %(high)s).",
                **values,
            )
        return self.env._(
            "Each customer with the offer brought %(effect)s more than the control group (%(confidence)s: "
            "%(low)s to %(high)s).",
            **values,
        )

    def _say_number(self, number, digits=0):
        return formatLang(self.env, number, digits=digits)

    def _say_points(self, share):
        """A difference of shares in points of percent, with its sign."""
        return ("+" if share >= 0 else "") + self._say_number(100 * share, 1)

    def _say_p_value(self):
        if self.retained_p_value < 0.001:
            return f"p < {self._say_number(0.001, 3)}"
        return f"p = {self._say_number(self.retained_p_value, 3)}"

    def _get_confidence_label(self):
        return f"{self.confidence:.4g}%"

    # -- the records behind --------------------------------------------------------------------------------------------

    @api.readonly
    def action_view_result(self, kind):
        """The window action of the records behind a figure.

        :param str kind: ``members_treated``, ``members_holdout``, ``members_excluded``, ``cost``, ``checkpoints``,
            ``orders_treated``, ``orders_holdout`` or ``orders_attributed``, or one of ``TILLS``
        :raise UserError: there is no such figure
        """
        self.ensure_one()
        self.check_access("read")
        mine = [("campaign_id", "=", self.id)]
        counted = [*mine, ("excluded", "in", (False, ""))]
        members = {
            "members_treated": (self.env._("Offer group"), [*counted, ("arm", "=", "treatment")]),
            "members_holdout": (self.env._("Control group"), [*counted, ("arm", "=", "holdout")]),
            "members_excluded": (self.env._("Excluded customers"), [*mine, ("excluded", "not in", (False, ""))]),
            "checkpoints": (self.env._("Measurements"), mine),
            "cost": (self.env._("Customers with offer cost"), [*mine, ("cost", ">", 0)]),
        }
        if kind in members:
            name, domain = members[kind]
            model = "customer.retention.checkpoint" if kind == "checkpoints" else "customer.retention.member"
            return self._result_action(name, model, domain)
        tills = {
            "tills_treated": self.env._("Orders of the offer group at tills"),
            "tills_holdout": self.env._("Orders of the control group at tills"),
            "tills_attributed": self.env._("Orders at tills linked to the campaign"),
        }
        if kind in tills and self.env["customer.value.source"]._has_tills():
            return self._result_action(tills[kind], "pos.order", [("id", "in", self._find_result_tills(kind))])
        orders = {
            "orders_treated": self.env._("Orders of the offer group"),
            "orders_holdout": self.env._("Orders of the control group"),
            "orders_attributed": self.env._("Orders linked to the campaign"),
        }
        if kind not in orders or not self.result_date:
            raise UserError(self.env._("There are no records for this figure yet. Press Measure Now."))
        arm = "holdout" if kind == "orders_holdout" else "treatment"
        scope = self._result_scope(self.date_start, self.result_date)
        of_member = ("partner_id.commercial_partner_id.retention_member_ids", "any", [*counted, ("arm", "=", arm)])
        domain = [
            ("company_id", "=", self.company_id.id),
            ("state", "=", "sale"),
            ("value_is_purchase", "=", True),
            ("date_order", ">=", fields.Datetime.to_string(scope.window_opens)),
            ("date_order", "<", fields.Datetime.to_string(scope.until)),
            of_member,
        ]
        if kind == "orders_attributed":
            domain.append(("campaign_id", "=", self.utm_campaign_id.id or 0))
        return self._result_action(orders[kind], "sale.order", domain)

    def _result_action(self, name, model, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "views": [(False, "list"), (False, "form")],
            "domain": domain,
            "context": {"create": False},
        }

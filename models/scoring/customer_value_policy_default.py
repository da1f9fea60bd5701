from odoo import Command, api, models


class CustomerValuePolicy(models.Model):
    """The policy that a company starts with."""

    _inherit = "customer.value.policy"

    @api.model
    def _prepare_default_policy(self, company):
        """Values of an active policy that suits a company selling to other companies, ready to run."""
        return {
            "name": self.env._("Customer value"),
            "company_id": company.id,
            "state": "active",
            "dimension_ids": [
                Command.create({"sequence": index, "metric": metric, "weight": weight} | extra)
                for index, (metric, weight, extra) in enumerate(self._default_dimensions(), start=1)
            ],
            "tier_ids": [Command.create(vals) for vals in self._default_tiers()],
            "segment_ids": [
                Command.create({"sequence": index} | vals)
                for index, vals in enumerate(self._default_segments(), start=1)
            ],
        }

    @api.model
    def _default_texts(self):
        """What the default policy says in the language of the environment; in every language in the same order."""
        lines = [*self._default_tiers(), *self._default_segments()]
        texts = [line[name] for line in lines for name in ("name", "description") if name in line]
        return [self.env._("Customer value"), *texts]

    def _translate_defaults(self, langs):
        """Translate names and descriptions that are still those of the default policy. What a user wrote stays.

        :param langs: codes of languages; those that are not installed are left out
        """
        installed = {code for code, _name in self.env["res.lang"].get_installed()}
        english = self.with_context(lang="en_US")._default_texts()
        for lang in installed.intersection(langs) - {"en_US"}:
            policies = self.with_context(lang=lang)
            translations = dict(zip(english, policies._default_texts(), strict=True))
            for records in (policies, policies.tier_ids, policies.segment_ids):
                for record in records:
                    for name in ("name", "description"):
                        # without a translation, this is the English text
                        text = translations.get(record[name], record[name])
                        if text != record[name]:
                            record.update_field_translations(name, {lang: text})

    @api.model
    def _default_dimensions(self):
        """(metric, weight, further values): what customers bring, how they buy, how they pay, what they may bring.

        Groups and weights were chosen by what CDNOW customers who are not in the demo brought later: see *Backtest* in
        the guide. Many groups among those who bought tell the largest apart, who bring most.
        """
        buyers = {"compared_with": "positive"}
        bands = [(0.0, 100.0), (0.01, 60.0), (1000.0, 30.0), (10000.0, 0.0)]
        overdue = [Command.create({"from_value": start, "points": points}) for start, points in bands]
        return [
            ("revenue", 30.0, {"quantiles": 100, **buyers}),
            ("margin", 25.0, {"quantiles": 100, **buyers}),
            ("order_count", 15.0, {"quantiles": 5, **buyers}),
            ("recency_days", 20.0, {"quantiles": 20}),
            ("open_pipeline", 5.0, {"scale": "linear", "floor": 0.0, "cap": 10000.0}),
            ("overdue_amount", 5.0, {"scale": "bands", "band_ids": overdue}),
        ]

    @api.model
    def _default_tiers(self):
        tier = {"entry_basis": "customers", "hold_months": 3, "grace_days": 60}
        top = {"excludes_lost": True}
        return [
            tier | {"name": self.env._("Diamond"), "entry_share": 5.0, "keep_share": 8.0, "color": 4, **top},
            tier | {"name": self.env._("Gold"), "entry_share": 20.0, "keep_share": 26.0, "color": 3, **top},
            tier | {"name": self.env._("Silver"), "entry_share": 50.0, "keep_share": 60.0, "color": 8},
            {"name": self.env._("Standard"), "entry_score": 0.0, "color": 0},
        ]

    @api.model
    def _default_segments(self):
        """Fourteen boxes that fill the cube of RFM codes; among them the four named groups of classic RFM."""
        low, middle, high, everything = (1, 2), (3, 3), (4, 5), (1, 5)
        boxes = [
            (
                high,
                high,
                high,
                10,
                self.env._("High value"),
                self.env._("Reward them, ask for referrals, and offer new products first."),
            ),
            (
                high,
                high,
                (1, 3),
                4,
                self.env._("Loyal, small baskets"),
                self.env._("Offer larger packs and matching products."),
            ),
            (
                high,
                middle,
                everything,
                4,
                self.env._("Promising"),
                self.env._("Make the next order easy: they are becoming regulars."),
            ),
            (
                high,
                low,
                (3, 5),
                6,
                self.env._("New, large orders"),
                self.env._("Welcome them personally and assign an account manager."),
            ),
            (
                high,
                low,
                low,
                6,
                self.env._("New"),
                self.env._("Welcome them; a second order decides whether they stay."),
            ),
            (
                middle,
                high,
                everything,
                3,
                self.env._("Regular, due for an order"),
                self.env._("Remind them before they consider competitors."),
            ),
            (
                middle,
                middle,
                everything,
                8,
                self.env._("Average"),
                self.env._("Make offers based on previous purchases."),
            ),
            (
                middle,
                low,
                everything,
                7,
                self.env._("Losing interest"),
                self.env._("Give them a low-cost reason to come back."),
            ),
            (low, high, high, 1, self.env._("Must not be lost"), self.env._("Call them to find out why they stopped.")),
            (low, high, middle, 1, self.env._("Important to keep"), self.env._("Win them back with a personal offer.")),
            (low, high, low, 2, self.env._("Faded, small baskets"), self.env._("An email reminder is sufficient.")),
            (low, middle, everything, 2, self.env._("At risk"), self.env._("Ask what went wrong and offer help.")),
            (
                low,
                low,
                (3, 5),
                5,
                self.env._("Lost, large orders"),
                self.env._("One win-back attempt by the sales team."),
            ),
            (low, low, low, 0, self.env._("Low value"), self.env._("Use standard service only.")),
        ]
        return [
            {
                "name": name,
                "description": description,
                "color": color,
                "r_min": recency[0],
                "r_max": recency[1],
                "f_min": frequency[0],
                "f_max": frequency[1],
                "m_min": monetary[0],
                "m_max": monetary[1],
            }
            for recency, frequency, monetary, color, name, description in boxes
        ]

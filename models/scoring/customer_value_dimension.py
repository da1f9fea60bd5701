from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...analytics.scoring import scales

# Points of metrics end here even for the best of all customers, unless the policy says otherwise.
NOTHING_FROM = {"recency_days": 365.0}


class CustomerValueDimension(models.Model):
    """A metric on a policy: how much it weighs and how its raw number becomes 0 to 100 points."""

    _name = "customer.value.dimension"
    _description = "Customer Value Dimension"
    _inherit = ["customer.value.metric.mixin"]
    _order = "policy_id, sequence, id"

    weight = fields.Float(default=1.0, required=True)
    weight_share = fields.Float(compute="_compute_weight_share", string="Share (%)")
    scale_summary = fields.Char(compute="_compute_scale_summary", string="Points")
    direction = fields.Selection(
        [("higher", "Higher is better"), ("lower", "Lower is better")],
        compute="_compute_direction",
        store=True,
        readonly=False,
        required=True,
        precompute=True,
    )
    scale = fields.Selection(
        [("quantile", "Quantiles"), ("bands", "Bands"), ("linear", "Linear")],
        default="quantile",
        required=True,
        help="Quantiles: customers are ranked against each other; cut points are frozen by a full run.\nBands: you "
        "define how many points are given from each value.\nLinear: 0 points at the floor, 100 at the cap, "
        "proportional in between.",
    )
    quantiles = fields.Integer(
        default=10, help="Number of equally large groups: 5 are quintiles, 10 deciles, 100 percentiles."
    )
    compared_with = fields.Selection(
        [("all", "All customers"), ("positive", "Customers above zero")],
        default="all",
        required=True,
        help="Whose values the groups are made of. Where most customers have nothing, choose those above zero: "
        "otherwise, the best group contains small and large customers alike.",
    )
    nothing_from = fields.Float(
        string="No Points From",
        compute="_compute_nothing_from",
        store=True,
        readonly=False,
        precompute=True,
        help="No customer gets points from this value on, however others compare; from half of it on, points "
        "decrease. 0: only the comparison with other customers counts.",
    )
    floor = fields.Float()
    cap = fields.Float(default=100.0)
    missing_points = fields.Float(
        string="Points if Missing",
        help="Points for customers without a value, such as the days since the last order of a customer who has "
        "not ordered yet.",
    )
    band_ids = fields.One2many("customer.value.band", "dimension_id", copy=True)

    _metric_once = models.Constraint(
        "UNIQUE(policy_id, metric)",
        "This metric is already a dimension of the policy. Change its weight instead.",
    )
    _weight_not_negative = models.Constraint("CHECK(weight >= 0)", "A weight cannot be negative.")
    _missing_points = models.Constraint(
        "CHECK(missing_points BETWEEN 0 AND 100)", "Points for missing values must be between 0 and 100."
    )
    _nothing_from = models.Constraint(
        "CHECK(nothing_from >= 0)", "The value from which there are no points cannot be negative. Enter 0 for none."
    )
    _quantiles = models.Constraint("CHECK(quantiles BETWEEN 2 AND 100)", "Choose between 2 and 100 quantiles.")
    _floor_below_cap = models.Constraint(
        "CHECK(scale <> 'linear' OR floor < cap)", "The floor of a linear scale must be lower than its cap."
    )

    @api.depends("metric")
    def _compute_display_name(self):
        metrics = self.env["customer.value.source"]._get_metrics()
        for dimension in self:
            metric = metrics.get(dimension.metric)
            dimension.display_name = metric.label if metric else dimension.metric

    @api.depends("metric")
    def _compute_direction(self):
        metrics = self.env["customer.value.source"]._get_metrics()
        for dimension in self:
            metric = metrics.get(dimension.metric)
            dimension.direction = metric.direction if metric else "higher"

    @api.depends("metric")
    def _compute_nothing_from(self):
        for dimension in self:
            dimension.nothing_from = NOTHING_FROM.get(dimension.metric, 0.0)

    @api.depends("weight", "policy_id.weight_total")
    def _compute_weight_share(self):
        for dimension in self:
            total = dimension.policy_id.weight_total
            dimension.weight_share = 100 * dimension.weight / total if total else 0.0

    @api.depends(
        "scale", "quantiles", "compared_with", "direction", "nothing_from", "floor", "cap", "band_ids", "metric"
    )
    def _compute_scale_summary(self):
        Source = self.env["customer.value.source"]
        metrics = Source._get_metrics()
        for dimension in self:
            unit = metrics[dimension.metric].unit if dimension.metric in metrics else "count"
            currency = dimension.company_id.currency_id
            if dimension.scale == "quantile":
                summary = self.env._("%s groups of equal size", dimension.quantiles)
                if dimension._is_among_positive():
                    summary = self.env._("%s groups of equal size above zero", dimension.quantiles)
                if dimension.nothing_from and dimension.direction == "lower":
                    summary = self.env._(
                        "%(groups)s, no points from %(value)s",
                        groups=summary,
                        value=Source._format_raw(unit, dimension.nothing_from, currency),
                    )
            elif dimension.scale == "bands":
                summary = self.env._("%s bands", len(dimension.band_ids))
            else:
                summary = self.env._(
                    "%(floor)s to %(cap)s",
                    floor=Source._format_raw(unit, dimension.floor, currency),
                    cap=Source._format_raw(unit, dimension.cap, currency),
                )
            dimension.scale_summary = summary

    @api.constrains("scale", "band_ids")
    def _check_bands(self):
        for dimension in self:
            if dimension.scale == "bands" and not dimension.band_ids:
                raise ValidationError(
                    self.env._(
                        "The dimension %(name)s uses bands but has none. Add at least one band with a start value and "
                        "points.",
                        name=dimension.display_name,
                    )
                )

    @api.constrains("metric", "direction", "scale", "band_ids")
    def _check_harmless(self):
        """What never counts against a customer gives no fewer points where there is more of it."""
        metrics = self.env["customer.value.source"]._get_metrics()
        for dimension in self:
            metric = metrics.get(dimension.metric)
            points = dimension.band_ids.sorted("from_value").mapped("points")
            falling = points != sorted(points) if dimension.scale == "bands" else dimension.direction == "lower"
            if metric and metric.harmless and falling:
                raise ValidationError(
                    self.env._(
                        "%(name)s cannot lower a customer's score: customers who complain want to stay. Use “Abusive "
                        "complaints” instead, or choose “Higher is better”.",
                        name=dimension.display_name,
                    )
                )

    def _is_among_positive(self):
        return self.compared_with == "positive" and self.direction == "higher"

    def _get_scale(self, cuts=()):
        """The ``analytics.scales.Scale`` of this dimension.

        :param cuts: calibrated cut points of a quantile scale, in natural units
        """
        self.ensure_one()
        lower = self.direction == "lower"
        if self.scale == "quantile":
            return scales.Quantile(tuple(cuts), self.quantiles, lower, self.nothing_from, self._is_among_positive())
        if self.scale == "bands":
            bands = self.band_ids.sorted("from_value")
            return scales.Bands(tuple(bands.mapped("from_value")), tuple(bands.mapped("points")))
        return scales.Linear(self.floor, self.cap, lower)

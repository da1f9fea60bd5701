from odoo import api, fields, models


class CustomerValueMatrixMixin(models.AbstractModel):
    """Records with a matrix of tier changes. Models that inherit it have ``policy_id`` and ``currency_id``."""

    _name = "customer.value.matrix.mixin"
    _description = "From-To Matrix"

    matrix = fields.Json(
        readonly=True,
        copy=False,
        help="List of [previous tier, tier, customers, revenue]; a tier is an id, or null for none.",
    )

    def _get_tier_stand_ins(self):
        """:return: dict of tier ids in whose place other tiers of the matrix are shown"""
        return {}

    @api.readonly
    def get_matrix(self):
        """The from-to matrix for the picture on the form.

        :return: dict with ``currency_id``, ``tiers`` (best first; id, name, color; id False is *no tier*) and
            ``cells``: list of dicts from, to, customers, revenue (company currency), previous_ids (the tiers that
            customers come from, as their moves name them)
        """
        self.ensure_one()
        self.check_access("read")
        own = self._get_tier_stand_ins()
        cells = {}
        for before, after, customers, revenue in self.matrix or []:
            key = (own.get(before, before) or False, after or False)
            cell = cells.setdefault(
                key, {"from": key[0], "to": key[1], "customers": 0, "revenue": 0, "previous_ids": []}
            )
            cell["customers"] += customers
            cell["revenue"] += revenue
            cell["previous_ids"].append(before or False)
        used = {tier_id for key in cells for tier_id in key} - {False}
        tiers = self.policy_id.tier_ids | self.env["customer.value.tier"].browse(used).exists()
        rows = [
            {"id": tier.id, "name": tier.name, "color": tier.color}
            for tier in tiers.sorted("entry_score", reverse=True)
        ]
        rows.append({"id": False, "name": self.env._("No tier"), "color": 0})
        return {"currency_id": self.currency_id.id, "tiers": rows, "cells": list(cells.values())}

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# Movers listed for each kind of move, greatest revenue first
TOP = 15

# Red, green, blue of the kinds of moves: the colors of the matrix on the form
COLORS = {"up": (40, 167, 69), "down": (220, 53, 69), "new": (23, 162, 184), "same": (127, 127, 127)}


class CustomerValueReviewReport(models.AbstractModel):
    """The PDF about a run, for the meeting that decides on it.

    Sums come from the run itself or from SQL, names are few: it takes no longer for many customers.
    """

    _name = "report.customer_value.report_review"
    _description = "Tier Review"
    _inherit = ["customer.value.pages"]
    _prints = "customer.value.run"

    @api.model
    def _get_documents(self, docids):
        """:raise UserError: a run has not been executed yet"""
        runs = super()._get_documents(docids)
        pending = runs.filtered(lambda run: run.state not in ("done", "undone"))
        if pending:
            raise UserError(self.env._("%s has no result yet. Simulate or apply it before printing.", pending[0].name))
        return runs

    @api.model
    def _get_page(self, run):
        matrix = run.get_matrix()
        return {
            "matrix": self._get_matrix_table(matrix),
            "tiers": self._get_tiers(matrix),
            "movers": self._get_movers(run),
            "contributions": self._get_contributions(run),
            "kept_count": len(run.kept_partner_ids),
        }

    @api.model
    def _get_matrix_table(self, matrix):
        """The from-to matrix row by row.

        :return: dict of ``columns`` (names) and ``rows`` (name, customers, and cells of customers, revenue, percent of
            the row, kind of move and background)
        """
        tiers, cells = matrix["tiers"], {(cell["from"], cell["to"]): cell for cell in matrix["cells"]}
        ranks = {tier["id"]: index for index, tier in enumerate(tiers)}
        columns = [tier for tier in tiers if tier["id"] or any(key[1] is False for key in cells)]
        rows = []
        for tier in tiers:
            if not tier["id"] and not any(key[0] is False for key in cells):
                continue
            total = sum(cell["customers"] for key, cell in cells.items() if key[0] == tier["id"])
            row = []
            for column in columns:
                cell = cells.get((tier["id"], column["id"]))
                kind = self._get_kind(tier["id"], column["id"], ranks)
                share = cell["customers"] / (total or 1) if cell else 0
                row.append(
                    {
                        "customers": cell["customers"] if cell else 0,
                        "revenue": cell["revenue"] if cell else 0,
                        "percent": 100 * share,
                        "kind": kind,
                        "color": self._mix(COLORS[kind], 0.12 + 0.5 * share**0.5) if cell else "#f7f7f7",
                    }
                )
            rows.append({"name": tier["name"] if tier["id"] else self.env._("New"), "customers": total, "cells": row})
        return {
            "columns": [column["name"] if column["id"] else self.env._("Left") for column in columns],
            "rows": rows,
        }

    @api.model
    def _get_kind(self, before, after, ranks):
        if before == after:
            return "same"
        if not before:
            return "new"
        return "up" if ranks[after] < ranks[before] else "down"

    @api.model
    def _mix(self, color, share):
        """``color`` mixed with white: transparent colors do not come out of every printer."""
        return "#{:02x}{:02x}{:02x}".format(*(round(255 - (255 - part) * min(share, 1)) for part in color))

    @api.model
    def _get_tiers(self, matrix):
        """Customers and revenue of each tier before and after, with the length of their bars in percent.

        Revenue is that of the run on both sides, except for customers who left.
        """
        rows = []
        for tier in matrix["tiers"]:
            row = {"name": tier["name"], "id": tier["id"]}
            for name, key in (("before", "from"), ("after", "to")):
                cells = [cell for cell in matrix["cells"] if cell[key] == tier["id"]]
                row[f"customers_{name}"] = sum(cell["customers"] for cell in cells)
                row[f"revenue_{name}"] = sum(cell["revenue"] for cell in cells)
            if tier["id"]:
                rows.append(row)
        greatest = max((row[f"revenue_{name}"] for row in rows for name in ("before", "after")), default=0)
        total = sum(row["revenue_after"] for row in rows)
        for row in rows:
            for name in ("before", "after"):
                row[f"width_{name}"] = max(100 * row[f"revenue_{name}"] / greatest, 0) if greatest > 0 else 0
            row["share"] = 100 * row["revenue_after"] / total if total else 0
        return rows

    @api.model
    def _get_movers(self, run):
        """The greatest movers, by revenue.

        :return: list of dicts ``kind``, ``title``, ``total`` and ``moves``, without empty kinds
        """
        of_run = Domain("run_id", "=", run.id)
        titles = {
            "up": self.env._("Up"),
            "down": self.env._("Down"),
            "entered": self.env._("New"),
            "left": self.env._("No longer customers"),
        }
        if run.simulate:
            Model = self.env["customer.value.run.move"]
            domains = {kind: Domain("tier_move", "=", kind) for kind in titles}
        else:
            Model = self.env["customer.value.history"]
            of_run &= Domain("cause", "!=", "undo")
            domains = {
                kind: Domain("event", "=", "changed") & Domain("tier_move", "=", kind) for kind in ("up", "down")
            }
            domains |= {kind: Domain("event", "=", kind) for kind in ("entered", "left")}
        movers = []
        for kind, title in titles.items():
            moves = Model.search(of_run & domains[kind], limit=TOP, order="revenue desc, id")
            if moves:
                total = Model.search_count(of_run & domains[kind]) if len(moves) == TOP else len(moves)
                movers.append({"kind": kind, "title": title, "total": total, "moves": moves})
        return movers

    @api.model
    def _get_contributions(self, run):
        """Average contribution of each dimension, over all customers of the company and in each tier.

        Read from the scores as they stand, whatever the run would change.

        :return: dict of ``customers``, ``tiers`` (records), ``lines`` (``label``, ``maximum``, ``average``, ``percent``
            of the maximum and ``by_tier``, averages in the order of ``tiers``), ``carries`` and ``lacks`` (labels of
            the dimensions in which customers earn the greatest and the smallest part of what can be earned)
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT grouping(s.tier_id), s.tier_id, line.value->>0, count(*),
                       avg(s.contributions[2 * line.place] / 100::float8),
                       max((line.value->>1)::float8)
                  FROM customer_value_score s
                  JOIN customer_value_run run ON run.id = s.run_id
                 CROSS JOIN LATERAL jsonb_array_elements(run.dimension_weights) WITH ORDINALITY line(value, place)
                 WHERE s.company_id = %s
                 GROUP BY GROUPING SETS ((s.tier_id, line.value->>0), (line.value->>0))
                """,
                run.company_id.id,
            )
        )
        labels = dict(self.env["customer.value.source"]._selection_metric())
        overall = {key: (count, average, weight) for every, _tier, key, count, average, weight in rows if every}
        by_tier = {(tier, key): average for every, tier, key, _count, average, _weight in rows if not every}
        tiers = self.env["customer.value.tier"].browse({tier for tier, _key in by_tier if tier})
        tiers = tiers.sorted("entry_score", reverse=True)
        weights = sum(weight for _count, _average, weight in overall.values()) or 1
        lines = []
        for key, (_count, average, weight) in overall.items():
            maximum = 100 * weight / weights
            lines.append(
                {
                    "label": labels.get(key, key),
                    "average": average,
                    "maximum": maximum,
                    "percent": 100 * average / maximum if maximum else 0,
                    "by_tier": [by_tier.get((tier.id, key)) for tier in tiers],
                }
            )
        lines.sort(key=lambda line: (-line["maximum"], line["label"]))
        counting = [line for line in lines if line["maximum"]]
        return {
            "customers": max((count for count, _average, _weight in overall.values()), default=0),
            "tiers": tiers,
            "lines": lines,
            "carries": max(counting, key=lambda line: line["percent"])["label"] if counting else "",
            "lacks": min(counting, key=lambda line: line["percent"])["label"] if counting else "",
        }

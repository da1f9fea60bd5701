"""The same figure of a customer is the same on every screen, and what the ledger of the shop says."""

from datetime import date, datetime

from dateutil.relativedelta import relativedelta
from freezegun import freeze_time
from lxml import html
from odoo.tests import new_test_user, tagged
from odoo.tools import formatLang

from .shop_case import TODAY, YEAR, ShopCase

MONTHS = [TODAY.replace(day=1) - relativedelta(months=number) for number in range(12)]

QUARTER = (date(2025, 4, 1), TODAY)

METRICS = (
    "revenue", "margin", "order_count", "average_order", "recency_days", "tenure_days", "discount_share",
    "return_share", "overdue_amount", "open_pipeline",
)  # fmt: skip


def span_of(month):
    return month, month + relativedelta(months=1, days=-1)


@tagged("post_install", "-at_install")
class TestFiguresAgree(ShopCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"retention_ticket_cost": 4.0, "retention_interest_rate": 0.0})
        cls.policy = cls.make_policy(METRICS)
        cls.manager = new_test_user(
            cls.env,
            "agree_manager",
            "base.group_user,customer_value.group_customer_value_manager,sales_team.group_sale_manager,"
            "account.group_account_manager,helpdesk_mgmt.group_helpdesk_manager,base.group_allow_export",
            company_id=cls.company.id,
            company_ids=(cls.company + cls.branch).ids,
            tz="America/New_York",
        )
        if "pos.order" in cls.env:
            cls.env.user.group_ids += cls.env.ref("point_of_sale.group_pos_manager")
            cls.manager.group_ids += cls.env.ref("point_of_sale.group_pos_user")
        cls.stories = cls.open_shop()
        cls.shop = cls.env["res.partner"].union(*cls.stories.values())
        cls.shop.user_id = cls.manager
        cls.enterClassContext(freeze_time(datetime(2025, 6, 30, 9)))
        cls.run_policy(as_of=TODAY)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def look(self, model, **context):
        """``model`` as the manager sees it."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (
            self.env[model]
            .with_user(self.manager)
            .with_context(allowed_company_ids=(self.company + self.branch).ids, **context)
        )

    def check(self, found, expected):
        """
        :param found: dict of dicts of numbers, by the name of what is looked at; so is ``expected``
        """
        wrong = []
        for key in sorted(found.keys() | expected.keys(), key=str):
            for name in sorted(found.get(key, {}).keys() | expected.get(key, {}).keys()):
                said, right = found.get(key, {}).get(name), expected.get(key, {}).get(name)
                is_known = said is not None and right is not None
                if abs(said - right) > 0.0051 if is_known else (said or 0) != (right or 0):
                    wrong.append(f"{key}: {name} is {said}, not {right}")
        self.assertFalse(wrong, "\n" + "\n".join(wrong))

    def expect(self, partners, days, *names):
        return {
            partner.name: {
                name: value for name, value in self.ledger.figures(partner.id, *days).items() if name in names
            }
            for partner in partners
        }

    @property
    def present(self):
        return self.shop.filtered("active")

    # -- screens -------------------------------------------------------------------------------------------------------

    def test_scores(self):
        found = {
            score.partner_id.name: {name: score.metrics[name] for name in METRICS}
            for score in self.look("customer.value.score").search(self.of(self.shop))
        }
        self.check(found, self.expect(self.present, YEAR, *METRICS))

    def test_columns_of_scores(self):
        names = ("revenue", "margin", "order_count", "recency_days")
        found = {
            score.partner_id.name: {name: score[name] for name in names}
            for score in self.look("customer.value.score").search(self.of(self.shop))
        }
        self.check(found, self.expect(self.present, YEAR, *names))

    def test_this_moment(self):
        rows = self.look("customer.value.source").sudo()._read_now(self.company, self.shop, METRICS)
        found = {self.env["res.partner"].browse(number).name: row for number, row in rows.items()}
        self.check(found, self.expect(self.shop, YEAR, *METRICS))

    def test_documents_of_scores(self):
        """What the bars open comes to what they say, where each document is one of the customer's own."""
        found, expected = {}, {}
        for score in self.look("customer.value.score").search(self.of(self.shop)):
            documents = {}
            for metric in ("revenue", "order_count", "overdue_amount", "open_pipeline"):
                action = score.action_open_documents(metric)
                documents[metric] = action and self.look(action["res_model"]).search(action["domain"])
            name = score.partner_id.name
            found[name] = {
                "orders": len(documents["order_count"]),
                "overdue": bool(documents["overdue_amount"]),
                "pipeline": bool(documents["open_pipeline"]),
            }
            said = score.metrics
            expected[name] = {
                "orders": said["order_count"],
                "overdue": bool(said["overdue_amount"]),
                "pipeline": bool(said["open_pipeline"]),
            }
        self.check(found, expected)

    def test_profit_of_customers(self):
        for days in (YEAR, QUARTER):
            context = {"retention_from": str(days[0]), "retention_to": str(days[1])}
            sums = self.ledger.sums(*days)
            # of the company and its branch, and yet each once
            rows = self.look("customer.profit", **context).search([("partner_id", "in", self.shop.ids)])
            self.assertEqual(rows.company_id, self.company)
            found = {
                row.partner_id.name: {"margin": row.margin, "discount": row.discount, "service": row.service}
                for row in rows
            }
            expected = {
                partner.name: {
                    "margin": sums[partner.id]["margin"],
                    "discount": sums[partner.id]["discount"],
                    "service": 4.0 * sums[partner.id]["tickets"],
                }
                for partner in self.shop
            }
            self.check(found, expected)

    def test_profit_center(self):
        for days in (YEAR, QUARTER):
            context = {"retention_from": str(days[0]), "retention_to": str(days[1])}
            rows = self.look("customer.retention.profit.customer", **context).search([])
            found = {row.partner_id.name: {"margin": row.margin} for row in rows}
            self.check(found, self.expect(self.shop, days, "margin"))
            figures = self.look("customer.retention.profit").get_profit_center(*map(str, days))["figures"]
            said = {key: figures[key]["value"] for key in ("margin_kept", "new", "tickets", "base")}
            sums = self.ledger.sums(*days)
            ordered = {customer: self.ledger.order_days(customer) for customer in self.shop.ids}
            since = days[0] - relativedelta(years=1)
            active = [c for c, known in ordered.items() if any(since <= day < days[0] for day in known)]
            kept = rows.filtered("kept").partner_id.ids
            expected = {
                "margin_kept": sum(sums[customer]["margin"] for customer in kept),
                "new": sum(bool(known) and days[0] <= known[0] <= days[1] for known in ordered.values()),
                "tickets": sum(amounts["tickets"] for amounts in sums.values()),
                "base": len(active),
            }
            self.check({days: said}, {days: expected})

    def test_after_a_contact(self):
        """What was bought within ninety days after a ticket was closed earned what it earned anywhere else."""
        context = {"retention_from": str(QUARTER[0]), "retention_to": str(QUARTER[1])}
        rows = self.look("customer.retention.profit.customer", **context).search([("contacted", "=", 1)])
        found = {row.partner_id.name: {"margin": row.margin_after} for row in rows}
        self.check(found, {"Giver": {"margin": 20.0}, "Service": {"margin": 40.0}, "Of the branch": {}})

    def test_monthly_figures(self):
        Fact = self.env["customer.value.fact"].sudo()
        Fact._refresh(self.company, TODAY)
        for month in MONTHS[1:]:
            Fact._rebuild(self.company, month)
        names = ("revenue", "margin", "order_count")
        for month in MONTHS:
            sums = self.ledger.sums(*span_of(month))
            rows = self.look("customer.value.fact").search(
                [("company_id", "=", self.company.id), ("month", "=", month)]
            )
            found = {
                row.partner_id.name: {
                    **{name: row[name] for name in names},
                    "complaints": row.complaint_count,
                    "service": row.service_cost,
                }
                for row in rows
            }
            expected = {
                partner.name: {
                    **self.expect(partner, span_of(month), *names)[partner.name],
                    "complaints": sums[partner.id]["complaints"],
                    "service": 4.0 * sums[partner.id]["tickets"],
                }
                for partner in self.shop
            }
            self.check(found, expected)
        groups = self.look("customer.value.fact")._read_group(
            [("company_id", "=", self.company.id)], ["month:month"], [f"{name}:sum" for name in names]
        )
        found = {month: dict(zip(names, numbers, strict=True)) for month, *numbers in groups}
        expected = {}
        for month in MONTHS:
            every = self.expect(self.shop, span_of(month), *names).values()
            expected[month] = {name: sum(row[name] for row in every) for name in names}
        self.check(found, expected)
        # what months say adds up to what the year says
        groups = self.look("customer.value.fact")._read_group(
            [("company_id", "=", self.company.id)], ["partner_id"], [f"{name}:sum" for name in names]
        )
        found = {partner.name: dict(zip(names, numbers, strict=True)) for partner, *numbers in groups}
        self.check(found, self.expect(self.shop, YEAR, *names))

    def test_lifetime(self):
        learned = {
            "mbg": [0.5, 6.0, 0.9, 1.6], "pareto": [0.5, 10.0, 0.6, 11.0], "amounts": [6.0, 3.7, 15.0],
            "retention": 0.8, "weeks": 26.0, "margin_rate": 0.4, "margin_prior": 300.0,
        }  # fmt: skip
        calibration = self.env["customer.lifetime.calibration"].create(
            {
                "company_id": self.company.id, "as_of": TODAY, "weeks": 26, "champion": "mbg", "learned": learned,
                "grade": "good", "results": {},
            }
        )  # fmt: skip
        Value = self.env["customer.lifetime.value"].sudo()
        Value._store(self.company, TODAY, calibration, Value._collect(self.company, TODAY))
        always = (date(1900, 1, 1), TODAY)
        sums = self.ledger.sums(*always)
        values = self.look("customer.lifetime.value").search(self.of(self.shop))
        found = {value.partner_id.name: {"historical": value.lifetime_historical} for value in values}
        expected = {
            partner.name: {"historical": sums[partner.id]["margin"] - 4.0 * sums[partner.id]["tickets"]}
            for partner in self.present
        }
        self.check(found, expected)

    def test_acquisition(self):
        self.env["customer.acquisition.lesson"].sudo()._refresh(self.company)
        rows = self.look("customer.acquisition.customer").search([("company_id", "=", self.company.id)])
        sums = self.ledger.sums(date(1900, 1, 1), TODAY)
        found = {row.partner_id.name: {"margin": row.margin, "first": row.first_order.toordinal()} for row in rows}
        expected = {
            partner.name: {"margin": sums[partner.id]["margin"], "first": days[0].toordinal()}
            for partner in self.shop
            if (days := self.ledger.order_days(partner.id))
        }
        self.check(found, expected)

    def test_at_risk(self):
        Risk = self.env["customer.retention.risk"].sudo()
        Risk._refresh(self.company)
        earlier = tuple(day - relativedelta(years=1) for day in YEAR)
        found, expected = {}, {}
        for risk in self.look("customer.retention.risk").search([("company_id", "=", self.company.id)]):
            name = risk.partner_id.name
            now, before = (self.ledger.figures(risk.partner_id.id, *days) for days in (YEAR, earlier))
            found[name] = {
                "now": risk.margin_now, "before": risk.margin_before, "gap": risk.gap_days,
                "complaints": risk.complaint_count,
            }  # fmt: skip
            expected[name] = {
                "now": now["margin"], "before": before["margin"], "gap": now["recency_days"],
                "complaints": self.ledger.open_complaints[risk.partner_id.id],
            }  # fmt: skip
        self.assertTrue(found)
        self.check(found, expected)

    def test_customer_page(self):
        found, expected = {}, {}
        for partner in self.shop:
            page = self.look("customer.page").get_page(partner.id)
            unsettled = {line["code"]: line["value"] for line in page["value"]["unsettled"]}
            blocks = {block["code"]: block["count"] for block in page["open"]}
            found[partner.name] = {
                "overdue": unsettled["overdue"],
                "complaints": unsettled["complaint"],
                "open complaints": blocks.get("complaint", 0),
                "something overdue": bool(blocks.get("overdue")),
                "score": page["value"].get("score"),
            }
            owed = self.ledger.overdue(partner.id)
            complaints = self.ledger.open_complaints[partner.id]
            expected[partner.name] = {
                "overdue": owed,
                "complaints": complaints,
                "open complaints": complaints,
                "something overdue": owed > 0,
                "score": self.score(partner).score if partner.active else None,
            }
        self.check(found, expected)

    def test_dashboard(self):
        desk = self.look("customer.retention.desk").get_desk()
        figures = {figure["name"]: figure["value"] for figure in desk["summary"]["figures"]}
        names = ("revenue", "margin", "overdue_amount", "open_pipeline")
        every = self.expect(self.present, YEAR, *names).values()
        sums = {name: sum(row[name] for row in every) for name in names}
        self.check(
            {"portfolio": {name: figures[name] for name in ("revenue", "margin", "overdue", "pipeline", "complaints")}},
            {
                "portfolio": {
                    "revenue": sums["revenue"], "margin": sums["margin"], "overdue": sums["overdue_amount"],
                    "pipeline": sums["open_pipeline"], "complaints": sum(self.ledger.open_complaints.values()),
                }
            },
        )  # fmt: skip
        found, expected = {}, {}
        for row in desk["performance"]["months"]:
            month = date.fromisoformat(row["month"])
            found[month] = {name: row[name] for name in ("revenue", "margin", "buyers")}
            every = self.expect(self.present, span_of(month), "revenue", "margin", "order_count").values()
            expected[month] = {
                "revenue": sum(row["revenue"] for row in every),
                "margin": sum(row["margin"] for row in every),
                "buyers": sum(bool(row["order_count"]) for row in every),
            }
        self.check(found, expected)

    def test_home(self):
        column = self.look("customer.home").get_column("portfolio", "all")
        figures = {figure["name"]: figure["value"] for figure in column["figures"]}
        every = self.expect(self.present, YEAR, "margin").values()
        self.assertEqual(figures["customers"], len(self.present))
        self.assertAlmostEqual(figures["margin"], sum(row["margin"] for row in every), 2)
        column = self.look("customer.home").get_column("relationship", "all")
        figures = {figure["name"]: figure["value"] for figure in column["figures"]}
        self.assertEqual(figures["complaints"], sum(self.ledger.open_complaints.values()))

    def test_diagnosis(self):
        diagnosis = self.env["customer.diagnosis"]._diagnose(self.company)
        every = self.expect(self.present, YEAR, "revenue", "margin").values()
        self.check(
            {"all": {"revenue": diagnosis.revenue, "margin": diagnosis.figures["net_margin"]["value"]}},
            {"all": {"revenue": sum(r["revenue"] for r in every), "margin": sum(r["margin"] for r in every)}},
        )

    def test_before_and_after(self):
        """The two windows of what changed: the quarters before and after the first of April."""
        effect = self.env["customer.effect"].create(
            {
                "name": "New way", "company_id": self.company.id, "date": date(2025, 4, 1), "months": "3",
                "comparison": "adjacent",
            }
        )  # fmt: skip
        effect.action_measure()
        found, expected = {}, {}
        for side in ("before", "after"):
            days = (effect[f"{side}_from"], effect[f"{side}_until"])
            figures = {figure.code: figure[side] for figure in effect.figure_ids}
            every = list(self.ledger.sums(*days).values())
            buyers = [amounts for amounts in every if amounts["orders"]]
            found[side] = {"margin": figures["margin"], "complaints": figures["complaints"]}
            expected[side] = {
                "margin": sum(amounts["margin"] for amounts in buyers) / len(buyers),
                "complaints": 100
                * sum(amounts["complaints"] for amounts in every)
                / sum(amounts["orders"] for amounts in every),
            }
        self.check(found, expected)

    def test_papers(self):
        """What is printed of a customer is what the score says."""
        Statement = self.look("report.customer_value.report_statement")
        found, expected = {}, {}
        for score in self.look("customer.value.score").search(self.of(self.shop)):
            lines = {line["metric"]: line["raw"] for line in Statement._get_page(score)["lines"]}
            found[score.partner_id.name] = lines
        expected = self.expect(self.present, YEAR, *METRICS)
        self.check(found, expected)

    # -- paper and files -----------------------------------------------------------------------------------------------

    def print_out(self, report, records, **context):
        """What is printed, as a tree of HTML."""
        records = records.with_env(self.look(records._name, **context).env)
        page, _type = records.env["ir.actions.report"]._render_qweb_html(report, records.ids)
        return html.fromstring(page)

    def money(self, amount):
        return formatLang(self.env, amount, currency_obj=self.company.currency_id)

    def words(self, text):
        """Without what keeps signs and currencies beside their number."""
        return " ".join(text.replace("\ufeff", "").split())

    def lines_of(self, page):
        """``{first cell: [other cells]}`` of the rows of all tables, as they are read."""
        rows = [[self.words(cell.text_content()) for cell in row] for row in page.iter("tr")]
        return {first: rest for first, *rest in rows}

    def test_printed_statement(self):
        scores = self.look("customer.value.score").search(self.of(self.shop))
        pages = self.print_out("customer_value.report_statement", scores).find_class("o_value_report")
        self.assertEqual(len(pages), len(scores))
        for score, page in zip(scores, pages, strict=True):
            lines = self.lines_of(page)
            right = self.ledger.figures(score.partner_id.id, *YEAR)
            for label, name in (
                ("Revenue", "revenue"), ("Margin", "margin"), ("Revenue net of credit notes", "revenue"),
                ("Net margin", "margin"), ("Overdue amount", "overdue_amount"), ("Weighted pipeline", "open_pipeline"),
            ):  # fmt: skip
                said, expected = lines[label][0], self.words(self.money(right[name] or 0.0))
                # nothing at all may be unknown instead
                self.assertIn(said, {expected} | ({"unknown"} if not right[name] else set()), (score.partner_id, label))

    def test_printed_file(self):
        for partner in self.present:
            text = self.print_out("customer_value.report_customer_file", partner).text_content()
            owed = self.ledger.overdue(partner.id)
            if owed:
                self.assertIn(self.money(owed), text, partner.name)
            else:
                self.assertNotIn("overdue", text.lower(), partner.name)

    def test_printed_profit_center(self):
        for days in (YEAR, QUARTER):
            action = self.look("customer.retention.profit").action_print(*map(str, days))
            document = self.env["customer.retention.profit.print"].browse(action["context"]["active_ids"])
            text = self.print_out("customer_value.report_retention_profit", document).text_content()
            context = {"retention_from": str(days[0]), "retention_to": str(days[1])}
            rows = self.look("customer.retention.profit.customer", **context).search([])
            sums = self.ledger.sums(*days)
            self.assertIn(self.money(sum(sums[c]["margin"] for c in rows.filtered("kept").partner_id.ids)), text)
            self.assertIn(self.money(4.0 * sum(amounts["tickets"] for amounts in sums.values())), text)

    def test_printed_diagnosis(self):
        diagnosis = self.env["customer.diagnosis"]._diagnose(self.company)
        self.env.flush_all()
        text = self.print_out("customer_value.report_diagnosis", diagnosis).text_content()
        every = self.expect(self.present, YEAR, "revenue").values()
        self.assertIn(self.company.currency_id.format(sum(row["revenue"] for row in every)), text)

    def test_exported(self):
        """Files hold what lists show."""
        context = {"retention_from": str(YEAR[0]), "retention_to": str(YEAR[1])}
        for model, partners in (("customer.value.score", self.present), ("customer.profit", self.shop)):
            rows = self.look(model, **context).search(self.of(partners))
            data = rows.export_data(["partner_id/name", "margin"])["datas"]
            found = {name: {"margin": margin} for name, margin in data}
            self.check(found, self.expect(partners, YEAR, "margin"))

from odoo import api, models
from odoo.tools import formatLang

# So many findings stand on the first page.
MOST_EXPENSIVE = 3


class CustomerDiagnosisReport(models.AbstractModel):
    """The diagnosis on paper, as of its own day: what it found then, not what is found today."""

    _name = "report.customer_value.report_diagnosis"
    _description = "Diagnosis (PDF)"
    _inherit = ["customer.value.pages"]
    _prints = "customer.diagnosis"

    @api.model
    def _get_page(self, document):
        """:return: dict of ``summary``, ``pillars`` (as the page has them, with ``findings``), ``top`` (findings) and
        ``ready`` (what is said of each capability)
        """
        findings = self._get_findings(document)
        pillars = document._describe_pillars()
        checks = self.env["customer.diagnosis.check"]._get_checks_of(document)
        return {
            "summary": document._get_summary(),
            "ready": [
                {
                    "name": check.label,
                    "ready": not document.figures[code]["count"],
                    "text": self._describe_ready(document, code),
                }
                for code, check in checks.items()
                if check.pillar == "readiness" and code in (document.figures or {})
            ],
            "top": [finding for finding in findings if finding["amount"] > 0][:MOST_EXPENSIVE],
            "pillars": [
                pillar | {"findings": [finding for finding in findings if finding["pillar"] == pillar["code"]]}
                for pillar in pillars
            ],
        }

    @api.model
    def _describe_ready(self, document, code):
        Check = self.env["customer.diagnosis.check"]
        return Check._describe_ready(code, document.figures[code]["details"], document.company_id)

    @api.model
    def _get_findings(self, document):
        """What was wrong on the day, the most money first, as unsaved records that say it in the reader's language."""
        checks = self.env["customer.diagnosis.check"]._get_checks_of(document)
        Finding = self.env["customer.diagnosis.finding"]
        known = {
            finding.code: finding
            for finding in Finding.with_context(active_test=False).search([("company_id", "=", document.company_id.id)])
        }
        severities = dict(Finding._fields["severity"]._description_selection(self.env))
        rows = []
        for code, figure in (document.figures or {}).items():
            check = checks.get(code)
            if not check or not figure["count"]:
                continue
            said = Finding.new(
                {
                    "company_id": document.company_id.id,
                    "code": code,
                    "count": figure["count"],
                    "total": figure["total"],
                    "share": figure["share"],
                    "details": figure.get("details"),
                    "tiers": figure.get("tiers"),
                }
            )
            amount = figure.get("amount", 0.0)
            kept = known.get(code, Finding)
            rows.append(
                {
                    "code": code,
                    "pillar": check.pillar,
                    "name": check.label,
                    "figures": said.figures,
                    "tiers": said.tier_text,
                    "amount": amount,
                    "money": formatLang(self.env, amount, currency_obj=document.currency_id) if amount else "",
                    "share": figure["share"],
                    "severity": severities[figure["severity"]],
                    "grave": figure["severity"] == "high",
                    "reason": check.why,
                    "advice": check.advice,
                    "owner": kept.user_id.name or check.owner,
                    "deadline": kept.deadline,
                }
            )
        return sorted(rows, key=lambda row: (-row["amount"], -row["share"], row["code"]))

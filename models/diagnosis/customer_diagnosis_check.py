from dataclasses import dataclass

from odoo import api, models

# Settings of the company that say from when on something is wrong, and stand in the words of a finding.
LIMITS = (
    "diagnosis_answer_days",
    "diagnosis_follow_days",
    "diagnosis_contact_days",
    "diagnosis_data_months",
    "diagnosis_load_factor",
)

PILLARS = [("data", "Data"), ("process", "Processes"), ("people", "People"), ("readiness", "Readiness")]


@dataclass(frozen=True)
class Check:
    """One thing that a diagnosis looks at.

    :param str pillar: one of ``PILLARS``
    :param str label: what is found, translated
    :param str why: why it matters, translated
    :param str advice: what to do, translated
    :param str owner: who should do it, translated
    :param str model: of the records that are listed; None for what is ready or not
    :param str subject: what is counted, translated, in the plural
    :param int days: by when, after it was found
    :param int weight: in the grade of its pillar
    :param bool archived: whether archived records are among them
    :param str opens: external id of the action that leads to where it can be fixed, where no records are listed
    """

    pillar: str
    label: str
    why: str
    advice: str
    owner: str
    model: str | None = None
    subject: str = ""
    days: int = 30
    weight: int = 1
    archived: bool = False
    opens: str | None = None


@dataclass(frozen=True)
class Measure:
    """A figure that a plan can follow, measured with each diagnosis.

    :param str label: translated
    :param str unit: ``percent``, ``count`` or ``money`` (company currency)
    :param bool higher: whether more of it is better
    """

    label: str
    unit: str
    higher: bool = True


class CustomerDiagnosisCheck(models.AbstractModel):
    """The registry of checks: what a diagnosis looks at. Extended by others, and by our own checks in the same way.

    To add a check of records, inherit this model, describe it in ``_get_checks`` and write ``_population_<code>``: SQL
    over ``id`` (of a record of the check's model), ``partner_id`` (the customer concerned, or NULL) and ``faulty``. The
    model of the records inherits ``customer.value.subject``. Populations read the customers of the company from the
    temporary table ``customer_diagnosis_customer``, and documents of ``scope.books`` up to ``scope.until``.

    A check of readiness has ``_ready_<code>``, which returns a dict of plain values, with ``missing`` where something
    is; and ``_describe_<code>``, which says so.
    """

    _name = "customer.diagnosis.check"
    _description = "Checks of a Diagnosis"

    @api.model
    def _get_checks(self):
        """:return: ``{code: Check}``"""
        return {}

    @api.model
    def _get_checks_of(self, diagnosis):
        """:return: as ``_get_checks``, in words that tell of the limits of the day of ``diagnosis``"""
        limits = diagnosis.limits or False
        return self.with_company(diagnosis.company_id).with_context(diagnosis_limits=limits)._get_checks()

    @api.model
    def _get_limits(self):
        """From when on something is wrong: as the company has set it, or as it was for an earlier diagnosis.

        :return: dict of ``LIMITS``, and ``tier_days``: days without contact of the tiers that have their own
        """
        limits = self.env.context.get("diagnosis_limits")
        if limits:
            return limits
        company = self.env.company
        return {
            **{name: company[name] for name in LIMITS},
            "tier_days": self._get_contact_tiers(company).mapped("diagnosis_contact_days"),
        }

    @api.model
    def _get_contact_tiers(self, company):
        """Tiers of the active policy that have a limit of their own for the days without contact."""
        # sudo: limits are no secret of those who may read what was found
        policy = self.env["customer.value.policy"].sudo()._get_active(company)
        return policy.tier_ids.filtered("diagnosis_contact_days")

    @api.model
    def _get_measures(self):
        """Figures that are no findings. To add one, describe it here and measure it in ``_measure``.

        :return: ``{code: Measure}``
        """
        return {}

    @api.model
    def _measure(self, scope):
        """:return: ``{code: number, or None where it is not known}`` of the measures"""
        return {}

    @api.model
    def _get_owners(self):
        """Who is asked to do something, by role."""
        return {
            "sales": self.env._("Sales manager"),
            "manager": self.env._("Account managers"),
            "service": self.env._("Service manager"),
            "data": self.env._("Sales administration"),
            "value": self.env._("Customer value manager"),
            "finance": self.env._("Accounting"),
        }

    @api.model
    def _population_sql(self, code, scope):
        return getattr(self, f"_population_{code}")(scope)

    @api.model
    def _get_ready(self, code, scope):
        return getattr(self, f"_ready_{code}")(scope)

    @api.model
    def _describe_ready(self, code, details, company):
        """What is there, or what is missing and where to get it, in words.

        :param dict details: what ``_ready_<code>`` has found
        """
        return getattr(self, f"_describe_{code}")(details, company)

from datetime import date

from freezegun import freeze_time

from ..core.value_case import ValueCase

# A day on which nothing of the present depends
TODAY = date(2025, 6, 30)


class AcquisitionCase(ValueCase):
    """Two channels, and short ways to say how a customer came."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.value_tz = "UTC"
        Source, Medium = cls.env["utm.source"], cls.env["utm.medium"]
        cls.fair_source = Source.create({"name": "Book fair"})
        cls.search_source = Source.create({"name": "Search engine under test"})
        cls.stray_source = Source.create({"name": "In no channel"})
        cls.banner = Medium.create({"name": "Banner under test"})
        Channel = cls.env["customer.acquisition.channel"]
        cls.fair = Channel.create({"name": "Fairs", "source_ids": cls.fair_source.ids})
        cls.online = Channel.create(
            {"name": "Online", "source_ids": cls.search_source.ids, "medium_ids": cls.banner.ids}
        )
        cls.other = cls.env.ref("customer_value.acquisition_channel_other")
        cls.unknown = cls.env.ref("customer_value.acquisition_channel_unknown")
        cls.Report = cls.env["customer.acquisition.report"]
        cls.Customers = cls.env["customer.acquisition.customer"]
        cls.Cost = cls.env["customer.acquisition.cost"]
        cls.Lesson = cls.env["customer.acquisition.lesson"]

    @classmethod
    def at(cls, day=TODAY):
        return freeze_time(cls._moment(day))

    @classmethod
    def won_lead(cls, partner, day, closed=None, **values):
        lead = cls.lead(partner, day=day, **values)
        with cls.at(closed or day):
            lead.action_set_won()
        cls.env.flush_all()
        return lead

    @classmethod
    def cost(cls, channel, first, last, amount, company=None):
        return cls.Cost.create(
            {
                "channel_id": channel.id,
                "company_id": (company or cls.company).id,
                "date_from": first,
                "date_to": last,
                "amount": amount,
            }
        )

    @classmethod
    def refresh(cls, today=TODAY, company=None):
        """Work out what reports read, as the job does."""
        with cls.at(today):
            cls.Lesson.sudo()._refresh(company or cls.company)
        cls.env.invalidate_all()

    def customer_row(self, partner, today=TODAY):
        self.refresh(today)
        with self.at(today):
            row = self.Customers.search([("partner_id", "=", partner.id), ("company_id", "=", self.env.company.id)])
            row.mapped("margin_12")
            return row

    def report_rows(self, today=TODAY):
        """``{(channel name, cohort): dict of columns}``, with None where SQL says null."""
        self.refresh(today)
        with self.at(today):
            self.env.cr.execute(self.Report._table_query)
            return {
                (self.env["customer.acquisition.channel"].browse(row["channel_id"]).name, row["cohort"]): row
                for row in self.env.cr.dictfetchall()
            }

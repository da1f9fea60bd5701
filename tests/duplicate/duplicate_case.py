"""What the tests of duplicates share: pairs that leave no doubt, and neighbours that are none."""

from datetime import datetime

from freezegun import freeze_time

from ..core.value_case import AS_OF, ValueCase

NOW = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 15)


class DuplicateCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Pair = cls.env["customer.duplicate"]
        cls.Look = cls.env["customer.duplicate.look"]
        cls.Wizard = cls.env["base.partner.merge.automatic.wizard"]
        # others, so that not every second pair is one of duplicates
        cls.others = cls.env["res.partner"].create(
            [
                {
                    "name": f"{first}{second} AG",
                    "street": f"{second} lane {number}",
                    "city": f"{first}ville",
                    "zip": f"{7 * number:05}",
                    "vat": f"XX{1234567 * (number + 1)}",
                    "email": f"office@{first}{second}.example".lower(),
                    "is_company": True,
                }
                for number, (first, second) in enumerate(
                    (first, second)
                    for first in ("Alder", "Birch", "Cedar", "Daisy", "Elm", "Fern")
                    for second in ("works", "shop", "craft", "mill", "yard")
                )
            ]
        )

    @classmethod
    def twins(cls, name, number, **other):
        """Two customers who are the same: one with its legal form, the other in capitals and without email."""
        values = {
            "street": f"{name} Street {number}",
            "city": f"{name} Town",
            "zip": f"{90000 + number}",
            "vat": f"YY{7654321 * number}",
            "is_company": True,
        }
        mail = f"info@{name}{number}.example".lower().replace(" ", "")
        one = cls.customer(f"{name} GmbH", email=mail, phone=f"+49 40 {5551000 + 13 * number}", **values)
        other = cls.customer(
            f"{name.upper()} Ltd.", **(values | {"phone": f"0049 40 / {5551000 + 13 * number}"} | other)
        )
        return one, other

    @classmethod
    def look(cls, company=None):
        """Look for duplicates as of the day of the tests."""
        company = company or cls.company
        with freeze_time(NOW):
            return cls.Pair.with_company(company)._refresh(company)

    def opened(self, action):
        """The pair that opens next."""
        return self.Pair.browse(action["params"]["action"].get("res_id") or [])

    @classmethod
    def pair(cls, one, other, company=None):
        cls.env.invalidate_all()
        first, second = sorted((one.id, other.id))
        return cls.Pair.search(
            [
                ("partner_id", "=", first),
                ("other_id", "=", second),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

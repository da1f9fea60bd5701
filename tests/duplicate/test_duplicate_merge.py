"""Pairs are merged by Odoo's own wizard: what it refuses, what it would delete, and who may."""

from freezegun import freeze_time
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .duplicate_case import NOW, DuplicateCase


@tagged("post_install", "-at_install")
class TestDuplicateMerge(DuplicateCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.weber, cls.twin = cls.twins("Weber Print", 1)
        cls.holm, cls.copy = cls.twins("Holm Timber", 2)
        cls.manager = new_test_user(
            cls.env,
            "duplicate_merger",
            "customer_value.group_customer_value_manager,base.group_partner_manager",
            company_id=cls.company.id,
            company_ids=cls.company.ids,
        )

    def merge(self, pair, user=None):
        with freeze_time(NOW):
            return (
                pair.with_user(user or self.manager).with_context(allowed_company_ids=self.company.ids).action_merge()
            )

    def test_merge(self):
        """The manager merges; documents move, it is written down, and the next pair opens."""
        self.make_policy()
        order = self.order(self.twin, amount=80.0)
        self.look()
        pair, following = self.pair(self.weber, self.twin), self.pair(self.holm, self.copy)
        self.assertEqual(pair.survivor_id, self.twin)
        action = self.merge(pair)
        self.assertEqual(self.opened(action), following)
        self.assertFalse(self.weber.exists())
        self.assertEqual(order.partner_id, self.twin)
        self.assertRecordValues(
            pair,
            [
                {
                    "state": "merged",
                    "partner_id": self.twin.id,
                    "other_id": False,
                    "other_name": "Weber Print GmbH",
                    "decided_by_id": self.manager.id,
                }
            ],
        )
        self.assertIn("Weber Print GmbH", self.twin.message_ids[:1].body)
        with self.assertRaisesRegex(UserError, "Already decided"):
            self.merge(pair)

    def test_merged_stays_on_record(self):
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.merge(pair)
        self.look()
        self.assertEqual(pair.state, "merged")

    def test_value_follows(self):
        """The one who stays is scored with the documents of both at once."""
        self.make_policy({"revenue": {"scale": "linear", "floor": 0.0, "cap": 100.0}})
        self.invoice(self.weber, amount=60.0)
        self.invoice(self.twin, amount=30.0)
        with freeze_time(NOW):
            self.run_policy()
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.merge(pair)
        self.assertEqual(self.score(pair.survivor_id).revenue, 90.0)

    def test_refused(self):
        """Each with a message that says what to do; nothing has changed."""
        self.look()
        pair = self.pair(self.weber, self.twin)
        other = self.make_company("Other Company", "USD")
        for change, back, words in (
            ({"vat": "YY999"}, {"vat": self.twin.vat}, "tax IDs differ"),
            ({"company_id": other.id}, {"company_id": False}, "different companies"),
            ({"active": False}, {"active": True}, "archived"),
        ):
            with self.subTest(words=words):
                self.twin.write(change)
                self.env.invalidate_all()
                self.assertIn(words, pair.obstacle)
                with self.assertRaisesRegex(UserError, words):
                    pair.action_merge()
                self.twin.write(back)
        self.assertTrue(self.weber.exists() and self.twin.exists())
        self.assertEqual(pair.state, "review")

    def test_two_portal_users(self):
        for number, partner in enumerate((self.weber, self.twin)):
            self.env["res.users"].create(
                {
                    "login": f"portal{number}",
                    "partner_id": partner.id,
                    "group_ids": [(6, 0, self.env.ref("base.group_portal").ids)],
                }
            )
        self.look()
        with self.assertRaisesRegex(UserError, "portal user"):
            self.merge(self.pair(self.weber, self.twin))

    def test_tax_ids_in_another_writing_are_the_same(self):
        for number in (self.weber.vat.lower().replace("yy", "YY "), self.weber.vat.replace("YY", "")):
            self.twin.vat = number
            self.look()
            pair = self.pair(self.weber, self.twin)
            self.assertFalse(pair.obstacle)

    def test_who_may(self):
        self.look()
        pair = self.pair(self.weber, self.twin)
        user = new_test_user(
            self.env,
            "duplicate_user_only",
            "customer_value.group_customer_value_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=self.company.ids,
        )
        with self.assertRaisesRegex(AccessError, "restricted to the group"):
            self.merge(pair, user)
        self.assertTrue(self.weber.exists())

    # -- nothing is lost -----------------------------------------------------------------------------------------------

    def followed(self, partner):
        return set(
            self.env["mail.followers"]
            .search([("partner_id", "=", partner.id), ("res_model", "=", "res.partner")])
            .mapped("res_id")
        )

    def test_rows_without_a_conflict_move(self):
        """Both follow one document, the one who goes two others: all three are followed afterwards."""
        for document in self.others[:3]:
            document.message_subscribe(self.twin.ids)
        self.others[0].message_subscribe(self.weber.ids)
        self.look()
        self.assertEqual(self.pair(self.weber, self.twin).survivor_id, self.weber)
        self.merge(self.pair(self.weber, self.twin))
        self.assertLessEqual(set(self.others[:3].ids), self.followed(self.weber))

    def test_also_in_the_list_of_contacts(self):
        for document in self.others[:3]:
            document.message_subscribe(self.twin.ids)
        self.others[0].message_subscribe(self.weber.ids)
        self.Wizard._merge((self.weber | self.twin).ids, self.weber)
        self.assertLessEqual(set(self.others[:3].ids), self.followed(self.weber))

    def test_value_follows_in_the_list_of_contacts(self):
        """Odoo's own wizard knows nothing of scores: the job is started, and finds whom to rescore."""
        policy = self.make_policy({"revenue": {"scale": "linear", "floor": 0.0, "cap": 1000.0}}, window_months=0)
        for partner, amount in ((self.weber, 80.0), (self.twin, 50.0)):
            self.invoice(partner, "2025-01-10", amount)
        self.run_policy(policy=policy)
        policy.rescored_until = self.env.cr.now()
        before = self.jobs_due()
        self.Wizard._merge((self.weber | self.twin).ids, self.twin)
        self.assertEqual(self.jobs_due(), before + 1)
        self.assertEqual(self.score(self.twin).revenue, 50.0)
        policy._rescore_changed()
        self.assertEqual(self.score(self.twin).revenue, 130.0)
        self.Wizard._merge((self.holm | self.copy).ids, self.copy)
        self.assertEqual(self.jobs_due(), before + 1, "without a score there is nothing to renew")

    def jobs_due(self):
        job = self.env.ref("customer_value.cron_rescore")
        return self.env["ir.cron.trigger"].search_count([("cron_id", "=", job.id)])

    def test_wallets(self):
        """A wallet entered for the one who goes is that of the one who stays."""
        wallet = self.env["customer.wallet"].create(
            {"partner_id": self.twin.id, "company_id": self.company.id, "budget": 5000.0}
        )
        self.look()
        self.merge(self.pair(self.weber, self.twin))
        self.assertRecordValues(wallet.exists(), [{"partner_id": self.weber.id, "budget": 5000.0}])

    def test_all_tables(self):
        """Of each table that refers to partners, the rows of both are those of the one who stays."""
        self.make_policy()
        for partner in (self.weber, self.twin):
            self.invoice(partner, amount=50.0, order=self.order(partner, amount=50.0))
            self.lead(partner)
            self.ticket(partner)
            partner.message_post(body="Called")
        with freeze_time(NOW):
            self.run_policy()
        self.look()
        self.env.flush_all()
        before = self.count_references()
        pair = self.pair(self.weber, self.twin)
        survivor = pair.survivor_id
        self.merge(pair)
        self.env.flush_all()
        after = self.count_references()
        for reference, counts in before.items():
            # the score of both together is one; the pair lists who stays and who is kept
            if reference[0] in ("customer_value_score", "customer_duplicate", "customer_value_history"):
                continue
            if reference[0].endswith(("_rel", "mail_followers", "customer_value_run_move")):
                continue
            with self.subTest(reference=reference):
                self.assertGreaterEqual(after[reference].get(survivor.id, 0), sum(counts.values()))

    def count_references(self):
        """:return: table and column: dict of how many rows refer to each of the two"""
        found = {}
        for table, column in self.Wizard._get_fk_on("res_partner"):
            self.env.cr.execute(
                f'SELECT "{column}", count(*) FROM "{table}" WHERE "{column}" = ANY(%s) GROUP BY 1',
                [(self.weber | self.twin).ids],
            )
            # the contact itself goes with the one who goes
            if table != "res_partner":
                found[table, column] = dict(self.env.cr.fetchall())
        return found

    def test_what_would_be_deleted_is_refused(self):
        """Where both have a row that cannot be there twice, and it is not one of a kind that says the same."""
        self.env.cr.execute(
            "CREATE TABLE customer_duplicate_test_host (id serial PRIMARY KEY, note text, kind text,"
            " partner_id int REFERENCES res_partner, UNIQUE (partner_id, kind))"
        )
        self.env.cr.execute(
            "INSERT INTO customer_duplicate_test_host (note, kind, partner_id)"
            " VALUES ('kept', 'a', %(one)s), ('would go', 'a', %(other)s), ('moves', 'b', %(other)s)",
            {"one": self.weber.id, "other": self.twin.id},
        )
        self.look()
        pair = self.pair(self.weber, self.twin)
        self.patch(self.registry["customer.duplicate.look"], "_table", "customer_duplicate_test_host")
        with self.assertRaisesRegex(UserError, "cannot be kept twice"), self.env.cr.savepoint():
            self.merge(pair)
        self.env.cr.execute("DELETE FROM customer_duplicate_test_host WHERE note = 'would go'")
        self.Wizard.with_context(duplicate_review=True)._update_foreign_keys(self.twin, self.weber)
        self.env.cr.execute("SELECT note, partner_id FROM customer_duplicate_test_host ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), [("kept", self.weber.id), ("moves", self.weber.id)])

    # -- many at once --------------------------------------------------------------------------------------------------

    def bulk(self, confidence):
        return (
            self.env["customer.duplicate.bulk"]
            .with_user(self.manager)
            .with_context(allowed_company_ids=self.company.ids)
            .create({"company_id": self.company.id, "confidence": confidence})
        )

    def test_bulk(self):
        """All above the confidence are merged; who cannot be is named, and the confidence is remembered."""
        three, four = self.twins("Lindt Tools", 3, vat="YY5")
        self.assertTrue(three.vat != four.vat)
        self.look()
        wizard = self.bulk(90.0)
        self.assertEqual(
            (wizard.pair_count, wizard.refused_count), (len(self.Pair.search([])), 1 if self.pair(three, four) else 0)
        )
        with freeze_time(NOW):
            wizard.action_merge()
        self.assertIn("2 pairs merged", wizard.result)
        self.assertEqual(self.company.duplicate_confidence, 90.0)
        self.assertEqual(len((self.weber | self.twin).exists()), 1)
        self.assertEqual(len((self.holm | self.copy).exists()), 1)
        self.assertEqual((three | four).exists(), three | four)

    def test_bulk_of_three(self):
        """Three that are one: the pairs between them go as they are merged."""
        third = self.customer(
            "Weber Print AG", street=self.weber.street, zip=self.weber.zip, city=self.weber.city, vat=self.weber.vat
        )
        self.look()
        with freeze_time(NOW):
            self.bulk(80.0).action_merge()
            self.look()
            self.bulk(80.0).action_merge() if self.Pair.search(self.Pair._get_queue_domain()) else None
        self.assertEqual(len((self.weber | self.twin | third).exists()), 1)

    def test_bulk_of_another_company(self):
        self.look()
        wizard = self.bulk(90.0)
        wizard.sudo().company_id = self.make_company("Other Company", "USD")
        with self.assertRaises(AccessError):
            wizard.action_merge()

    def test_bulk_without_pairs(self):
        with self.assertRaisesRegex(UserError, "No pair is that probable"):
            self.bulk(100.0).action_merge()

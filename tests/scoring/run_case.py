from ..core.value_case import ONE_TO_ONE, ValueCase

# What a run leaves behind for sure; everything else must stay as it is in a simulation.
OF_A_RUN = ("customer_value_run", "customer_value_run_move", "customer_value_run_res_partner_rel")


class RunCase(ValueCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(ONE_TO_ONE)
        cls.low, cls.middle, cls.top = cls.customers(3)
        for partner, amount in ((cls.low, 10), (cls.middle, 50), (cls.top, 90)):
            cls.invoice(partner, "2025-06-01", amount)
            cls.order(partner, "2025-06-01", amount)

    def tables(self):
        self.env.cr.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND (tablename LIKE 'customer_value%'"
            " OR tablename IN ('res_partner', 'sale_order', 'account_move', 'crm_lead', 'helpdesk_ticket'))"
        )
        names = {name for (name,) in self.env.cr.fetchall()} - set(OF_A_RUN)
        self.assertIn("customer_value_score", names)
        return {name: self.rows(name, "1") for name in sorted(names)}

    def state(self):
        """What the customers of the company have come to, whichever run it was."""
        fields = ["partner_id", "score", "tier_id", "segment_id", "abc_class", "lifecycle", "metrics", "contributions"]
        self.env.invalidate_all()
        rows = self.Score.search([("company_id", "=", self.company.id)], order="partner_id").read(fields, load=False)
        return [{name: row[name] for name in fields} for row in rows]

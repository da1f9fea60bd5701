from ..core.value_case import AS_OF, ValueCase


class SourceCase(ValueCase):
    """A policy with every metric, so that a run puts each raw number into the score."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        metrics = cls.Source._get_metrics()
        cls.policy = cls.make_policy({metric: {"scale": "linear", "cap": 100.0} for metric in metrics})
        cls.partner = cls.customer("Acme")

    def raw(self, metric, partner=None, as_of=AS_OF):
        """The raw number after an applied run; None if it does not exist, "no score" if there is no row."""
        partner = partner or self.partner
        run = self.policy._run(as_of=as_of)
        self.assertEqual(run.state, "done")
        score = self.score(partner)
        return score.metrics[metric] if score else "no score"

    def documents(self, metric, partner=None):
        action = self.score(partner or self.partner).action_open_documents(metric)
        context = action.get("context") or {}
        return self.env[action["res_model"]].with_context(**context).search(action["domain"], order="id")

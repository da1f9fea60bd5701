import contextlib
from dataclasses import dataclass

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.tools.translate import LazyTranslate

from .planning import planning

_lt = LazyTranslate(__name__)

SORT_MEMORY = "customer_value.sort_memory"
REPLICA_WAIT = "customer_value.replica_wait"

# What a page of an index costs, where one read in order costs 1: they are in memory, or soon are.
INDEX_PAGE_COST = 1.1


@dataclass(frozen=True)
class Whole:
    """A whole number that somebody may set for all companies, and what it is where nobody has."""

    label: str
    least: int
    most: int
    default: int


WHOLE = {
    SORT_MEMORY: Whole(_lt("Sort Memory (MB)"), 4, 4096, 256),
    REPLICA_WAIT: Whole(_lt("Wait for the Replica (seconds)"), 1, 3600, 30),
}


class IrConfigParameter(models.Model):
    _inherit = "ir.config_parameter"

    @api.constrains("key", "value")
    def _check_value_whole(self):
        self._check_whole({parameter.key: parameter.value for parameter in self})

    @api.model
    def _check_whole(self, values):
        """
        :param dict values: of parameters by key; others than those of ``WHOLE`` are left alone
        :raise ValidationError: one of them is no number within its limits
        """
        for key, value in values.items():
            whole, text = WHOLE.get(key), str(value)
            if whole and not (text.isascii() and text.isdigit() and whole.least <= int(text) <= whole.most):
                raise ValidationError(
                    self.env._(
                        "%(setting)s: please enter a whole number from %(least)s to %(most)s.",
                        setting=self.env._(whole.label),
                        least=whole.least,
                        most=whole.most,
                    )
                )

    @api.model
    def _get_value_whole(self, key):
        """The number that is set for ``key``, one of ``WHOLE``."""
        # sudo: limits of the database are no secret, and everybody works within them
        return int(self.sudo().get_param(key, WHOLE[key].default))

    @api.model
    def _use_sort_memory(self):
        """Let statements over all customers sort in memory, from here to the end of the transaction.

        Orders are sorted by customer and day; what does not fit is sorted on disk, which takes longer. The
        database takes no more of it than there is to sort.
        """
        self.env.cr.execute("SELECT set_config('work_mem', %s, true)", [f"{self._get_value_whole(SORT_MEMORY)}MB"])

    @api.model
    @contextlib.contextmanager
    def _reading_indexes(self):
        """Have statements within read the documents of all customers from indexes; others are planned as the server
        says.

        Indexes have what is read of orders and invoices in a fifth of the pages of the tables, and in the order in
        which it is needed. A server that takes pages out of order for four times as expensive reads the tables instead.
        """
        with planning(self.env.cr, {"random_page_cost": lambda cost: str(min(float(cost), INDEX_PAGE_COST))}):
            yield

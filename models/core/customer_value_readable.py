import ast

from lxml import etree
from odoo import api, models


class CustomerValueReadable(models.AbstractModel):
    """Forms that refer to documents which not every one of their users may read.

    Whoever may not read a document sees its name, which Odoo gives them with the record, but is neither offered others
    to choose from nor a link to it: both would end in an error.
    """

    _name = "customer.value.readable"
    _description = "Form With Documents of Others"

    @api.model
    def get_view(self, view_id=None, view_type="form", **options):
        """As of Odoo, by whom it is asked for; Odoo keeps the view from before the rights of users are applied."""
        result = super().get_view(view_id, view_type, **options)
        if view_type != "form":
            return result
        form = etree.fromstring(result["arch"])
        # lists within the form are of other models
        nodes = [node for node in form.iter("field") if not any(above.tag == "field" for above in node.iterancestors())]
        for node in nodes:
            field = self._fields.get(node.get("name"))
            if field is None or field.type != "many2one" or self.env[field.comodel_name].has_access("read"):
                continue
            hidden = node.get("invisible")
            node.set("readonly", "1")
            node.set("invisible", f"({hidden}) or not {field.name}" if hidden else f"not {field.name}")
            node.set("options", repr(ast.literal_eval(node.get("options") or "{}") | {"no_open": True}))
        return result | {"arch": etree.tostring(form, encoding="unicode")}

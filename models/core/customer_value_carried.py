from odoo import models


class CustomerValueCarried(models.AbstractModel):
    """Records of others whose copies take over hidden fields of ours: those with ``carried=True``.

    Odoo copies a field as the user who copies, and refuses the whole copy where they may not read it. So fields of ours
    on records of others are ``copy=False``; what a copy needs all the same is carried, whoever makes it.
    """

    _name = "customer.value.carried"
    _description = "Carried Over to Copies"

    def _valid_field_parameter(self, field, name):
        return name == "carried" or super()._valid_field_parameter(field, name)

    def copy(self, default=None):
        copies = super().copy(default)
        given = default or {}
        carried = [name for name, field in self._fields.items() if getattr(field, "carried", False)]
        # sudo: whoever copies, see above
        for original, copied in zip(self.sudo(), copies.sudo(), strict=True):
            for name in carried:
                if name not in given and original[name]:
                    copied[name] = original[name]
        return copies

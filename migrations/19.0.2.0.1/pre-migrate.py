from odoo.tools.sql import column_exists

# They name the field that goes, and are part of the views of members by now.
VIEWS = ("view_customer_retention_member_form_offer", "view_customer_retention_member_search_offer")


def migrate(cr, version):
    """Codes refer to the member that they were given to: a member merged with another has two codes."""
    if not version or not column_exists(cr, "customer_retention_member", "card_id"):
        return
    cr.execute("ALTER TABLE loyalty_card ADD COLUMN IF NOT EXISTS retention_member_id integer")
    cr.execute(
        """UPDATE loyalty_card card SET retention_member_id = m.id
             FROM customer_retention_member m
            WHERE m.card_id = card.id"""
    )
    cr.execute("ALTER TABLE customer_retention_member DROP COLUMN card_id")
    cr.execute(
        """DELETE FROM ir_ui_view WHERE id IN (
               SELECT res_id FROM ir_model_data
                WHERE module = 'customer_value' AND model = 'ir.ui.view' AND name = ANY(%s))""",
        (list(VIEWS),),
    )
    cr.execute("DELETE FROM ir_model_data WHERE module = 'customer_value' AND name = ANY(%s)", (list(VIEWS),))

def post_init_hook(env):
    """Give every company that exists when the module is installed what a new company gets."""
    env["res.company"].search([])._create_value_defaults()


def uninstall_hook(env):
    """Give customers back what stood before tiers and campaigns put price lists, payment terms and managers on them.

    Whoever has entered something else by hand since keeps it. Codes and letters that customers hold stay promised.
    """
    env["customer.retention.grant"]._take_back_all()
    env["customer.value.grant"]._take_back_all()

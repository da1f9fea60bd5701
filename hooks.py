def post_init_hook(env):
    """Give every company that exists when the module is installed what a new company gets."""
    env["res.company"].search([])._create_value_defaults()

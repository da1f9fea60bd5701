def post_init_hook(env):
    """Give every company that exists when the module is installed a policy to start with."""
    env["res.company"].search([])._create_default_value_policy()

def post_init_hook(env):
    """Give every company that exists when the module is installed what a new company gets."""
    companies = env["res.company"].search([])
    companies._create_default_value_policy()
    companies._create_complaint_defaults()
    companies._create_retention_offers()

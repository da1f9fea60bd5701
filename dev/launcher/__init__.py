"""What stands behind `make`: sets up Odoo 19 with this addon, runs it and tests it.

Standard library only: it runs before anything is installed.
"""

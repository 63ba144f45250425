"""Mistakes of deployment that would make the log worthless, found before the service starts.

Each module registers its checks on import: `settings` values, `keys` files, `guards` the triggers of the tables.
"""

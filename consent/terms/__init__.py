"""The conditions on a consent. One module a term: how it is written, when it is too wide, what it says of an access.

A new term is a new module here and a line in `KINDS`; a term that no module knows refuses every access.
"""

from consent.terms.terms import KINDS, Terms

__all__ = ["KINDS", "Terms"]

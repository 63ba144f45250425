"""Purposes at the desk: an editor drafts, a privacy officer reviews, publishes and retires."""

from consent.pages.purposes.edit import edit_purpose, new_purpose
from consent.pages.purposes.overview import desk_purposes
from consent.pages.purposes.version import desk_purpose

__all__ = ["desk_purpose", "desk_purposes", "edit_purpose", "new_purpose"]

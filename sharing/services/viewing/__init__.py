"""Viewing a file that was released: in ranges, for a limited time, as long as the citizen allows it."""

from sharing.services.viewing.end import end_unseen_viewings, stop_viewing
from sharing.services.viewing.view import check_may_view, view_file

__all__ = ["check_may_view", "end_unseen_viewings", "stop_viewing", "view_file"]

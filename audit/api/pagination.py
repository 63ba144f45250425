from rest_framework.pagination import CursorPagination


class EntryPagination(CursorPagination):
    """Newest first, by position and not by count: a page costs the same at the end of a log as at its start."""

    ordering: tuple[str, ...] = ("-at", "-entry_id")
    page_size = 50
    page_size_query_param = "pageSize"
    max_page_size = 200


class CheckpointPagination(EntryPagination):
    ordering = ("-size",)

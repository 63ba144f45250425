"""Lists in pages, newest first, by position and not by count: a page costs the same however long the list is."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from audit.moment import read_moment


class NewestFirst(CursorPagination):
    """Pages of {results, next}; `pageSize` goes to 200. A cursor that makes no sense is a 400."""

    ordering: str | tuple[str, ...] = "-id"
    page_size = 50
    page_size_query_param = "pageSize"
    max_page_size = 200

    # Reads a position in the first column of `ordering`, or raises ValueError. A cursor is plain text that anyone can
    # write, and what the column cannot hold would fail in the database.
    read_position: ClassVar[Callable[[str], Any]] = UUID

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor = super().decode_cursor(request)
            if cursor is None or cursor.position is None:
                return cursor
            position: Any = cursor.position  # the stubs call it an int; it is text
            # In the spelling of the column, because it is compared with positions of rows.
            position = str(type(self).read_position(position))
            return cursor._replace(position=position)
        except (NotFound, ValueError):
            raise ValidationError({"cursor": [_("Use an address that the list gave as its next page.")]}) from None

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self.get_next_link()})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {"results": schema, "next": {"type": ["string", "null"], "format": "uri"}},
        }


class EntryPagination(NewestFirst):
    ordering = ("-at", "-entry_id")
    read_position: ClassVar[Callable[[str], datetime]] = read_moment


class CheckpointPagination(NewestFirst):
    ordering = "-size"
    read_position: ClassVar[Callable[[str], int]] = int

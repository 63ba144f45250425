"""The only form of input that the API reads."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from consent.api.json_body import read_json


class JSONParser(BaseParser):
    """JSON, as strict for every endpoint as `read_json` is."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """Raise ParseError (400) for what is not JSON, RequestDataTooBig (413) for what is too long."""
        return read_json(parser_context["request"]._request.body if parser_context else stream.read())

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import BaseRenderer, JSONRenderer


class TlogProofRenderer(BaseRenderer):
    """Writes a proof as a C2SP tlog-proof file. A problem stays JSON, as its content type says."""

    media_type = "text/plain"
    format = "tlog-proof"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        if isinstance(data, str):
            return data.encode()
        return JSONRenderer().render(data, accepted_media_type, renderer_context)

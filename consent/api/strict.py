"""Input that says exactly what is meant."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses members that it does not know: a misspelt condition must not be dropped in silence."""

    def to_internal_value(self, data: Any) -> Any:
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            if not unknown or not isinstance(error.detail, dict):
                raise
            raise serializers.ValidationError({**error.detail, **_unknown(unknown)}) from None
        if unknown:
            raise serializers.ValidationError(_unknown(unknown))
        return value


class NothingInput(StrictSerializer):
    """An empty object: the path says it all."""


def _unknown(names: list[str]) -> dict[str, Any]:
    message = serializers.ErrorDetail(_("This member is not known here."), code="unknown-member")
    return {name: [message] for name in names}

"""Terms as ODRL 2.2: what was agreed to goes out, and a policy comes in instead of terms."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from consent.api.caller import SignedIn
from consent.api.consent_detail import visible_consents
from consent.api.receipts import LinkedData
from consent.errors import ConsentNotFound, PurposeNotFound
from consent.models import Consent, Purpose, PurposeVersion
from consent.odrl import from_odrl, to_odrl


class OdrlView(APIView):
    permission_classes = (SignedIn,)
    renderer_classes = (LinkedData, JSONRenderer)

    @extend_schema(
        operation_id="readConsentAsOdrl",
        tags=["consents"],
        responses={(200, "application/ld+json"): OpenApiResponse(OpenApiTypes.OBJECT, "An agreement of ODRL 2.2")},
    )
    def get(self, request: Request, consent_id: UUID) -> Response:
        """Read the terms of a consent as an agreement of ODRL 2.2, by the profile that /ns/odrl explains."""
        consent = visible_consents(request).filter(pk=consent_id).first()
        if consent is None:
            raise ConsentNotFound
        if not consent.conditions:
            raise ConsentNotFound(detail=_("Nothing was agreed to, so there are no terms."))
        return Response(odrl_of(consent))


def odrl_of(consent: Consent) -> dict[str, Any]:
    """Return the agreement, with the citizen's pseudonym for the purpose and no other name of theirs."""
    return to_odrl(
        consent.terms,
        uid=f"urn:uuid:{consent.pk}",
        assigner=f"dw:pseudonym/{consent.pseudonym}",
        assignee=_organisation(consent.purpose),
        purpose=_address(consent.purpose),
    )


def terms_from_odrl(policy: Mapping[str, Any], *, purpose_version_id: UUID) -> dict[str, Any]:
    """Return the terms that `policy` asks, for an answer to this purpose; raise PurposeNotFound or InvalidConsent."""
    version = (
        PurposeVersion.objects.filter(pk=purpose_version_id, state=PurposeVersion.State.PUBLISHED)
        .select_related("purpose__organisation")
        .first()
    )
    if version is None:
        raise PurposeNotFound
    return from_odrl(dict(policy), purpose=_address(version.purpose), assignee=_organisation(version.purpose))


def _organisation(purpose: Purpose) -> str:
    return f"dw:organisation/{purpose.organisation.oin}"


def _address(purpose: Purpose) -> str:
    return f"{settings.SERVICE_ADDRESS}{reverse('register-purpose', args=[purpose.slug])}"

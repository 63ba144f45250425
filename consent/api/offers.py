"""Counter-offers: made by citizens, accepted or let go by the organisation that asked."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn, acting_caller, calling_requester
from consent.api.consent_detail import GivenConsentDetail, OwnConsentDetail, own_consent_or_404
from consent.api.strict import NothingInput, StrictSerializer
from consent.models import Offer
from consent.notice import LANGUAGES
from consent.services.offer import accept_offer, let_go_offer, make_offer, take_back_offer

SCOPE = "requests:write"


class OfferInput(StrictSerializer):
    """The terms that you would share on, and the text that you read."""

    language = serializers.ChoiceField(choices=LANGUAGES)
    noticeHash = serializers.RegexField(r"^[0-9a-f]{64}$")
    terms = serializers.DictField(help_text="As in granting; required fields may be left out")


class OfferDetail(serializers.Serializer[Offer]):
    """A counter-offer. Its terms say what would be shared; whose it is stays unsaid until it is accepted."""

    id = serializers.UUIDField()
    purpose = serializers.CharField(source="purpose_version.purpose.slug")
    purposeVersionId = serializers.UUIDField(source="purpose_version_id")
    state = serializers.ChoiceField(choices=Offer.State.choices)
    terms = serializers.SerializerMethodField()
    madeAt = serializers.DateTimeField(source="made_at")
    answeredAt = serializers.DateTimeField(source="answered_at", allow_null=True)

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_terms(self, offer: Offer) -> Any:
        return offer.conditions


class OwnOfferList(ListAPIView[Offer]):
    permission_classes = (SignedIn,)
    serializer_class = OfferDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Offer]:
        consent = own_consent_or_404(self.request, self.kwargs["consent_id"])
        offers: QuerySet[Offer] = Offer.objects.filter(consent=consent)
        return offers.select_related("purpose_version__purpose")

    @extend_schema(operation_id="listOwnOffers", tags=["offers"])
    def get(self, request: Request, consent_id: UUID) -> Response:
        """List the counter-offers that you made to one question, newest first."""
        return super().get(request, consent_id=consent_id)

    @extend_schema(operation_id="makeOffer", request=OfferInput, responses={201: OfferDetail}, tags=["offers"])
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Answer a question with stricter terms, which the organisation accepts or lets go."""
        acting = acting_caller(request)
        given = OfferInput(data=request.data)
        given.is_valid(raise_exception=True)
        offer = make_offer(
            citizen=acting.citizen,
            consent_id=consent_id,
            terms=given.validated_data["terms"],
            language=given.validated_data["language"],
            notice_hash=given.validated_data["noticeHash"],
            mandate=acting.mandate,
        )
        return Response(OfferDetail(offer).data, status=status.HTTP_201_CREATED)


class OfferWithdrawalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="takeBackOffer", request=NothingInput, responses={201: OwnConsentDetail}, tags=["offers"]
    )
    def post(self, request: Request, consent_id: UUID) -> Response:
        """Take back the offer that waits. The question waits on."""
        acting = acting_caller(request)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = take_back_offer(citizen=acting.citizen, consent_id=consent_id, mandate=acting.mandate)
        return Response(OwnConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class OfferList(ListAPIView[Offer]):
    permission_classes = (SignedIn,)
    serializer_class = OfferDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Offer]:
        actor = calling_requester(self.request, SCOPE)
        offers: QuerySet[Offer] = Offer.objects.to_organisation(actor.organisation_id)
        return offers.exclude(state=Offer.State.TAKEN_BACK).select_related("purpose_version__purpose")

    @extend_schema(operation_id="listOffers", tags=["offers"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the counter-offers to your organisation, newest first. What was taken back is not among them."""
        return super().get(request, *args, **kwargs)


class OfferAcceptanceList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="acceptOffer", request=NothingInput, responses={201: GivenConsentDetail}, tags=["offers"]
    )
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Accept an offer: it becomes the consent, on exactly the offered terms."""
        actor = calling_requester(request, SCOPE)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        consent = accept_offer(actor=actor, offer_id=offer_id)
        return Response(GivenConsentDetail(consent).data, status=status.HTTP_201_CREATED)


class OfferDismissalList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(operation_id="letGoOffer", request=NothingInput, responses={201: OfferDetail}, tags=["offers"])
    def post(self, request: Request, offer_id: UUID) -> Response:
        """Let an offer go. The question waits on."""
        actor = calling_requester(request, SCOPE)
        NothingInput(data=request.data).is_valid(raise_exception=True)
        offer = let_go_offer(actor=actor, offer_id=offer_id)
        return Response(OfferDetail(offer).data, status=status.HTTP_201_CREATED)

"""Ask me: the looks that a citizen is asked to allow, one at a time."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import NewestFirst
from consent.api.caller import SignedIn, acting_caller
from consent.api.consent_detail import consents_of
from consent.api.strict import StrictSerializer
from consent.models import Approval
from consent.services.approval import answer_approval


class ApprovalAnswerInput(StrictSerializer):
    """Yes or no to one look."""

    allow = serializers.BooleanField()


class ApprovalDetail(serializers.Serializer[Approval]):
    """Who wants to look at what, once."""

    id = serializers.UUIDField()
    consentId = serializers.UUIDField(source="consent_id")
    requestId = serializers.UUIDField(source="request")
    state = serializers.ChoiceField(choices=Approval.State.choices)
    fields = serializers.JSONField()  # type: ignore[assignment]  # the metaclass takes it out of the class
    case = serializers.CharField()
    oin = serializers.CharField()
    department = serializers.CharField()
    role = serializers.CharField()
    askedAt = serializers.DateTimeField(source="asked_at")
    answeredAt = serializers.DateTimeField(source="answered_at", allow_null=True)
    usedAt = serializers.DateTimeField(source="used_at", allow_null=True)


class ApprovalList(ListAPIView[Approval]):
    permission_classes = (SignedIn,)
    serializer_class = ApprovalDetail
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Approval]:
        acting = acting_caller(self.request)
        approvals: QuerySet[Approval] = Approval.objects.of_citizen(acting.citizen)
        return approvals.filter(consent__in=consents_of(acting).order_by().values("pk"))

    @extend_schema(operation_id="listApprovals", tags=["approvals"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List the looks that you were asked to allow, newest first."""
        return super().get(request, *args, **kwargs)


class ApprovalAnswerList(APIView):
    permission_classes = (SignedIn,)

    @extend_schema(
        operation_id="answerApproval",
        request=ApprovalAnswerInput,
        responses={201: ApprovalDetail},
        tags=["approvals"],
    )
    def post(self, request: Request, approval_id: UUID) -> Response:
        """Allow one look, or do not."""
        acting = acting_caller(request)
        answer = ApprovalAnswerInput(data=request.data)
        answer.is_valid(raise_exception=True)
        approval = answer_approval(
            citizen=acting.citizen,
            approval_id=approval_id,
            allow=answer.validated_data["allow"],
            mandate=acting.mandate,
        )
        return Response(ApprovalDetail(approval).data, status=status.HTTP_201_CREATED)

"""Entries, their proofs, and checkpoints. Who sees what is decided by `Record.objects.visible_to`, and only there."""

from functools import cached_property
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny, BasePermission
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.pagination import CheckpointPagination, EntryPagination
from audit.api.renderers import TlogProofRenderer
from audit.api.serializers import (
    CheckpointSerializer,
    ConsistencyProofSerializer,
    ConsistencyQuerySerializer,
    EntryFilterSerializer,
    EntryProofSerializer,
    EntrySerializer,
)
from audit.errors import Forbidden, NotFound
from audit.models import Checkpoint, Record
from audit.models.checkpoint import add_cosignatures
from audit.people import Viewer, people
from audit.retention.erased import refuse_erased
from audit.services.log_reading import log_reading
from audit.timeline import describe
from audit.tree.consistency import prove_consistency
from audit.tree.inclusion import prove_entry


class SeesEntries(BasePermission):
    """Citizens, auditors, and systems with the scope `entries:read`. Staff ask their auditor."""

    message = _("You may not read the log.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        assert isinstance(view, EntryView)
        return view.viewer.kind in ("subject", "auditor", "organisation")


class EntryView(APIView):
    permission_classes = [SeesEntries]

    @cached_property
    def viewer(self) -> Viewer:
        return people().viewer(self.request)

    def visible_record(self, entry_id: UUID) -> Record:
        """Find a record that the viewer may see; not there and not yours are the same 404, and erased is a 410."""
        record = Record.objects.visible_to(self.viewer).filter(entry_id=entry_id).first()
        if record is None:
            refuse_erased(entry_id)
            raise NotFound(_("There is no such entry, or it is not yours to see."))
        return record


class EntryList(EntryView):
    pagination_class = EntryPagination

    @extend_schema(
        operation_id="entries_list",
        summary="List entries of the log, newest first",
        parameters=[EntryFilterSerializer],
        responses=EntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        query = EntryFilterSerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        filters = query.filters()
        if filters.employee and self.viewer.kind == "subject":
            # It would tell a citizen that one person looked twice, which is disclosed by rule (C-579/21) and not here.
            raise Forbidden(_("Only auditors may follow what one employee did."))
        records = Record.objects.visible_to(self.viewer).matching(filters)
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(records, request, view=self) or []
        log_reading(viewer=self.viewer, shown=len(page), filters=filters)
        return paginator.get_paginated_response(EntrySerializer(describe(page), many=True).data)


class EntryDetail(EntryView):
    @extend_schema(operation_id="entries_read", summary="Read one entry", responses=EntrySerializer)
    def get(self, request: Request, entry_id: UUID) -> Response:
        record = self.visible_record(entry_id)
        log_reading(viewer=self.viewer, shown=1, about=record.entry)
        return Response(EntrySerializer(describe([record])[0]).data)


class EntryProofDetail(EntryView):
    renderer_classes = [JSONRenderer, TlogProofRenderer]

    @extend_schema(
        operation_id="entries_proof",
        summary="Prove that an entry stands in the log",
        description="JSON, or with `Accept: text/plain` a C2SP tlog-proof file whose extra data is salt ‖ canonical.",
        responses={
            (200, "application/json"): EntryProofSerializer,
            (200, "text/plain"): OpenApiTypes.STR,
            409: OpenApiResponse(description="The entry waits for its place in the log: `not-in-log-yet`."),
        },
    )
    def get(self, request: Request, entry_id: UUID) -> Response:
        record = self.visible_record(entry_id)
        proof = prove_entry(record)
        # The proof holds the whole entry, so handing it out is showing the entry.
        log_reading(viewer=self.viewer, shown=1, about=record.entry)
        if isinstance(request.accepted_renderer, TlogProofRenderer):
            return Response(proof.to_tlog_proof())
        return Response(EntryProofSerializer(proof).data)


class CheckpointList(APIView):
    """Checkpoints are public: the more people keep one, the less can be changed."""

    authentication_classes = []
    permission_classes = [AllowAny]
    pagination_class = CheckpointPagination

    @extend_schema(
        operation_id="checkpoints_list",
        summary="List published checkpoints, newest first",
        responses=CheckpointSerializer(many=True),
        auth=[],
    )
    def get(self, request: Request) -> Response:
        paginator = self.pagination_class()
        page = paginator.paginate_queryset(Checkpoint.objects.published(), request, view=self) or []
        return paginator.get_paginated_response(CheckpointSerializer(add_cosignatures(page), many=True).data)


class CheckpointDetail(APIView):
    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="checkpoints_read",
        summary="Read the checkpoint over a number of leaves",
        responses=CheckpointSerializer,
        auth=[],
    )
    def get(self, request: Request, size: int) -> Response:
        checkpoint = Checkpoint.objects.published().filter(size=size).first()
        if checkpoint is None:
            raise NotFound(_("No checkpoint was signed over this number of leaves."))
        return Response(CheckpointSerializer(add_cosignatures([checkpoint])[0]).data)


class CheckpointConsistencyProof(APIView):
    """Public, like what it proves."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="checkpoints_consistency_proof",
        summary="Prove that the log only grew since an older checkpoint",
        parameters=[ConsistencyQuerySerializer],
        responses=ConsistencyProofSerializer,
        auth=[],
    )
    def get(self, request: Request, size: int) -> Response:
        query = ConsistencyQuerySerializer(data=request.query_params)
        query.is_valid(raise_exception=True)
        proof = prove_consistency(old_size=query.validated_data["oldSize"], size=size)
        return Response(ConsistencyProofSerializer(proof).data)

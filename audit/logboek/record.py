"""One record of the Logboek Dataverwerkingen, as a span of OpenTelemetry.

It says that data of somebody were processed, for which activity, when, and how it ended: no employee, no value, no
field. Spans are made from entries here and not by a tracer, so there is no sampler that could leave one out, and the
same entry gives the same span however often it is sent.
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import override
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from audit.entry import Entry
from audit.logboek.subject import ID_TYPE, encrypt_subject
from audit.processing_activity import processing_activities
from audit.timeline import action_title

SCOPE = InstrumentationScope("dpl.core", "1.0")

# A refusal was carried out without a fault of ours, and that is what the standard asks about.
_STATUS = {"allowed": StatusCode.OK, "refused": StatusCode.UNSET, "failed": StatusCode.ERROR}
_MILLISECOND = 1_000_000


def spans_of(entries: Sequence[Entry], *, destination: str, organisation: str, key: bytes) -> list[ReadableSpan]:
    """Return one span per entry; each is about one subject. `organisation` is the OIN of whose logboek it is, or ""."""
    activities = processing_activities(entries)
    resource = _resource(organisation)
    with override("nl"):
        return [
            _span(
                one,
                resource=resource,
                activity=activities[one.id],
                subject=encrypt_subject(one.subject, key=key, destination=destination),
            )
            for one in entries
        ]


def _span(entry: Entry, *, resource: Resource, activity: str, subject: str) -> ReadableSpan:
    attributes = {
        "dpl.core.processing_activity_id": activity,
        "dpl.core.data_subject_id": subject,
        "dpl.core.data_subject_id_type": ID_TYPE,
    }
    trace_id = int(entry.trace_id, 16)
    parent = None
    if entry.parent_span_id:
        parent = SpanContext(trace_id, int(entry.parent_span_id, 16), is_remote=True)
        if entry.organisation:
            attributes["dpl.core.foreign_operation.processor"] = f"urn:nld:oin:{entry.organisation}"
    # The standard counts in milliseconds, the protocol in nanoseconds.
    at = int(entry.at.timestamp() * 1000) * _MILLISECOND
    return ReadableSpan(
        name=str(action_title(entry.action, outcome=entry.outcome)),
        context=SpanContext(trace_id, int(entry.span_id, 16), is_remote=False, trace_flags=TraceFlags(1)),
        parent=parent,
        resource=resource,
        attributes=attributes,
        kind=SpanKind.INTERNAL,
        status=Status(_STATUS[entry.outcome]),
        start_time=at,
        end_time=at,
        instrumentation_scope=SCOPE,
    )


def _resource(organisation: str) -> Resource:
    named = {"service.name": "deelwijs", "service.version": settings.API_VERSION, "deelwijs.log": settings.LOG_ORIGIN}
    return Resource({**named, "service.namespace": f"urn:nld:oin:{organisation}"} if organisation else named)

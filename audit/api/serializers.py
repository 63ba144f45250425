"""How entries, proofs and checkpoints are written in the API. Keys are camelCase; bytes are base64."""

import base64
from datetime import datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from audit.entry import OUTCOMES
from audit.moment import in_utc
from audit.search.filters import HOURS, LONGEST_TEXT, OIN, PSEUDONYM, TRACE, EntryFilters


@extend_schema_field(OpenApiTypes.BYTE)
class Base64Field(serializers.Field[bytes, str, str, Any]):
    """Bytes as standard base64 with padding (RFC 4648 §4)."""

    def to_representation(self, value: bytes) -> str:
        return base64.b64encode(bytes(value)).decode()


class VerdictSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    holds = serializers.BooleanField()
    params = serializers.DictField()
    sentence = serializers.CharField(help_text="The verdict in words, in the language of the request.")


class EntrySerializer(serializers.Serializer[Any]):
    """One line of the log. Never a value of a field, never the name of a member of staff."""

    id = serializers.UUIDField(source="entry.id")
    at = serializers.DateTimeField(source="entry.at")
    action = serializers.CharField(source="entry.action")
    actionTitle = serializers.CharField(source="action_title")
    outcome = serializers.ChoiceField(source="entry.outcome", choices=OUTCOMES)
    reason = serializers.CharField(source="entry.reason")
    subject = serializers.CharField(source="entry.subject", help_text="The pseudonym that the log knows a citizen by.")
    organisation = serializers.CharField(source="entry.organisation", help_text="OIN of who acted.")
    organisationName = serializers.CharField(source="organisation_name")
    role = serializers.CharField(source="entry.role")
    actingFor = serializers.CharField(
        source="entry.acting_for", help_text="The mandate when somebody acted for the citizen: kind and id, or empty"
    )
    department = serializers.CharField(source="entry.department")
    purpose = serializers.CharField(source="entry.purpose")
    purposeTitle = serializers.CharField(source="purpose_title")
    purposeVersion = serializers.UUIDField(source="entry.purpose_version", allow_null=True)
    legalBasis = serializers.CharField(source="entry.legal_basis")
    consent = serializers.UUIDField(source="entry.consent", allow_null=True)
    consentVersion = serializers.IntegerField(source="entry.consent_version", allow_null=True)
    request = serializers.UUIDField(source="entry.request", allow_null=True)
    release = serializers.UUIDField(source="entry.release", allow_null=True)
    case = serializers.CharField(source="entry.case")
    processingActivity = serializers.CharField(source="entry.processing_activity")
    fields = serializers.ListField(  # type: ignore[assignment]  # the metaclass takes it out of the class
        source="entry.fields", child=serializers.CharField(), help_text="Full names, never values."
    )
    verdicts = VerdictSerializer(many=True)
    override = serializers.BooleanField(source="entry.override")
    related = serializers.UUIDField(source="entry.related", allow_null=True)
    deferredUntil = serializers.DateTimeField(
        source="entry.deferred_until", allow_null=True, help_text="From when its citizen sees it, where that is later."
    )
    traceId = serializers.CharField(source="entry.trace_id")
    leafIndex = serializers.IntegerField(
        source="leaf_index", allow_null=True, help_text="Its place in the log; null while it waits for one."
    )


class MomentField(serializers.DateTimeField):
    """A moment in UTC, of the years that the database knows; without a zone it is one of Europe/Amsterdam."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            return in_utc(super().to_internal_value(value))
        except (OverflowError, ValueError):
            self.fail("overflow")


def _text(help_text: str = "") -> serializers.CharField:
    return serializers.CharField(required=False, max_length=LONGEST_TEXT, help_text=help_text or None)


class EntryFilterSerializer(serializers.Serializer[Any]):
    """What a list of entries can be narrowed to."""

    since = MomentField(required=False, help_text="Not before this moment.")
    until = MomentField(required=False, help_text="Before this moment.")
    hours = serializers.ChoiceField(
        required=False,
        choices=[hours for hours in HOURS if hours],
        help_text="`office`: Monday to Friday from 7 to 19 in Europe/Amsterdam; `outside`: all other hours, of which"
        " `early` and `late` are those of Monday to Friday.",
    )
    action = _text(
        help_text="The name of an action; or `access` for every access to data of a citizen, `given` or `withdrawn` for"
        " every consent that was."
    )
    outcome = serializers.ChoiceField(required=False, choices=OUTCOMES)
    reason = _text(help_text="The code of why something was refused or failed.")
    organisation = serializers.RegexField(OIN, required=False, help_text="OIN of who acted.")
    role = _text()
    purpose = _text(help_text="The name of a purpose in its address in the register.")
    case = _text()
    consent = serializers.UUIDField(required=False)
    request = serializers.UUIDField(required=False)
    trace = serializers.RegexField(TRACE, required=False, help_text="`traceId` of an entry.")
    subject = serializers.RegexField(
        PSEUDONYM, required=False, help_text="The pseudonym that the log knows a citizen by."
    )
    entry = serializers.UUIDField(required=False)
    employee = serializers.UUIDField(
        required=False, help_text="The id of an entry that you may see: finds what the same member of staff did."
    )

    def filters(self) -> EntryFilters:
        return EntryFilters(**self.validated_data)


class EntryProofSerializer(serializers.Serializer[Any]):
    """SHA-256("deelwijs/audit/entry/v1" ‖ newline ‖ salt ‖ canonical) is the leaf at `leafIndex`."""

    entryId = serializers.UUIDField(source="entry_id")
    salt = Base64Field(help_text="32 bytes.")
    canonical = Base64Field(help_text="The entry as RFC 8785 JSON, byte for byte as it was committed to.")
    leafIndex = serializers.IntegerField(source="leaf_index")
    treeSize = serializers.IntegerField(source="tree_size")
    hashes = serializers.ListField(child=Base64Field(), help_text="From leaf to root (RFC 9162 §2.1.3).")
    checkpoint = serializers.CharField(help_text="The signed tree head (C2SP tlog-checkpoint), verbatim.")


class ConsistencyProofSerializer(serializers.Serializer[Any]):
    oldSize = serializers.IntegerField(source="old_size")
    size = serializers.IntegerField()
    hashes = serializers.ListField(child=Base64Field(), help_text="RFC 9162 §2.1.4.1.")
    checkpoint = serializers.CharField(help_text="The signed tree head (C2SP tlog-checkpoint), verbatim.")


class ConsistencyQuerySerializer(serializers.Serializer[Any]):
    """Which older log the caller kept the checkpoint of."""

    oldSize = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="Its number of leaves.")


class CosignatureSerializer(serializers.Serializer[Any]):
    """A witness saw this checkpoint extend what it had seen of the log before."""

    witness = serializers.CharField(source="key_name", help_text="The name in its verifier key.")
    keyId = serializers.CharField(source="key_id", help_text="The id of that key: four bytes in hexadecimal.")
    at = serializers.DateTimeField(help_text="When the witness saw it, as it says itself under its signature.")
    line = serializers.CharField(help_text="Its signature (C2SP tlog-cosignature), as it stands in the checkpoint.")


class CheckpointSerializer(serializers.Serializer[Any]):
    size = serializers.IntegerField()
    # DRF takes declared fields off the class, so that this does not hide the property of that name.
    root = Base64Field()  # type: ignore[assignment]
    checkpoint = serializers.CharField(
        source="note", help_text="C2SP tlog-checkpoint, verbatim, with the signatures of its witnesses."
    )
    signedAt = serializers.DateTimeField(source="at")
    cosignatures = CosignatureSerializer(many=True)

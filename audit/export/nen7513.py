"""The fields of NEN 7513 (§5, on the model of RFC 3881 and DICOM audit messages), one line an event, as CSV.

The names are those that the draft extension of the Logboek Dataverwerkingen gives them. What the log does not know
stays empty: it keeps no network address, and the name of who acted is sealed and disclosed by rule only (CJEU
C-579/21), so that `userID` is the commitment to that name, by which a disclosed one is known.
"""

from collections.abc import Callable

from django.conf import settings

from audit.entry import read_user_commitment
from audit.export.columns import Column
from audit.export.row import Row

# RFC 3881 §5.1: Create, Read, Update, Delete, Execute. By the verb of the action; what is not here is executed.
_OPERATIONS = {
    "R": (
        "released",
        "repeated",
        "log-read",
        "export-made",
        "export-downloaded",
        "viewing-started",
        "viewing-ended",
        "name-disclosed",
    ),
    "C": ("file-stored", "citizen-registered", "purpose-drafted", "mandate-recorded", "requested", "granted"),
    "U": ("vault-changed", "kept-current", "narrowed", "renewed", "postponed", "purpose-revised"),
    "D": ("file-removed", "deleted", "erased"),
}
OPERATION_OF_VERB = {verb: code for code, verbs in _OPERATIONS.items() for verb in verbs}

# RFC 3881 §5.1: success, serious failure; a refusal is a minor failure of what was wanted, not of the system.
OUTCOME_INDICATORS = {"allowed": 0, "refused": 4, "failed": 8}

_PERSON, _SUBJECT_OF_CARE = 1, 1
_APPLICATION_SERVER = 4

# RFC 3881 §5.5.5. What was only asked, granted or looked at changed nothing in the life of the data.
_LIFE_CYCLE = {"C": 1, "R": 6, "U": 3, "D": 14}


def _operation(row: Row) -> str:
    return OPERATION_OF_VERB.get(row.entry.action.partition(".")[2], "E")


def _text(name: str, read: Callable[[Row], object]) -> Column:
    return Column(name, "text", read)


NEN7513_COLUMNS: tuple[Column, ...] = (
    _text("EventID", lambda row: row.activity),
    _text("EventActionCode", _operation),
    Column("EventDateTime", "moment", lambda row: row.entry.at),
    Column("EventOutcomeIndicator", "number", lambda row: OUTCOME_INDICATORS[row.entry.outcome]),
    _text("EventTypeCode", lambda row: row.entry.action),
    _text("userID", lambda row: read_user_commitment(bytes(row.record.canonical))),
    _text("alternateUserID", lambda _row: ""),
    _text("userName", lambda _row: ""),
    Column("userIsRequestor", "switch", lambda _row: True),
    _text("roleIDCode", lambda row: row.entry.role),
    _text("purposeOfUse", lambda row: row.entry.purpose),
    _text("networkAccessPointTypeCode", lambda _row: ""),
    _text("networkAccessPointID", lambda _row: ""),
    Column("participantObjectTypeCode", "number", lambda row: _PERSON if row.entry.subject else None),
    Column("participantObjectTypeCodeRole", "number", lambda row: _SUBJECT_OF_CARE if row.entry.subject else None),
    Column("participantObjectDataLifeCycle", "number", lambda row: _LIFE_CYCLE.get(_operation(row))),
    _text("participantObjectIDTypeCode", lambda row: "deelwijs-log-pseudonym" if row.entry.subject else ""),
    _text("participantObjectPermissionPolicySet", lambda row: str(row.entry.purpose_version or "")),
    _text("participantObjectSensitivity", lambda _row: ""),
    _text("participantObjectID", lambda row: row.entry.subject),
    _text("participantObjectName", lambda _row: ""),
    Column("participantObjectDetail", "texts", lambda row: list(row.entry.fields)),
    _text("participantObjectDescription", lambda row: row.described.purpose_title),
    _text("AuditEnterpriseSiteID", lambda row: row.entry.organisation),
    _text("AuditSourceID", lambda _row: settings.LOG_ORIGIN),
    Column("AuditSourceTypeCode", "number", lambda _row: _APPLICATION_SERVER),
    _text("autorisatieProtocol", lambda row: row.entry.legal_basis),
    _text("behandelrelatieProtocol", lambda row: row.entry.case),
    _text("toestemmingsProfiel", lambda row: _consent(row)),
    Column("controles", "texts", lambda row: [_check(verdict) for verdict in row.entry.verdicts]),
    _text("W3C-Trace-Context-Traceparent", lambda row: f"00-{row.entry.trace_id}-{row.entry.span_id}-01"),
    _text("entry", lambda row: str(row.entry.id)),
)


def _consent(row: Row) -> str:
    entry = row.entry
    return "" if entry.consent is None else f"{entry.consent}/{entry.consent_version or ''}".rstrip("/")


def _check(verdict: object) -> str:
    assert isinstance(verdict, dict)
    return f"{verdict['code']}={'holds' if verdict['holds'] else 'fails'}"

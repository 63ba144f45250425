"""Whether each stored timestamp is one, of the checkpoint that it is stored under."""

from audit.models import Checkpoint, Timestamp
from audit.timestamping.authority import read_certificates
from audit.timestamping.response import TimestampError, open_response
from audit.verification.discrepancy import Altered


def check_timestamps() -> int:
    """Check all and return how many there are. Raise Altered, and CertificatesMissing where there are any without."""
    if not Timestamp.objects.exists():
        return 0
    certificates = read_certificates()
    checked = 0
    for timestamp in Timestamp.objects.order_by("size").iterator():
        where = f"timestamp of the checkpoint over {timestamp.size} leaves"
        checkpoint = Checkpoint.objects.filter(size=timestamp.size).first()
        if checkpoint is None:
            raise Altered("checkpoint-missing", where, "It was stamped, so it was there: the checkpoint was deleted.")
        try:
            stamp = open_response(bytes(timestamp.response), checkpoint.note.encode(), certificates)
        except TimestampError as error:
            raise Altered(
                "timestamp-altered", where, f"It is not what the authority signed over this checkpoint: {error}."
            ) from error
        if (stamp.at, stamp.authority) != (timestamp.at, timestamp.authority):
            raise Altered("timestamp-altered", where, "The columns say something else than the signed answer.")
        checked += 1
    return checked

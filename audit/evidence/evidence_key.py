"""The key that seals evidence bundles, in one file, for web and worker; the public half can be had by everybody.

It proves who put a bundle together and that nothing was changed since. What the entries say is proven by the log
itself, whose key the worker does not have.
"""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.durable_file import write_new
from audit.errors import Unavailable
from audit.signing.signed_note import NoteError, Signer, Verifier, generate_signer, read_signer


class EvidenceKeyUnusable(Unavailable):
    code = "evidence-key-unusable"
    title = _("The key that seals evidence cannot be used")


def create_evidence_key(file: Path) -> Verifier:
    """Generate the key, mode 0600. Raise FileExistsError: the bundles that people keep are verified with this one."""
    signer = generate_signer(f"{settings.LOG_ORIGIN}/evidence")
    write_new(file, f"{signer.to_text()}\n", mode=0o600)
    return signer.verifier


def load_evidence_signer() -> Signer:
    """Read the key, or raise EvidenceKeyUnusable."""
    file = Path(settings.EVIDENCE_KEY_FILE)
    try:
        return read_signer(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, NoteError):
        # Without its cause, whose text may repeat a part of the key.
        raise EvidenceKeyUnusable(
            _("There is no readable key in %(file)s; make one with: manage.py create_evidence_key") % {"file": file}
        ) from None

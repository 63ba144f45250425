"""The keys that we cosign the logs of others with: one file, for the web service alone.

One Ed25519 key, which every log understands, and one ML-DSA-44 key, one a line. `<file>.pub` holds the verifier keys,
to hand out.
"""

from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from audit.durable_file import write_new
from audit.errors import Unavailable
from audit.signing.signed_note import NoteError
from audit.witness.cosignature import CosigningKey, Kind, generate_cosigning_key, read_cosigning_key


class WitnessKeyUnusable(Unavailable):
    """The key of the witness is not there, cannot be read, or has another name; `detail` says which."""

    code = "witness-key-unusable"
    title = _("The key of this witness cannot be used")


def is_witness() -> bool:
    """Tell whether this service is a witness for others."""
    return bool(settings.WITNESS_KEY_FILE)


def verifier_keys_file(key_file: Path) -> Path:
    return key_file.with_name(key_file.name + ".pub")


def create_witness_key_file(*, file: Path, name: str) -> list[str]:
    """Generate the keys of a new witness and return their verifier keys.

    Raise FileExistsError if there are some: overwriting them would make all that we cosigned worthless.
    """
    keys = [generate_cosigning_key(name, kind) for kind in Kind]
    verifier_keys = [str(key.cosigner) for key in keys]
    write_new(file, "".join(f"{key.to_text()}\n" for key in keys), mode=0o600)
    write_new(verifier_keys_file(file), "".join(f"{key}\n" for key in verifier_keys), mode=0o644)
    return verifier_keys


def load_witness_keys() -> list[CosigningKey]:
    """Read the keys that the settings name, or raise WitnessKeyUnusable."""
    file = Path(settings.WITNESS_KEY_FILE)
    try:
        keys = [read_cosigning_key(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise WitnessKeyUnusable(
            _("There is no readable key in %(file)s; a new witness gets one from: manage.py create_witness_key")
            % {"file": file}
        ) from error
    if not keys or any(key.name != settings.WITNESS_NAME for key in keys):
        raise WitnessKeyUnusable(
            _("The key in %(file)s is not of the witness %(name)s, which WITNESS_NAME names.")
            % {"file": file, "name": settings.WITNESS_NAME}
        )
    return keys

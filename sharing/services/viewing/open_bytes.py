"""Opening the bytes of a shared file, with keys that live as long as the reader that is returned and no longer."""

from consent.errors import DoesNotOpen
from sharing.files.chunked import SealedReader
from sharing.files.keys import content_context, open_from_consent, still_context
from sharing.files.storage import file_storage
from sharing.released_file import ReleasedFile
from sharing.standing import StandingConsent


def open_bytes(found: ReleasedFile, consent: StandingConsent, *, still: bool) -> SealedReader:
    """Return a reader of the file, or of its still picture, whose bytes are those that were stored.

    Raises KeyDestroyed, KeySuspended, KeyServiceUnavailable or DoesNotOpen, and what the storage raises for bytes that
    are away.
    """
    file = found.file
    data_key = open_from_consent(found.shared, consent_key=consent.open_key())
    name, context = (f"{file.pk}.still", still_context) if still else (str(file.pk), content_context)
    reader = SealedReader(file_storage().open(name), key=data_key, context=context(file.pk))
    if reader.size != (file.still_size if still else file.size):
        reader.close()
        raise DoesNotOpen
    return reader

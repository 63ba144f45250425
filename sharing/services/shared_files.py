"""The files among what a consent shares: in its copy a descriptor, and beside it the data key for its own key.

The bytes stay where they are. A descriptor is `{"id", "mediaType", "size"}`, so that a release says what there is to
see without asking the database again.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone

from consent.keys.vault_key import open_vault_key
from consent.models import Citizen, Consent, DatasetVersion
from sharing.files.field import accepted_media_types
from sharing.files.keys import open_from_consent, open_from_vault, wrap_for_consent
from sharing.models import SharedFile, StoredFile

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
Contents = dict[UUID, dict[str, Any]]


def describe_files(citizen: Citizen, contents: Contents) -> dict[str, StoredFile]:
    """Put a descriptor in place of the id of each file among `contents`, {dataset version: {full name: value}}.

    Returns {full name: file}. A file that is not in the vault any more is left out, as what was never filled in.
    """
    named = _files_among(citizen, contents)
    found: dict[str, StoredFile] = {}
    for content in contents.values():
        for name in [name for name in content if name in named]:
            file = named[name]
            if file is None:
                del content[name]
            else:
                content[name] = {"id": str(file.pk), "mediaType": file.media_type, "size": file.size}
                found[name] = file
    return found


def share_files(consent: Consent, files: Mapping[str, StoredFile], *, consent_key: bytes) -> None:
    """Seal the data key of each of `files`, {full name: file}, to the key of a consent.

    Of one that only a question is answered about there is none: its bytes are not shared.
    """
    files = {name: file for name, file in files.items() if name not in consent.terms.answers}
    if not files:
        return
    vault_key = open_vault_key(consent.citizen)
    _wrap(
        consent,
        ((name, file, open_from_vault(file, vault_key=vault_key)) for name, file in files.items()),
        consent_key,
    )


def reshare_files(consent: Consent, *, names: Collection[str], old_key: bytes, new_key: bytes) -> None:
    """Seal the data keys of what is still shared to the new key of a narrowed consent.

    The old wraps go: with a backup of the old key they would open what is no longer shared.
    """
    old = list(SharedFile.objects.filter(consent=consent).select_related("file"))
    if not old:
        return
    seen = set(names) - set(consent.terms.answers)
    kept = [(one.name, one.file, open_from_consent(one, consent_key=old_key)) for one in old if one.name in seen]
    SharedFile.objects.filter(pk__in=[one.pk for one in old]).delete()
    _wrap(consent, kept, new_key)


def _wrap(consent: Consent, files: Iterable[tuple[str, StoredFile, bytes]], key: bytes) -> None:
    now = timezone.now()
    rows = []
    for name, file, data_key in files:
        shared = SharedFile(consent=consent, file=file, name=name, sealed_at=now)
        shared.wrapped_data_key = wrap_for_consent(data_key, consent_key=key, shared=shared)
        rows.append(shared)
    SharedFile.objects.bulk_create(rows)


def _files_among(citizen: Citizen, contents: Contents) -> dict[str, StoredFile | None]:
    """Return {full name: file} of the file fields, None for a file that is not there. Without any it asks nothing."""
    maybe = {
        dataset_version_id: {
            name: value for name, value in content.items() if isinstance(value, str) and _UUID.fullmatch(value)
        }
        for dataset_version_id, content in contents.items()
    }
    if not any(maybe.values()):
        return {}
    versions = DatasetVersion.objects.filter(pk__in=[pk for pk, values in maybe.items() if values])
    ids = {
        name: value
        for version in versions
        for name, value in maybe[version.pk].items()
        if accepted_media_types(version.schema, name.partition("#")[2])
    }
    files = {str(file.pk): file for file in StoredFile.objects.in_vault_of(citizen).filter(pk__in=ids.values())}
    return {name: files.get(value) for name, value in ids.items()}

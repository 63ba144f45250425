"""A file that comes whole, in one form: how it goes without a script."""

from functools import partial

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.errors import FieldError
from consent.keys.vault_key import open_vault_key
from consent.models import Citizen, DatasetVersion, Mandate
from sharing.errors import InvalidUpload
from sharing.files.keys import wrap_upload_key
from sharing.files.kick import kick_check
from sharing.models import Upload, UploadPart
from sharing.services.files.begin import check_room, check_size, draft_upload
from sharing.services.files.parts import Part, PartWriter, delete_blobs


class WholeFile:
    """Seals a file as it comes, before anybody knows whether the form that it came in is in order.

    There is no row and nothing that opens it until `keep`; what is let go is deleted or collected. What there is no
    room for, as far as can be told of a file of `at_least` so many bytes, is refused before any of it is stored, as
    `begin_upload` does.
    """

    def __init__(
        self,
        *,
        citizen: Citizen,
        dataset_version: DatasetVersion,
        pointer: str,
        name: str,
        at_least: int,
        mandate: Mandate | None,
    ) -> None:
        with transaction.atomic():
            check_room(citizen=citizen, size=at_least, mandate=mandate, now=timezone.now())
        # Its real size is known at the end.
        self._draft, self._key = draft_upload(
            citizen=citizen, dataset_version=dataset_version, pointer=pointer, name=name, size=1
        )
        self._writer = PartWriter(upload_id=self._draft.pk, upload_key=self._key, position=0)
        self._part: Part | None = None

    def write(self, data: bytes) -> None:
        """Seal some more; raise UploadTooLarge, StorageFull or StorageUnavailable."""
        check_size(self._writer.size + len(data))
        self._writer.write(data)

    def finish(self) -> None:
        if self._writer.size:
            self._part = self._writer.finish()
        else:
            self._writer.abandon()

    def let_go(self) -> None:
        """Forget it, in whatever state it is."""
        self._writer.abandon()
        if self._part is not None:
            delete_blobs([self._part.blob])

    @transaction.atomic
    def keep(self, *, keeps_metadata: bool, mandate: Mandate | None) -> Upload:
        """Store the upload, of which all bytes are there, and have it checked. Raises what `begin_upload` does."""
        if self._part is None:
            raise InvalidUpload(errors=[FieldError("", "file-empty", _("This file is empty."))])
        upload, part, now = self._draft, self._part, timezone.now()
        check_room(citizen=upload.citizen, size=part.size, mandate=mandate, now=now)
        upload.keeps_metadata, upload.mandate = keeps_metadata, mandate
        upload.announced_size = upload.received = part.size
        upload.state, upload.ends_at = Upload.State.CHECKING, now + settings.CHECK_QUEUED
        upload.wrapped_upload_key = wrap_upload_key(self._key, vault_key=open_vault_key(upload.citizen), upload=upload)
        upload.save(force_insert=True)
        UploadPart.objects.create(upload=upload, position=part.position, size=part.size, blob=part.blob)
        transaction.on_commit(partial(kick_check, upload.pk))
        return upload

"""What can go wrong with vaults, requests and releases, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Conflict, Forbidden, Invalid, NotFound, TooLarge, Unavailable


class InvalidRecord(Invalid):
    code = "invalid-record"
    title = _("This data does not have the form of its dataset")


class RecordChanged(Conflict):
    code = "record-changed"
    title = _("This data was changed in the meantime")


class DatasetNotFound(NotFound):
    code = "dataset-not-found"
    title = _("We cannot find this data")


class ExportNotFound(NotFound):
    code = "export-not-found"
    title = _("We cannot find this file")


class ExportNotReady(Conflict):
    code = "export-not-ready"
    title = _("Your file is not ready")


class ErasureNotFound(NotFound):
    code = "erasure-not-found"
    title = _("We cannot find this receipt")


class ErasureRefused(Conflict):
    code = "erasure-refused"
    title = _("We cannot erase you at the moment")


class InvalidRequest(Invalid):
    code = "invalid-request"
    title = _("This request cannot be stored as it is")


class InvalidRelease(Invalid):
    code = "invalid-release"
    title = _("This release was not asked in the right form")


class RequestNotFound(NotFound):
    code = "request-not-found"
    title = _("We cannot find this request")


class RequestRefused(Forbidden):
    code = "request-refused"
    title = _("You may not ask this")


class ReleaseNotFound(NotFound):
    code = "release-not-found"
    title = _("We cannot find this release")


class ReleaseRefused(Forbidden):
    code = "release-refused"
    title = _("The data is not released")


class NothingToDelete(Conflict):
    code = "nothing-to-delete"
    title = _("For this release there is nothing to confirm")


class IdempotencyKeyReused(Conflict):
    code = "idempotency-key-reused"
    title = _("This idempotency key belongs to another request")


class ConsentBusy(Unavailable):
    code = "consent-busy"
    title = _("This consent is changing at the moment")


class ReleasedFileNotFound(NotFound):
    """Not a file of this release, or not a release to who asks: the two are never told apart."""

    code = "released-file-not-found"
    title = _("We cannot find this file")


class ViewingRefused(Forbidden):
    code = "viewing-refused"
    title = _("The file cannot be viewed")


class ViewingStopped(Conflict):
    code = "viewing-stopped"
    title = _("You just stopped viewing this file")


class NoViewing(Conflict):
    code = "no-viewing"
    title = _("Nobody is viewing this file")


class StorageFull(Unavailable):
    code = "storage-full"
    status = 507
    title = _("There is no room for this file at the moment")


class StorageUnavailable(Unavailable):
    code = "storage-unavailable"
    title = _("Files cannot be stored or read at the moment")


class BlobMissing(Unavailable):
    """A row says that there is a file and the storage does not have it: a mistake of ours, never of a caller."""

    code = "file-missing"
    title = _("The storage does not have this file")


class NotAFileField(NotFound):
    code = "not-a-file-field"
    title = _("We cannot find this place for a file")


class UploadNotFound(NotFound):
    code = "upload-not-found"
    title = _("We cannot find this upload")


class InvalidUpload(Invalid):
    code = "invalid-upload"
    title = _("This upload cannot be begun as it is")


class UploadTooLarge(TooLarge):
    code = "upload-too-large"
    title = _("This file is too large")


class TooManyUploads(Conflict):
    code = "too-many-uploads"
    title = _("You are adding too many files at once")


class VaultFull(Conflict):
    code = "vault-full"
    title = _("There is no more room for your files")


class UploadMoved(Conflict):
    """The bytes do not begin where the upload is: somebody else, or an earlier try, brought some."""

    code = "upload-moved"
    title = _("This part of the file does not follow on what we have")


class StoredFileNotFound(NotFound):
    code = "file-not-found"
    title = _("We cannot find this file")


class FileNeeded(Conflict):
    code = "file-needed"
    title = _("This file cannot be removed")


class TusVersionUnknown(Invalid):
    code = "tus-version-unknown"
    status = 412
    title = _("We do not speak this version of tus")

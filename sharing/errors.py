"""What can go wrong with vaults, requests and releases, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable


class InvalidRecord(Invalid):
    code = "invalid-record"
    title = _("This data does not have the form of its dataset")


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


class IdempotencyKeyReused(Conflict):
    code = "idempotency-key-reused"
    title = _("This idempotency key belongs to another request")


class ConsentBusy(Unavailable):
    code = "consent-busy"
    title = _("This consent is changing at the moment")

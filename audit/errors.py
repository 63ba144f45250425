"""The ways in which this service says no.

Services raise these; one place in `deploy` turns them into problem+json and into pages. `code` is
part of the API: callers switch on it, so it never changes. `detail` is for people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; `pointer` is a JSON Pointer (RFC 6901) into the request body."""

    pointer: str
    code: str
    detail: Text


class DomainError(Exception):
    """A refusal with a stable code.

    `entry_id` names the audit entry that already stands for this refusal, so that it is not logged twice; `promise`
    is the signed promise that it will stand in the log, for who was refused.
    """

    code: ClassVar[str] = "failed"
    status: ClassVar[int] = 500
    title: ClassVar[Text] = _("Something went wrong")

    def __init__(
        self,
        detail: Text = "",
        *,
        errors: Sequence[FieldError] = (),
        params: Mapping[str, Any] | None = None,
        entry_id: UUID | None = None,
        promise: str = "",
    ) -> None:
        super().__init__(self.code)
        self.detail = detail
        self.errors = list(errors)
        self.params = dict(params or {})
        self.entry_id = entry_id
        self.promise = promise

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Invalid(DomainError):
    """The input is malformed. Nothing was written, and no entry stands for it."""

    code = "invalid"
    status = 400
    title = _("The request is not valid")


class Forbidden(DomainError):
    code = "forbidden"
    status = 403
    title = _("You may not do this")


class NotFound(DomainError):
    """Not there, or not yours: the two are never told apart."""

    code = "not-found"
    status = 404
    title = _("Not found")


class Conflict(DomainError):
    code = "conflict"
    status = 409
    title = _("This does not fit the present state")


class TooLarge(DomainError):
    code = "too-large"
    status = 413
    title = _("The request is too large")


class Unavailable(DomainError):
    code = "unavailable"
    status = 503
    title = _("Not available at the moment")


class LogNotWritable(Unavailable):
    """The audit entry could not be written, so what it stands for did not happen either."""

    code = "log-not-writable"
    title = _("The audit log cannot be written")

"""What is said of an entry whose record is gone: that it was erased, when, and by which rule."""

from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from audit.errors import DomainError
from audit.models import Erasure
from audit.retention.words import rule_in_words


class EntryErased(DomainError):
    """The entry stands in the log, and what it said was erased. Whoever kept its proof can still verify it."""

    code = "entry-erased"
    status = 410
    title = gettext_lazy("What this entry said was erased")


def refuse_erased(entry_id: UUID) -> None:
    """Raise EntryErased where the record of an entry was erased.

    Anybody who may read any entry is told so: the id says nothing, and what it belonged to nobody knows any more.
    """
    erasure = Erasure.objects.filter(pk=entry_id).first()
    if erasure is not None:
        day = date_format(localtime(erasure.at), "DATE_FORMAT")
        raise EntryErased(
            _("It was erased on %(day)s. %(rule)s Its place in the log stays, and its proofs still hold.")
            % {"day": day, "rule": rule_in_words(erasure.rule)},
            params={"rule": erasure.rule, "at": erasure.at.isoformat(), "erasedBy": str(erasure.erased_by)},
        )

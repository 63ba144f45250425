"""The page on which a purpose is read and answered: the text, the form, and what proves that the text was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from consent.acting import Acting
from consent.errors import TextChanged
from consent.models import PurposeVersion
from consent.notice import LANGUAGES
from consent.pages.area_map import AreaMap, area_map
from consent.pages.forms import AnswerForm, answer_choices
from consent.pages.my.reach import allowed_acts
from consent.pages.register import notice_context
from consent.services.mandates import latest_end


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPage:
    version: PurposeVersion
    language: str
    shown: Mapping[str, Any]
    form: AnswerForm
    map: AreaMap | None
    may: Mapping[str, bool]

    def read_language(self, sent: Mapping[str, Any]) -> str:
        """Return the language of the text that was on the screen; raise TextChanged when it was not this text."""
        read = str(sent.get("language", ""))
        if (
            sent.get("purpose_version") != str(self.version.pk)
            or read not in LANGUAGES
            or sent.get("notice_hash") != self.version.notice_hashes[read]
        ):
            # Before the form's own faults: who repairs those below a new text would agree to what was not read.
            raise TextChanged(detail=_("Read the text once more and choose again."))
        return read

    def context(self) -> dict[str, Any]:
        """Return what the template shows."""
        names = [recipient["name"] for recipient in self.shown["notice"]["recipients"]]
        return {
            **self.shown,
            "form": self.form,
            "errors": self.form.error_links(),
            "version": self.version,
            "language": self.language,
            "notice_hash": self.version.notice_hashes[self.language],
            "recipient_names": names[0] if len(names) == 1 else _("the organisations that you ticked"),
            "map": self.map,
            "may": self.may,
        }


def answer_page(
    acting: Acting, version: PurposeVersion, *, now: datetime, data: Mapping[str, Any] | None
) -> AnswerPage:
    """Put the page together in the active language, with `data` as what was filled in."""
    language = get_language() or "nl"
    shown = notice_context(version, language)
    choices = answer_choices(
        version, shown["notice"], language=language, now=now, latest_end=latest_end(acting.mandate)
    )
    return AnswerPage(
        version=version,
        language=language,
        shown=shown,
        form=AnswerForm(choices, data=data),
        map=area_map(choices.areas),
        may=allowed_acts(acting),
    )

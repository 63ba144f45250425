"""Deferrals as a list shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from audit.deferral.grounds import LEGAL_GROUNDS, LegalGround
from audit.errors import Text
from audit.models import Deferral, DeferralState, Record
from audit.models.deferral import OPEN
from audit.people import people

STATES: dict[str, Text] = {
    DeferralState.ASKED: _("Waits for approval"),
    DeferralState.REFUSED: _("Refused"),
    DeferralState.APPROVED: _("In force"),
    DeferralState.LIFTED: _("Ended early"),
    DeferralState.ENDED: _("Ended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DeferralRow:
    """A deferral with what is said of it; `entries` is how many lines of the log it holds or held back."""

    id: UUID
    organisation: str
    case: str
    ground: LegalGround
    reason: str
    state: str
    state_title: Text
    author: str
    asked_at: datetime
    until: datetime
    ended_at: datetime | None
    entries: int

    @property
    def is_asked(self) -> bool:
        return self.state == DeferralState.ASKED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_in_force(self) -> bool:
        return self.state == DeferralState.APPROVED


def deferral_rows(deferrals: Sequence[Deferral]) -> list[DeferralRow]:
    """Describe deferrals in the active language, with as many queries for one as for a page."""
    counted = Record.objects.filter(deferral__in=[one.pk for one in deferrals]).order_by().values("deferral")
    entries = dict(counted.annotate(entries=Count("entry_id")).values_list("deferral", "entries")) if deferrals else {}
    names = people().organisation_names({one.organisation for one in deferrals}) if deferrals else {}
    return [
        DeferralRow(
            id=one.pk,
            organisation=names.get(one.organisation, one.organisation),
            case=one.case,
            ground=LEGAL_GROUNDS[one.ground],
            reason=one.reason,
            state=one.state,
            state_title=STATES[one.state],
            author=one.author,
            asked_at=one.asked_at,
            until=one.until,
            ended_at=one.ended_at,
            entries=entries.get(one.pk, 0),
        )
        for one in deferrals
    ]

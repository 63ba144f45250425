"""Places by the names of neighbourhoods."""

from collections.abc import Iterable
from uuid import UUID

from django.utils.translation import gettext as _

from consent.area import includes
from consent.models import Area


def places_of(*organisation_ids: UUID) -> list[Area]:
    """Return the neighbourhoods of these organisations."""
    return list(Area.objects.filter(organisation_id__in=set(organisation_ids)).order_by("slug", "organisation_id"))


def place_in_words(place: str, areas: Iterable[Area], language: str) -> str:
    """Return the neighbourhoods in which the H3 cell `place` lies, or the cell itself where it lies in none."""
    names = [area_title(area, language) for area in areas if includes(frozenset(area.cells), place)]
    return ", ".join(dict.fromkeys(names)) or _("the place with the code %(cell)s") % {"cell": place}


def area_title(area: Area, language: str) -> str:
    return str(area.title.get(language) or area.title["nl"])

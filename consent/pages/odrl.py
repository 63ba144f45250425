"""The ODRL profile in which terms are exported and imported: for people, and as JSON-LD for programs."""

import json

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from consent.odrl.example import example
from consent.odrl.profile import PROFILE
from consent.odrl.vocabulary import WORDS, vocabulary

JSON_LD = "application/ld+json"


@require_safe
def odrl_profile(request: HttpRequest) -> HttpResponse:
    """Explain the profile, as a page or as JSON-LD, whichever the reader prefers."""
    if request.get_preferred_type(["text/html", JSON_LD, "application/json"]) in (JSON_LD, "application/json"):
        answer = odrl_vocabulary(request)
    else:
        context = {
            "profile": PROFILE,
            "words": [{"name": f"dw:{name}", "kind": kind, "meaning": said} for name, (kind, said) in WORDS.items()],
            "terms": _terms(),
            "example": json.dumps(example(), indent=2, ensure_ascii=False),
        }
        answer = render(request, "consent/odrl.html", context)
    answer["Vary"] = "Accept, Accept-Language, Cookie"
    return answer


@require_safe
def odrl_vocabulary(request: HttpRequest) -> HttpResponse:
    address = f"{settings.SERVICE_ADDRESS}{reverse('odrl-profile')}"
    return HttpResponse(json.dumps(vocabulary(address), indent=2, ensure_ascii=False), content_type=JSON_LD)


def _terms() -> list[dict[str, str]]:
    """Return each term with how ODRL says it."""
    return [
        {"name": name, "said": said, "meaning": meaning}
        for name, said, meaning in (
            ("validFrom", "dateTime gteq", _("from when data is shared")),
            ("validUntil", "dateTime lt", _("until when data is shared")),
            ("fields", "target", _("which fields are shared")),
            ("answerOnly", "target, refinement dw:answer eq", _("yes or no instead of the value")),
            ("uses", "count lteq", _("how often in all")),
            ("usesPerPeriod", "and: count lteq, timeInterval eq", _("how often a day, week, month or year")),
            ("window", "dw:window isAnyOf", _("on which days and hours")),
            ("recipients", "recipient isAnyOf", _("which organisation, department and role")),
            ("case", "event eq", _("for which case")),
            ("area", "spatial isAnyOf", _("for places in which area")),
            ("aggregateOnly", "dw:output eq dw:counts", _("only counted together with others")),
            ("keepUpToDate", "dw:values eq dw:current", _("what the citizen changes afterwards is shared too")),
            ("askMe", "duty obtainConsent", _("the citizen allows each access")),
            ("tellMe", "obligation inform", _("the citizen hears of each access")),
            ("keep", "obligation delete, delayPeriod lteq", _("after how many days the data is deleted")),
        )
    ]

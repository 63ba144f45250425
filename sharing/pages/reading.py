"""Reading at the desk exactly what the resident shares, once a press."""

from base64 import b64encode
from http import HTTPStatus
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from consent.models import Area, Member, PurposeField, Role
from consent.pages.access import member_page
from consent.pages.shown_value import shown_value
from consent.pages.timeline import field_titles, reasons
from sharing.errors import RequestNotFound
from sharing.models import Request
from sharing.pages.files import shown_files
from sharing.pages.offers import offers_about
from sharing.pages.places import place_in_words, places_of
from sharing.release_outcome import ReleaseOutcome
from sharing.services.release import release


@require_http_methods(["GET", "HEAD", "POST"])
@member_page(Role.REQUESTER)
def desk_request(request: HttpRequest, member: Member, request_id: UUID) -> HttpResponse:
    """Show a request; a POST reads the data, and the data stands in that one answer and nowhere else.

    Sending the same form again, by a reload or a second press, is the same reading: its hidden key says so.
    """
    asked = (
        Request.objects.of_organisation(member.organisation_id)
        .select_related("purpose_version__purpose")
        .filter(pk=request_id)
        .first()
    )
    if asked is None:
        raise RequestNotFound
    language = get_language() or "nl"
    titles = field_titles([asked.purpose_version_id])
    context: dict[str, object] = {
        "asked": asked,
        "purpose": asked.purpose_version.text(language)["title"],
        "fields": [titles.get(name, name) for name in asked.fields],
        "place": place_in_words(asked.place, _areas(asked), language) if asked.place else "",
        "offers": offers_about(asked, language),
        "times": asked.releases.count(),
        "idempotency_key": f"desk-{uuid4().hex}",
    }
    status = HTTPStatus.OK
    if request.method == "POST":
        outcome = release(
            actor=member.as_actor(),
            request_id=asked.pk,
            idempotency_key=request.POST.get("idempotency_key", ""),
        )
        context |= _outcome_context(outcome, titles, _questions(asked, outcome, language))
        context["shown"] = shown_files(outcome.released, titles, language) if outcome.released else None
        context["times"] = asked.releases.count()
        status = HTTPStatus.OK if outcome.released else HTTPStatus.FORBIDDEN
    return render(request, "sharing/request.html", context, status=status)


def _outcome_context(outcome: ReleaseOutcome, titles: dict[str, str], questions: dict[str, str]) -> dict[str, object]:
    released = outcome.released
    said = reasons([verdict.as_dict() for verdict in outcome.verdicts], titles)
    refused_by = {verdict.code for verdict in outcome.verdicts if not verdict.holds}
    return {
        "outcome": outcome,
        # In the page itself, which is shown once and kept nowhere: no second address gives it again.
        "promise_file": f"data:text/plain;base64,{b64encode(outcome.promise.encode()).decode()}",
        "held": [reason for reason in said if reason.holds],
        "failed": [reason for reason in said if not reason.holds],
        "tells_nothing": "not-available" in refused_by,
        "fields_not_shared": "fields" in refused_by,
        "asked_the_resident": refused_by == {"ask-me"},
        "released": released,
        "values": [
            {"title": titles.get(name, name), "value": shown_value(value)}
            for name, value in (released.data.items() if released else ())
            if released and name not in released.files
        ],
        "answers": [
            {"title": titles.get(name, name), "question": questions[name], "answer": said}
            for name, said in (released.answers.items() if released else ())
        ],
        "absent": [titles.get(name, name) for name in (released.absent if released else ())],
    }


def _questions(asked: Request, outcome: ReleaseOutcome, language: str) -> dict[str, str]:
    """Return the question of each answer in words, {full field name: question}."""
    derivations = outcome.released.derivations if outcome.released else {}
    if not derivations:
        return {}
    fields = PurposeField.objects.filter(version_id=asked.purpose_version_id, name__in=derivations)
    definitions = {
        (field.name, one["name"]): one["title"]
        for field in fields.select_related("dataset_version")
        for one in field.dataset_version.derivations
    }
    titles = {name: definitions.get((name, derivation), {}) for name, derivation in derivations.items()}
    return {name: title.get(language) or title.get("nl") or derivations[name] for name, title in titles.items()}


def _areas(asked: Request) -> list[Area]:
    return places_of(asked.organisation_id, asked.purpose_version.purpose.organisation_id)

"""The pages where an editor writes purposes and a privacy officer reviews them."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import LoggedEntry
from consent.models import Account, DatasetVersion, LegalBasis, Member, Purpose, PurposeVersion, Role
from consent.services.members import add_member
from tests.cast import Cast
from tests.pages import queries_of, signed_in, text_of
from tests.purposes import draft, in_review, publish

State = PurposeVersion.State


def desk(account: Account) -> Client:
    return signed_in(account, headers={"accept-language": "en"})


def filled_in(cast: Cast, **changes: Any) -> dict[str, Any]:
    """Return a form that lacks nothing, and asks for the size of a household."""
    names = ("title", "summary", "why", "refusing", "storage_place", "automated_decisions")
    texts = {f"{name}_{language}": f"{name}." for name in names for language in ("nl", "en")}
    return {
        "slug": "street-works",
        **texts,
        "legal_basis": "consent",
        "power_imbalance_assessment": "Nobody needs to.",
        "recipients": [cast.municipality.oin],
        "longest_validity_days": "30",
        "retention_days": "7",
        "processing_activity": "https://voorbeeldstad.example/processing/works",
        "dpia_reference": "DPIA-9",
        "dpia_review_on": (timezone.localdate() + timedelta(days=90)).isoformat(),
        "how:household#/size": "required",
        "reason_nl:household#/size": "r",
        "reason_en:household#/size": "r",
        **changes,
    }


def path_of(version: PurposeVersion) -> str:
    return f"/desk/purposes/{version.pk}/"


def other_editor(cast: Cast, role: Role = Role.PURPOSE_EDITOR) -> Member:
    return add_member(subject=f"of-{role}", display_name="O", organisation=cast.police, role=role, department="d")


def test_from_the_first_word_to_the_register(cast: Cast) -> None:
    femke, gijs = desk(cast.femke.account), desk(cast.gijs.account)
    answer = femke.post("/desk/purposes/new/", filled_in(cast))
    version = PurposeVersion.objects.get(purpose__slug="street-works")
    assert answer["Location"] == path_of(version)
    assert [(field.name, field.required) for field in version.fields.all()] == [("household#/size", True)]
    assert "Ask for a review" in text_of(femke.get(path_of(version)))
    femke.post(path_of(version), {"step": "ask-review"})
    page = text_of(gijs.get(path_of(version)))
    assert "Sign the assessment" in page
    assert "Publish this version" not in page
    gijs.post(path_of(version), {"step": "sign"})
    gijs.post(path_of(version), {"step": "publish"})
    version.refresh_from_db()
    assert (version.state, version.reviewer) == (State.PUBLISHED, cast.gijs.account)
    assert Client().get("/register/street-works/").status_code == 200
    again = gijs.post(path_of(version), {"step": "publish"})
    assert again.status_code == 409
    assert "This version was published before." in text_of(again)


def test_a_draft_is_sent_back_and_changed(cast: Cast) -> None:
    femke, gijs = desk(cast.femke.account), desk(cast.gijs.account)
    version = in_review(cast, draft(cast))
    without = gijs.post(path_of(version), {"step": "return", "remarks": " "})
    assert without.status_code == 400
    assert '<a class="utrecht-link" href="#id_remarks">' in without.content.decode()
    gijs.post(path_of(version), {"step": "return", "remarks": "Shorter, please."})
    assert "Shorter, please." in text_of(femke.get(path_of(version)))
    form = femke.get(f"{path_of(version)}edit/")
    assert form.status_code == 200
    assert "slug" not in form.context["form"].fields
    femke.post(f"{path_of(version)}edit/", filled_in(cast, title_nl="Korter"))
    version.refresh_from_db()
    assert (version.state, version.texts["nl"]["title"]) == (State.DRAFT, "Korter")


def test_the_review_shows_what_is_different(cast: Cast) -> None:
    femke = desk(cast.femke.account)
    begun = femke.get(f"/desk/purposes/new/?from={cast.energy.pk}")
    assert "Energy allowance" in begun.content.decode()
    femke.post(f"/desk/purposes/new/?from={cast.energy.pk}", filled_in(cast, longest_validity_days="400"))
    version = PurposeVersion.objects.get(purpose__slug="energy-allowance", number=2)
    page = text_of(desk(cast.gijs.account).get(path_of(version)))
    for part in ("What is different from version 1", "365 days", "400 days", "asks for more than the earlier one"):
        assert part in page, part


def test_a_draft_may_have_gaps_and_says_which(cast: Cast) -> None:
    femke = desk(cast.femke.account)
    femke.post("/desk/purposes/new/", filled_in(cast, why_en="", dpia_reference="", storage_place_nl=""))
    version = PurposeVersion.objects.get(purpose__slug="street-works")
    page = text_of(femke.get(path_of(version)))
    assert "What is still needed" in page
    assert "Say where the data is kept." in page
    assert "Ask for a review" not in page
    refused = femke.post(path_of(version), {"step": "ask-review"})
    assert refused.status_code == 400
    version.refresh_from_db()
    assert version.state == State.DRAFT


@pytest.mark.parametrize(
    ("changes", "target"),
    [
        ({"slug": ""}, "id_slug"),
        ({"slug": "Not A Slug"}, "id_slug"),
        ({"slug": "processing"}, "id_slug"),
        ({"longest_validity_days": "many"}, "id_longest_validity_days"),
        ({"retention_days": "-1"}, "id_retention_days"),
        ({"dpia_review_on": "soon"}, "id_dpia_review_on"),
        ({"recipients": ["00000000000000000001"]}, "id_recipients"),
        ({"legal_basis": "because"}, "id_legal_basis"),
    ],
)
def test_a_mistake_is_named_where_it_is_and_nothing_is_stored(cast: Cast, changes: dict[str, Any], target: str) -> None:
    before = (PurposeVersion.objects.count(), LoggedEntry.objects.count())
    answer = desk(cast.femke.account).post("/desk/purposes/new/", filled_in(cast, **changes))
    assert answer.status_code == 400
    assert f'href="#{target}"' in answer.content.decode()
    assert f'id="{target}"' in answer.content.decode()
    assert (PurposeVersion.objects.count(), LoggedEntry.objects.count()) == before


def test_another_organisations_staff_sees_nothing(cast: Cast) -> None:
    version = draft(cast)
    for role in (Role.PURPOSE_EDITOR, Role.PRIVACY_OFFICER):
        other = desk(other_editor(cast, role).account)
        assert "street-works" not in text_of(other.get("/desk/purposes/"))
        assert other.get(path_of(version)).status_code == 404
        assert other.post(path_of(version), {"step": "publish"}).status_code == 404
    other = desk(Account.objects.get(subject="of-purpose-editor"))
    assert other.get(f"{path_of(version)}edit/").status_code == 404
    assert other.get(f"/desk/purposes/new/?from={version.pk}").status_code == 404


@pytest.mark.parametrize("who", ["daan", "hanna"])
def test_other_roles_do_not_come_in(cast: Cast, who: str) -> None:
    browser = desk(getattr(cast, who).account)
    for path in ("/desk/purposes/", "/desk/purposes/new/", path_of(cast.energy)):
        assert browser.get(path).status_code == 403, path


def test_an_editor_reviews_nothing(cast: Cast) -> None:
    version = in_review(cast, draft(cast, legal_basis=LegalBasis.PUBLIC_TASK))
    femke = desk(cast.femke.account)
    for step in ("sign", "publish", "return", "retire"):
        assert femke.post(path_of(version), {"step": step, "remarks": "x"}).status_code == 403, step
    version.refresh_from_db()
    assert version.state == State.REVIEW


def test_a_purpose_is_retired_by_its_officer_with_a_post(cast: Cast) -> None:
    gijs = desk(cast.gijs.account)
    gijs.get(f"{path_of(cast.energy)}?step=retire")
    assert Purpose.objects.in_force().count() == 1
    for _twice in range(2):
        assert gijs.post(path_of(cast.energy), {"step": "retire"}).status_code == 302
    assert Purpose.objects.in_force().count() == 0


def test_an_unknown_step_does_nothing(cast: Cast) -> None:
    assert desk(cast.gijs.account).post(path_of(cast.energy), {"step": "delete"}).status_code == 400


def test_a_published_version_has_no_form(cast: Cast) -> None:
    assert desk(cast.femke.account).get(f"{path_of(cast.energy)}edit/").status_code == 409


def test_steps_need_the_token_of_the_form(cast: Cast) -> None:
    gijs = signed_in(cast.gijs.account, enforce_csrf_checks=True)
    assert gijs.post(path_of(cast.energy), {"step": "retire"}).status_code == 403


def test_asking_for_a_yes_or_no_is_kept(cast: Cast) -> None:
    asked = DatasetVersion.objects.create(
        dataset=cast.income.dataset,
        number=2,
        title=cast.income.title,
        schema=cast.income.schema,
        fields=cast.income.fields,
        derivations=[
            {
                "name": "low",
                "pointer": "/amount",
                "title": {"nl": "Laag?", "en": "Low?"},
                "rule": {"kind": "below", "value": 30000},
            }
        ],
    )
    femke = desk(cast.femke.account)
    femke.post(
        "/desk/purposes/new/",
        filled_in(
            cast,
            **{
                "how:income#/amount": "optional",
                "answer:income#/amount": "low",
                "reason_nl:income#/amount": "r",
                "reason_en:income#/amount": "r",
            },
        ),
    )
    version = PurposeVersion.objects.get(purpose__slug="street-works")
    field = version.fields.get(name="income#/amount")
    assert (field.answer, field.dataset_version) == ("low", asked)
    assert "Only a yes or a no: Low?" in text_of(femke.get(path_of(version)))


def test_more_purposes_take_no_more_queries(cast: Cast) -> None:
    draft(cast, "works-0")
    publish(cast, "works")
    femke = desk(cast.femke.account)
    few = queries_of(femke, "/desk/purposes/")
    for number in range(1, 5):
        draft(cast, f"works-{number}")
        publish(cast, f"published-{number}")
    assert queries_of(femke, "/desk/purposes/") == few

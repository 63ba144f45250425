"""The form of an answer, filled in by Anna as the page gives it."""

from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone

from consent.models import Area, Dataset, DatasetVersion, PurposeVersion
from consent.services.purposes import AskedField
from sharing.services.vault import store_record
from tests.cast import Cast
from tests.pages import hidden_inputs, signed_in
from tests.purposes import publish

ENERGY = "/my/purposes/energy-allowance/"
BIRTH = "person#/born"
ADULT = "adult"
CENTRE = ["891969556d3ffff", "891969556d7ffff"]


def english(cast: Cast) -> Client:
    """Return Anna's browser with the pages in English."""
    browser = signed_in(cast.anna.account)
    browser.cookies["language"] = "en"
    return browser


def in_days(days: int) -> str:
    return (timezone.localdate() + timedelta(days=days)).isoformat()


def answer_form(browser: Client, path: str = ENERGY, **changes: Any) -> dict[str, Any]:
    """Return the form of `path` for a yes of a week; None in `changes` leaves a part out."""
    filled = {**hidden_inputs(browser.get(path)), "until": in_days(7), "answer": "yes", **changes}
    return {name: value for name, value in filled.items() if value is not None}


def age_check(cast: Cast, slug: str = "age-check") -> PurposeVersion:
    """Publish a purpose that asks for a date of birth, of which Anna's is in her vault."""
    version = DatasetVersion.objects.create(
        dataset=Dataset.objects.create(organisation=cast.municipality, slug="person", kind=Dataset.Kind.RECORD),
        number=1,
        title={"nl": "Persoon", "en": "Person"},
        schema={
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {"born": {"type": "string"}},
            "additionalProperties": False,
        },
        fields=[
            {
                "pointer": "/born",
                "title": {"nl": "Geboortedatum", "en": "Date of birth"},
                "category": "pd:BirthDate",
                "sensitivity": "ordinary",
            }
        ],
        derivations=[
            {
                "name": ADULT,
                "pointer": "/born",
                "title": {"nl": "18 of ouder?", "en": "18 or older?"},
                "rule": {"kind": "age-at-least", "years": 18},
            }
        ],
    )
    store_record(citizen=cast.anna, dataset_version=version, content={"born": "1980-02-03"})
    reason = {"nl": "Vanwege de leeftijd.", "en": "Because of the age."}
    return publish(cast, slug, fields=[AskedField(version, "/born", required=True, reason=reason)])


def centre(cast: Cast) -> Area:
    """Give the municipality one neighbourhood."""
    return Area.objects.create(
        organisation=cast.municipality, slug="centrum", title={"nl": "Centrum", "en": "Centre"}, cells=CENTRE
    )

"""A file among what is kept up to date: another one takes its place, and one that is removed is shared no more."""

import pytest

from consent.keys.consent_key import find_consent_key
from consent.models import Consent, DatasetVersion
from consent.services.answer import grant_consent
from consent.services.change import pause_consent, resume_consent
from consent.services.purposes import AskedField
from sharing.files.keys import open_from_consent
from sharing.models import SealedItem, SharedFile
from sharing.services.copies import open_item
from sharing.services.files.remove import remove_file
from sharing.services.vault import store_record
from tests.cast import Cast
from tests.pages import signed_in, text_of
from tests.purposes import publish
from tests.sharing.filing import PLACE, photo, publish_sightings, store

REASON = {"nl": "r", "en": "r"}


@pytest.fixture
def sightings(cast: Cast) -> DatasetVersion:
    version = publish_sightings(cast)
    store_record(citizen=cast.anna, dataset_version=version, content={PLACE: "Dam"})
    return version


def share(cast: Cast, sightings: DatasetVersion, slug: str = "sightings-kept", **terms: object) -> tuple[Consent, str]:
    """Let Anna share the picture; return the consent and the full name of the field."""
    asked = [AskedField(sightings, "/picture", required=False, reason=REASON)]
    version = publish(cast, slug, fields=asked)
    name = version.fields.get().name
    consent = grant_consent(
        citizen=cast.anna,
        purpose_version_id=version.pk,
        terms=cast.terms(fields=[name], **terms),
        language="nl",
        notice_hash=version.notice_hashes["nl"],
    )
    return consent, name


def opened(consent: Consent) -> dict[str, object]:
    item = SealedItem.objects.get(consent=consent)
    return open_item(item, consent_key=find_consent_key(consent.pk))


def shared(consent: Consent) -> list[str]:
    """Return the ids of the files whose keys open to the consent."""
    key = find_consent_key(consent.pk)
    found = list(SharedFile.objects.filter(consent=consent).select_related("file"))
    assert all(len(open_from_consent(one, consent_key=key)) == 32 for one in found)
    return [str(one.file_id) for one in found]


def test_another_file_takes_the_place_only_where_it_is_kept_up_to_date(cast: Cast, sightings: DatasetVersion) -> None:
    first = store(cast.anna, sightings)
    kept, name = share(cast, sightings, keepUpToDate=True)
    plain, _name = share(cast, sightings, "sightings-plain")
    second = store(cast.anna, sightings, photo("blue"))
    assert shared(kept) == [str(second.pk)]
    assert opened(kept) == {name: {"id": str(second.pk), "mediaType": second.media_type, "size": second.size}}
    assert shared(plain) == [str(first.pk)]


def test_a_file_that_is_removed_is_shared_no_more(cast: Cast, sightings: DatasetVersion) -> None:
    file = store(cast.anna, sightings)
    consent, _name = share(cast, sightings, keepUpToDate=True)
    remove_file(citizen=cast.anna, file_id=file.pk)
    assert (shared(consent), opened(consent)) == ([], {})


def test_a_pause_is_caught_up_with(cast: Cast, sightings: DatasetVersion) -> None:
    first = store(cast.anna, sightings)
    consent, _name = share(cast, sightings, keepUpToDate=True)
    pause_consent(citizen=cast.anna, consent_id=consent.pk)
    second = store(cast.anna, sightings, photo("blue"))
    assert list(SharedFile.objects.filter(consent=consent).values_list("file", flat=True)) == [first.pk]
    resume_consent(citizen=cast.anna, consent_id=consent.pk)
    assert shared(consent) == [str(second.pk)]


def test_the_page_says_who_loses_the_file_and_who_keeps_it(cast: Cast, sightings: DatasetVersion) -> None:
    file = store(cast.anna, sightings)
    share(cast, sightings, keepUpToDate=True)
    address = f"/my/files/{file.pk}/remove/"
    page = text_of(signed_in(cast.anna.account).get(address))
    assert "kunnen deze organisaties het niet meer zien" in page
    assert "kan het blijven zien" not in page
    assert "met niemand" not in page
    share(cast, sightings, "sightings-plain")
    page = text_of(signed_in(cast.anna.account).get(address))
    assert "kunnen deze organisaties het niet meer zien" in page
    assert "kan het blijven zien" in page

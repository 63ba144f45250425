"""Everything about me on the pages: asked by a button, made in the background, handed over to its owner only."""

import io
import zipfile

import pytest
from django.test import Client
from django.utils import timezone
from kombu.exceptions import OperationalError

from audit.models import Record
from consent.errors import KeyServiceUnavailable
from consent.models import Dataset, DatasetVersion
from sharing import tasks
from sharing.models import Export
from sharing.services import export as service
from sharing.services.export import ask_export, make_export
from tests.cast import Cast
from tests.consent.answering import english
from tests.consent.test_pages_mandate import bram_for_anna
from tests.pages import actions, nothing_written, queries_of, signed_in, text_of
from tests.sharing.guardian import guardians_browser

MY_DATA = "/my/data/"
ASK = "/my/data/exports/"
NOBODYS = "01933b6e-0000-7000-8000-000000000000"


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put in the queue stands here, and waits."""
    queued: list[str] = []
    monkeypatch.setattr(tasks.make_export, "delay", queued.append)
    return queued


@pytest.fixture
def anna(cast: Cast, queue: list[str]) -> Client:
    return english(cast)


def page_of(export: Export) -> str:
    return f"/my/data/exports/{export.pk}/"


def test_what_is_filled_in_comes_first_and_the_rest_can_be(cast: Cast, anna: Client) -> None:
    DatasetVersion.objects.create(
        dataset=Dataset.objects.create(organisation=cast.municipality, slug="a-car", kind=Dataset.Kind.RECORD),
        number=1,
        title={"nl": "Auto", "en": "Car"},
        schema={"type": "object", "properties": {}},
        fields=[],
    )
    with nothing_written():
        page = text_of(anna.get(MY_DATA))
    assert page.index("Household Last changed on") < page.index("Car Not filled in.")
    assert "Erase me" in page


def test_a_button_makes_the_file_and_the_page_hands_it_over(cast: Cast, anna: Client, queue: list[str]) -> None:
    answer = anna.post(ASK, {"language": ["en", "nl", "xx"]})
    export = Export.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, page_of(export))
    assert (queue, export.language) == ([str(export.pk)], "nl en")
    assert "It has not begun yet." in text_of(anna.get(page_of(export)))
    tasks.make_export(queue[0])
    assert "Your file is ready." in text_of(anna.get(page_of(export)))
    assert "is ready. To your file" in text_of(anna.get(MY_DATA))
    handed = anna.post(f"{page_of(export)}file/")
    assert (handed.status_code, handed["Content-Type"], handed["Cache-Control"]) == (200, "application/zip", "no-store")
    with zipfile.ZipFile(io.BytesIO(handed.content)) as archive:
        assert {"everything.nl.html", "everything.en.html"} <= set(archive.namelist())
    assert actions()[-1] == ("sharing.export-downloaded", "allowed")


def test_without_a_choice_it_is_in_the_language_of_the_page(anna: Client) -> None:
    anna.post(ASK)
    assert Export.objects.get().language == "en"


def test_pressed_twice_is_one_file_and_a_lost_message_is_sent_again(anna: Client, queue: list[str]) -> None:
    anna.post(ASK)
    with nothing_written():
        anna.post(ASK)
    export = Export.objects.get()
    assert queue == [str(export.pk)] * 2


def test_the_page_looks_again_by_itself_unless_asked_not_to(cast: Cast, anna: Client) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    Export.objects.update(state=Export.State.WORKING, done=3, total=8)
    answer = anna.get(page_of(export))
    assert answer["Refresh"] == "3"
    assert "3 of 8 parts are ready" in text_of(answer)
    assert "Refresh" not in anna.get(page_of(export), {"quietly": ""})
    Export.objects.update(state=Export.State.WAITING)
    make_export(export_id=export.pk)
    assert "Refresh" not in anna.get(page_of(export))


def test_a_file_that_is_not_ready_is_not_handed_over(cast: Cast, anna: Client) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    with nothing_written():
        answer = anna.post(f"{page_of(export)}file/", follow=True)
    assert "Your file is not ready yet." in text_of(answer)


def test_anothers_file_and_none_are_the_same(cast: Cast, queue: list[str]) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    make_export(export_id=export.pk)
    bram = signed_in(cast.bram.account)
    for one in (export.pk, NOBODYS):
        assert bram.get(f"/my/data/exports/{one}/").status_code == 404
        assert bram.post(f"/my/data/exports/{one}/file/").status_code == 404
    assert ("sharing.export-downloaded", "allowed") not in actions()
    assert "To your file" not in text_of(bram.get(MY_DATA))


def test_only_a_form_of_the_page_does_something(cast: Cast, queue: list[str]) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    make_export(export_id=export.pk)
    checked = Client(enforce_csrf_checks=True)
    checked.force_login(cast.anna.account)
    for path in (ASK, f"{page_of(export)}file/"):
        with nothing_written():
            assert checked.get(path).status_code == 405
        assert checked.post(path).status_code == 403
    assert ("sharing.export-downloaded", "allowed") not in actions()
    assert (Export.objects.count(), queue) == (1, [])


def test_who_is_not_signed_in_does_that_first(cast: Cast) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    for path in (MY_DATA, page_of(export)):
        assert Client().get(path)["Location"].startswith("/sign-in/")
    assert signed_in(cast.daan.account).get(MY_DATA).status_code == 403


def test_a_guardian_takes_the_file_of_the_child_along(cast: Cast, queue: list[str]) -> None:
    bram = guardians_browser(cast)
    page = text_of(bram.get(MY_DATA))
    assert "Take everything along" in page
    # That one cannot be undone, so that a person does it alone.
    assert "Erase me" not in page
    bram.post(ASK)
    assert Export.objects.get().citizen == cast.anna
    assert Record.objects.get(action="sharing.export-asked").entry.acting_for.startswith("guardian:")


def test_a_representative_sees_nothing_of_it(cast: Cast, queue: list[str]) -> None:
    export, _new = ask_export(citizen=cast.anna, languages=["en"])
    make_export(export_id=export.pk)
    bram = bram_for_anna(cast)
    assert bram.get(MY_DATA).status_code == 403
    assert bram.get(page_of(export)).status_code == 403
    assert bram.post(f"{page_of(export)}file/").status_code == 403
    assert bram.post(ASK).status_code == 403
    assert ("sharing.export-downloaded", "allowed") not in actions()
    assert (Export.objects.count(), queue) == (1, [])


def test_a_queue_that_is_away_only_delays_it(anna: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: str) -> None:
        raise OperationalError

    monkeypatch.setattr(tasks.make_export, "delay", away)
    assert "It has not begun yet." in text_of(anna.post(ASK, follow=True))


def test_what_keeps_failing_is_said_and_can_be_asked_again(
    anna: Client, queue: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    anna.post(ASK)
    failed = Export.objects.get()
    tried: list[str] = []

    def fail(*_: object, **__: object) -> bytes:
        tried.append(Export.objects.get().state)
        raise KeyServiceUnavailable

    with monkeypatch.context() as patch:
        patch.setattr("sharing.services.export.make_archive", fail)
        tasks.make_export.apply((str(failed.pk),))
    assert tried == [Export.State.WAITING] * 4
    failed.refresh_from_db()
    assert failed.state == Export.State.FAILED
    assert "It did not work to make your file." in text_of(anna.get(page_of(failed)))
    assert "The last time it did not work." in text_of(anna.get(MY_DATA))
    # A message that comes late changes nothing of what was said.
    tasks.make_export(str(failed.pk))
    failed.refresh_from_db()
    assert failed.state == Export.State.FAILED
    anna.post(ASK)
    assert queue[-1] != str(failed.pk)
    tasks.make_export(queue[-1])
    assert [export.state for export in Export.objects.all()] == [Export.State.READY]


def test_by_the_clock_a_killed_workers_file_goes_on_and_old_ones_go(cast: Cast, queue: list[str]) -> None:
    old, _new = ask_export(citizen=cast.bram, languages=["en"])
    make_export(export_id=old.pk)
    left, _new = ask_export(citizen=cast.anna, languages=["en"])
    Export.objects.filter(pk=left.pk).update(state=Export.State.WORKING)
    assert (tasks.keep_exports(), queue) == (0, [])
    Export.objects.filter(pk=left.pk).update(asked_at=timezone.now() - service.RETRY_AFTER)
    Export.objects.filter(pk=old.pk).update(ends_at=timezone.now())
    assert (tasks.keep_exports(), queue) == (1, [str(left.pk)])
    tasks.make_export(queue[0])
    assert list(Export.objects.values_list("pk", "state")) == [(left.pk, Export.State.READY)]


def test_the_number_of_queries_does_not_grow_with_the_datasets(cast: Cast, anna: Client) -> None:
    before = queries_of(anna, MY_DATA)
    for number in range(5):
        DatasetVersion.objects.create(
            dataset=Dataset.objects.create(
                organisation=cast.municipality, slug=f"more-{number}", kind=Dataset.Kind.RECORD
            ),
            number=1,
            title={"nl": "Meer", "en": "More"},
            schema={"type": "object", "properties": {}},
            fields=[],
        )
    assert queries_of(anna, MY_DATA) == before

"""May they read it now? The citizen allows one look, or says no."""

import pytest
from django.test import Client
from django.utils import timezone

from consent.models import Approval, Consent
from consent.services.approval import ask_approval
from tests.cast import INCOME, Cast
from tests.consent.answering import english
from tests.pages import nothing_written, queries_of, text_of


@pytest.fixture
def anna(cast: Cast) -> Client:
    return english(cast)


@pytest.fixture
def approval(cast: Cast) -> Approval:
    return ask(cast, cast.grant(askMe=True))


def ask(cast: Cast, consent: Consent) -> Approval:
    asked = ask_approval(
        consent_id=consent.pk,
        request_id=cast.ask().pk,
        fields=[INCOME],
        case="Z-2026-1",
        actor=cast.daan.as_actor(),
        at=timezone.now(),
    )
    assert asked is not None
    return asked


def test_it_says_who_wants_to_read_what_and_for_which_case(anna: Client, approval: Approval) -> None:
    for path in ("/my/", f"/my/approvals/{approval.pk}/"):
        with nothing_written():
            page = text_of(anna.get(path))
        assert "May they read it now?" in page
        assert (
            "Gemeente Voorbeeldstad , werk-en-inkomen (case worker), wants to read this now for case Z-2026-1" in page
        )
        assert "Amount" in page
        assert "Daan" not in page


@pytest.mark.parametrize(
    ("pressed", "state", "said"),
    [("allow", "allowed", "They may read it this one time."), ("no", "refused", "You said no to this one time.")],
)
def test_one_press_answers_once(anna: Client, approval: Approval, pressed: str, state: str, said: str) -> None:
    answer = anna.post(f"/my/approvals/{approval.pk}/", {"answer": pressed}, follow=True)
    assert said in text_of(answer)
    approval.refresh_from_db()
    assert approval.state == state
    assert "Allow it once" not in text_of(anna.get("/my/"))
    answered = approval.answered_at
    assert anna.post(f"/my/approvals/{approval.pk}/", {"answer": pressed}).status_code == 302
    approval.refresh_from_db()
    assert (approval.state, approval.answered_at) == (state, answered)


def test_until_it_was_read_the_answer_can_be_another(anna: Client, approval: Approval) -> None:
    page = text_of(anna.post(f"/my/approvals/{approval.pk}/", {"answer": "allow"}, follow=True))
    assert "As long as they have not read it, you can still say no." in page
    page = text_of(anna.post(f"/my/approvals/{approval.pk}/", {"answer": "no"}, follow=True))
    assert "You can still allow it once." in page
    approval.refresh_from_db()
    assert approval.state == "refused"


def test_what_was_read_is_over(anna: Client, approval: Approval) -> None:
    Approval.objects.update(state="used", used_at=timezone.now())
    with nothing_written():
        page = text_of(anna.post(f"/my/approvals/{approval.pk}/", {"answer": "no"}, follow=True))
    assert "This question is over. Nothing was changed." in page


@pytest.mark.parametrize("pressed", ["", "maybe"])
def test_without_one_of_the_buttons_there_is_no_answer(anna: Client, approval: Approval, pressed: str) -> None:
    with nothing_written():
        assert anna.post(f"/my/approvals/{approval.pk}/", {"answer": pressed}).status_code == 400
    approval.refresh_from_db()
    assert approval.state == "waiting"


def test_nobody_answers_for_another(cast: Cast, anna: Client, approval: Approval) -> None:
    anna.force_login(cast.bram.account)
    assert anna.get(f"/my/approvals/{approval.pk}/").status_code == 404
    assert anna.post(f"/my/approvals/{approval.pk}/", {"answer": "allow"}).status_code == 404
    approval.refresh_from_db()
    assert approval.state == "waiting"


def test_more_questions_take_no_more_queries(cast: Cast, anna: Client, approval: Approval) -> None:
    few = queries_of(anna, "/my/")
    for _time in range(3):
        ask(cast, approval.consent)
    assert queries_of(anna, "/my/") == few

"""Auditors look into findings of the organisations that they oversee, in the order that a finding goes through."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.errors import Conflict, Forbidden, Invalid, NotFound
from audit.models import Finding, FindingNote, PatternRule, Record
from audit.pages import findings as pages
from audit.patterns.in_force import rules_in_force
from audit.patterns.kinds import KINDS
from audit.patterns.states import ALLOWED, NEEDS_NOTE, State, may_become
from audit.people import ANONYMOUS, Viewer
from audit.services.findings import LONGEST_NOTE, move_finding, note_on_finding, take_over_finding
from audit.services.pattern_rules import change_rule
from tests.audit.conftest import LookAs
from tests.audit.log import ANNA, MUNICIPALITY, POLICE, append
from tests.audit.people import AS_ANNA, AS_DAAN, AS_HANNA, AS_POLICE_SYSTEM

FINDINGS = "/oversight/findings/"
RULES = f"{FINDINGS}rules/"
DAAN = b"the sealed name of Daan"
JORIS = replace(AS_HANNA, person=str(uuid4()))
USUAL = {"least": 50, "minutes": 60, "quietDays": 90}


@pytest.fixture
def as_hanna(db: None, look_as: LookAs) -> None:
    look_as(AS_HANNA)


def a_finding(**changes: Any) -> Finding:
    """Three accesses by Daan an hour ago, unless said otherwise."""
    at = timezone.now() - timedelta(hours=1)
    read = append(3, action="sharing.released", at=at)
    said: dict[str, Any] = {
        "organisation": MUNICIPALITY,
        "kind": "bulk-reading",
        "user_sealed": DAAN,
        "values": USUAL,
        "example": read[-1].id,
        "number": 3,
        "first_at": at,
        "last_at": at,
        "raised_at": timezone.now(),
    }
    return Finding.objects.create(**said | changes)


def do(client: Client, finding: Finding, what: str, note: str = "") -> int:
    return client.post(f"{FINDINGS}{finding.pk}/", {"do": what, "note": note}).status_code


def worked_on() -> int:
    return Record.objects.filter(action="audit.finding-changed").count()


@pytest.mark.parametrize("before", list(State))
@pytest.mark.parametrize("after", list(State))
def test_a_finding_goes_from_state_to_state_by_the_table(as_hanna: None, before: State, after: State) -> None:
    finding = a_finding(state=before, owner=None if before == State.NEW else JORIS.account)
    if may_become(before, after):
        moved = move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=after, note="Because.")
        assert (moved.state, worked_on()) == (after, 1)
        assert moved.owner == (AS_HANNA.account if after == State.LOOKED_INTO else JORIS.account)
        assert (moved.quiet_until is not None) == (after == State.EXPLAINED)
    else:
        with pytest.raises(Conflict):
            move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=after, note="Because.")
        finding.refresh_from_db()
        assert (finding.state, worked_on(), FindingNote.objects.count()) == (before, 0, 0)


def test_every_state_can_be_reached_and_one_is_the_end() -> None:
    reached = {State.NEW}.union(*ALLOWED.values())
    assert reached == set(State)
    assert [state for state in State if not ALLOWED[state]] == [State.CLOSED]


@pytest.mark.parametrize("after", sorted(NEEDS_NOTE))
@pytest.mark.parametrize("note", ["", "  \n", "x" * (LONGEST_NOTE + 1), "a\x00b"])
def test_how_it_ended_is_said_in_a_note(as_hanna: None, after: State, note: str) -> None:
    finding = a_finding(state="looked-into", owner=AS_HANNA.account)
    with pytest.raises(Invalid):
        move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=after, note=note)
    assert worked_on() == 0


def test_a_change_is_an_entry_without_the_words_of_the_note(as_hanna: None) -> None:
    finding = a_finding()
    move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.LOOKED_INTO, note="Called Daan.")
    entry = Record.objects.get(action="audit.finding-changed").entry
    assert entry.details == {
        "finding": str(finding.pk),
        "kind": "bulk-reading",
        "from": "new",
        "to": "looked-into",
        "note": True,
    }
    note = FindingNote.objects.get()
    assert (note.text, note.account, note.to_state) == ("Called Daan.", AS_HANNA.account, "looked-into")


def test_another_auditor_takes_over_what_is_being_looked_into(as_hanna: None) -> None:
    finding = a_finding()
    with pytest.raises(Conflict):
        take_over_finding(viewer=JORIS, finding_id=finding.pk)
    move_finding(viewer=AS_HANNA, finding_id=finding.pk, to=State.LOOKED_INTO)
    take_over_finding(viewer=JORIS, finding_id=finding.pk)
    finding.refresh_from_db()
    assert finding.owner == JORIS.account


def test_one_that_was_raised_again_cannot_be_reopened_beside_the_new_one(as_hanna: None) -> None:
    explained = a_finding(state="explained", owner=AS_HANNA.account)
    a_finding()
    with pytest.raises(Conflict):
        move_finding(viewer=AS_HANNA, finding_id=explained.pk, to=State.LOOKED_INTO)
    explained.refresh_from_db()
    assert (explained.state, worked_on()) == ("explained", 0)


def test_others_findings_are_as_good_as_none(client: Client, as_hanna: None) -> None:
    foreign = a_finding(organisation=POLICE)
    with pytest.raises(NotFound):
        move_finding(viewer=AS_HANNA, finding_id=foreign.pk, to=State.LOOKED_INTO)
    with pytest.raises(NotFound):
        note_on_finding(viewer=AS_HANNA, finding_id=foreign.pk, note="x")
    with pytest.raises(NotFound):
        take_over_finding(viewer=AS_HANNA, finding_id=foreign.pk)
    for finding_id in (foreign.pk, uuid4()):
        assert client.get(f"{FINDINGS}{finding_id}/").status_code == 404
        assert client.post(f"{FINDINGS}{finding_id}/", {"do": "looked-into"}).status_code == 404
    assert str(foreign.pk) not in client.get(f"{FINDINGS}?state=all").content.decode()
    assert worked_on() == 0


def test_a_system_works_on_no_finding(as_hanna: None) -> None:
    finding = a_finding()
    with pytest.raises(Forbidden):
        note_on_finding(viewer=replace(AS_HANNA, person=""), finding_id=finding.pk, note="x")
    with pytest.raises(NotFound):
        note_on_finding(viewer=AS_POLICE_SYSTEM, finding_id=finding.pk, note="x")


@pytest.mark.parametrize("viewer", [AS_ANNA, AS_DAAN, AS_POLICE_SYSTEM])
def test_only_auditors_come_here(client: Client, db: None, look_as: LookAs, viewer: Viewer) -> None:
    finding = a_finding()
    look_as(viewer)
    for path in (FINDINGS, f"{FINDINGS}{finding.pk}/", RULES):
        assert client.get(path).status_code == 403
    assert client.post(f"{FINDINGS}{finding.pk}/", {"do": "looked-into"}).status_code == 403
    look_as(ANONYMOUS)
    assert client.get(FINDINGS)["Location"] == f"/sign-in/?next={FINDINGS}"


def test_the_list_shows_what_is_open_and_all_on_request(client: Client, as_hanna: None) -> None:
    open_one = a_finding()
    closed = a_finding(state="closed", owner=AS_HANNA.account)
    page = client.get(FINDINGS).content.decode()
    assert str(open_one.pk) in page
    assert str(closed.pk) not in page
    page = client.get(f"{FINDINGS}?state=all").content.decode()
    assert str(open_one.pk) in page
    assert str(closed.pk) in page
    assert "Hanna" in page


def test_the_list_goes_on_page_after_page(client: Client, as_hanna: None) -> None:
    every = [a_finding(state="closed", owner=AS_HANNA.account).pk for _ in range(pages.PAGE + 2)]
    page = client.get(f"{FINDINGS}?state=all").content.decode()
    assert str(every[0]) not in page
    older = client.get(f"{FINDINGS}?state=all&before={every[2]}").content.decode()
    assert f"before={every[2]}" in page
    assert [f'href="{FINDINGS}{one}/"' in older for one in every[:3]] == [True, True, False]
    assert client.get(f"{FINDINGS}?before=x").status_code == 400


def test_the_page_shows_the_entries_behind_it_and_leads_to_them(client: Client, as_hanna: None) -> None:
    finding = a_finding()
    append(action="sharing.released", at=finding.last_at, user_sealed=b"the sealed name of Eva")
    page = client.get(f"{FINDINGS}{finding.pk}/").content.decode()
    assert page.count('href="/oversight/entries/') == 3
    address = page.partition(f"employee={finding.example}")[0].rpartition('href="')[2]
    found = client.get(f"{address}employee={finding.example}".replace("&amp;", "&")).content.decode()
    assert found.count('href="/oversight/entries/') == 3
    assert "sealed name" not in page


def test_looking_is_an_entry_and_whom_it_is_about_finds_it(client: Client, as_hanna: None) -> None:
    finding = a_finding(subject=ANNA, kind="near-to-employee", relation="colleague", values={"least": 1, "days": 30})
    client.get(FINDINGS)
    client.get(f"{FINDINGS}{finding.pk}/")
    entries = [one.entry for one in Record.objects.filter(action="audit.log-read").order_by("entry_id")]
    assert [(one.subject, one.details["shown"]) for one in entries] == [("", 1), (ANNA, 3)]
    assert entries[0].details["findings"] == "open"
    assert entries[1].details["finding"] == str(finding.pk)


def test_buttons_do_what_they_say(client: Client, as_hanna: None) -> None:
    finding = a_finding()
    assert do(client, finding, "looked-into") == 302
    assert do(client, finding, "note", "Asked the department.") == 302
    assert do(client, finding, "explained") == 400
    assert do(client, finding, "nonsense") == 404
    assert do(client, finding, "take-over") == 302
    assert do(client, finding, "explained", "A letter to all.") == 302
    finding.refresh_from_db()
    assert finding.state == "explained"
    page = client.get(f"{FINDINGS}{finding.pk}/").content.decode()
    for words in ("Asked the department.", "A letter to all.", "Hanna"):
        assert words in page
    assert do(client, finding, "closed", "No.") == 409


def test_what_was_erased_leaves_the_finding(client: Client, as_hanna: None) -> None:
    finding = a_finding(user_sealed=b"the sealed name of somebody who was erased")
    assert "Wat in deze regels stond, is gewist." in client.get(f"{FINDINGS}{finding.pk}/").content.decode()


def test_more_findings_and_notes_take_no_more_queries(client: Client, as_hanna: None) -> None:
    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    finding = a_finding(state="looked-into", owner=AS_HANNA.account)
    note_on_finding(viewer=AS_HANNA, finding_id=finding.pk, note="One.")
    few = [queries(f"{FINDINGS}?state=all"), queries(f"{FINDINGS}{finding.pk}/")]
    for number in range(3):
        a_finding(state="closed", owner=JORIS.account)
        note_on_finding(viewer=JORIS, finding_id=finding.pk, note=f"Another, {number}.")
    assert [queries(f"{FINDINGS}?state=all"), queries(f"{FINDINGS}{finding.pk}/")] == few


# --- Rules ----------------------------------------------------------------------------------------------------------


def rule(kind: str = "bulk-reading") -> tuple[bool, dict[str, int], UUID | None]:
    found = next(one for one in rules_in_force([MUNICIPALITY])[MUNICIPALITY] if one.kind.name == kind)
    return found.on, dict(found.values), found.changed_by


def test_the_usual_values_hold_until_somebody_changes_them(as_hanna: None) -> None:
    assert rule() == (True, USUAL, None)
    change_rule(viewer=AS_HANNA, organisation=MUNICIPALITY, kind="bulk-reading", on=False, values={**USUAL, "least": 9})
    assert rule() == (False, {**USUAL, "least": 9}, AS_HANNA.account)
    entry = Record.objects.get(action="audit.rule-changed").entry
    assert entry.details["before"] == {"on": True, **USUAL}
    assert entry.details["after"] == {"on": False, **USUAL, "least": 9}


@pytest.mark.parametrize("kind", KINDS)
def test_usual_values_lie_within_their_bounds_and_nothing_outside_is_taken(as_hanna: None, kind: str) -> None:
    usual = KINDS[kind].usual()
    assert not KINDS[kind].mistakes(usual)
    for name, parameter in KINDS[kind].parameters.items():
        for value in (parameter.lowest - 1, parameter.highest + 1):
            with pytest.raises(Invalid) as refused:
                change_rule(
                    viewer=AS_HANNA, organisation=MUNICIPALITY, kind=kind, on=True, values={**usual, name: value}
                )
            assert [error.pointer for error in refused.value.errors] == [f"/{name}"]
    with pytest.raises(Invalid):
        change_rule(viewer=AS_HANNA, organisation=MUNICIPALITY, kind=kind, on=True, values={})
    assert not PatternRule.objects.exists()
    assert not Record.objects.filter(action="audit.rule-changed").exists()


def test_rules_of_other_organisations_are_not_ours_to_change(client: Client, as_hanna: None) -> None:
    for organisation, kind in ((POLICE, "bulk-reading"), ("", "bulk-reading"), (MUNICIPALITY, "made-up")):
        with pytest.raises(NotFound):
            change_rule(viewer=AS_HANNA, organisation=organisation, kind=kind, on=True, values=USUAL)
    assert client.get(f"{RULES}?organisation={POLICE}").status_code == 404
    assert client.post(f"{RULES}?organisation={POLICE}", {"kind": "bulk-reading"}).status_code == 404
    assert client.post(RULES, {"kind": "made-up"}).status_code == 404
    assert not PatternRule.objects.exists()


def test_the_page_shows_the_rules_in_words_and_changes_one(client: Client, as_hanna: None) -> None:
    page = client.get(RULES).content.decode()
    assert "Eén medewerker bekijkt binnen 60 minuten 50 keer of vaker gegevens." in page
    sent = {"kind": "bulk-reading", "bulk-reading-on": "on", "bulk-reading-least": "7", "bulk-reading-minutes": "30"}
    assert client.post(RULES, sent).status_code == 400
    assert not PatternRule.objects.exists()
    assert client.post(RULES, {**sent, "bulk-reading-quietDays": "90"}).status_code == 302
    page = client.get(RULES).content.decode()
    assert "Eén medewerker bekijkt binnen 30 minuten 7 keer of vaker gegevens." in page
    assert "door Hanna" in page

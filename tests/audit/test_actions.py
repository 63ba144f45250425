"""Only registered actions exist, each under one name and one title."""

import pytest

from audit import actions
from audit.actions import LOG_READ, Action, UnknownAction, all_actions, register


def test_a_registered_action_is_found_by_name() -> None:
    assert actions.get("audit.log-read") is LOG_READ


def test_an_unknown_action_raises() -> None:
    with pytest.raises(UnknownAction):
        actions.get("audit.log-written-over")


def test_registering_the_same_action_again_changes_nothing() -> None:
    before = all_actions()
    register(Action(name=LOG_READ.name, title=LOG_READ.title, retention=LOG_READ.retention))
    assert all_actions() == before


def test_a_name_cannot_mean_two_things() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        register(Action(name=LOG_READ.name, title="Something else"))


@pytest.mark.parametrize("name", ["log-read", "audit.", "audit.Log", "audit.log_read", "audit.log.read", ""])
def test_a_badly_formed_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no action name"):
        register(Action(name=name, title="Anything"))

"""What sharing writes in the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action, register

VAULT_CHANGED = Action(
    name="sharing.vault-changed",
    title=_("Your own data was changed"),
    title_neutral=_("Own data of a resident was changed"),
)
REQUESTED = Action(
    name="sharing.requested",
    title=_("An organisation asked for data"),
    title_refused=_("An organisation wanted to ask for data"),
)
RELEASED = Action(
    name="sharing.released",
    title=_("An organisation read data"),
    title_refused=_("An organisation wanted to read data"),
)
REPEATED = Action(name="sharing.repeated", title=_("The answer was sent once more"))


def register_actions() -> None:
    for action in (VAULT_CHANGED, REQUESTED, RELEASED, REPEATED):
        register(action)

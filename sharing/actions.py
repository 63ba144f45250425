"""What sharing writes in the audit log."""

from django.utils.translation import gettext_lazy as _

from audit.actions import Action, register
from audit.retention.classes import ACCESS, CONSENT, OWN
from sharing import viewing_words

VAULT_CHANGED = Action(
    name="sharing.vault-changed",
    title=_("Your own data was changed"),
    title_neutral=_("Own data of a resident was changed"),
    title_of_dataset=_("Your own data was changed: %(dataset)s"),
    retention=OWN,
)
KEPT_CURRENT = Action(
    name="sharing.kept-current",
    title=_("An organisation can now see what you changed"),
    title_neutral=_("Own data that a resident changed was shared anew"),
    retention=ACCESS,
)
FILE_STORED = Action(
    name="sharing.file-stored",
    title=_("A file was added to your own data"),
    title_neutral=_("A file was added to own data of a resident"),
    title_of_dataset=_("A file was added to your own data: %(dataset)s"),
    retention=OWN,
)
FILE_REMOVED = Action(
    name="sharing.file-removed",
    title=_("A file was removed from your own data"),
    title_neutral=_("A file was removed from own data of a resident"),
    title_of_dataset=_("A file was removed from your own data: %(dataset)s"),
    retention=OWN,
)
UPLOAD_REFUSED = Action(
    name="sharing.upload-refused",
    title=_("A file that you wanted to add was not taken in"),
    title_neutral=_("A file that a resident wanted to add was not taken in"),
    title_of_dataset=_("A file that you wanted to add was not taken in: %(dataset)s"),
    retention=OWN,
)
EXPORT_ASKED = Action(
    name="sharing.export-asked",
    title=_("You asked for everything about you"),
    title_neutral=_("Resident asked for everything about themselves"),
    retention=OWN,
)
EXPORT_MADE = Action(
    name="sharing.export-made",
    title=_("The file with everything about you was made"),
    title_neutral=_("The file with everything about a resident was made"),
    retention=OWN,
)
EXPORT_DOWNLOADED = Action(
    name="sharing.export-downloaded",
    title=_("You downloaded everything about you"),
    title_neutral=_("Resident downloaded everything about themselves"),
    retention=OWN,
)
ERASED = Action(
    name="sharing.erased",
    title=_("You were erased"),
    title_neutral=_("Resident was erased on their own request"),
    retention=CONSENT,
)
REQUESTED = Action(
    name="sharing.requested",
    title=_("An organisation asked for data"),
    title_refused=_("An organisation wanted to ask for data"),
    retention=ACCESS,
)
RELEASED = Action(
    name="sharing.released",
    title=_("An organisation read data"),
    counts_as="access",
    title_refused=_("An organisation wanted to read data"),
    retention=ACCESS,
)
REPEATED = Action(name="sharing.repeated", title=_("The answer was sent once more"), retention=ACCESS)
DELETED = Action(
    name="sharing.deleted",
    title=_("An organisation says that it deleted your data"),
    title_neutral=_("An organisation says that it deleted data of a resident"),
    retention=ACCESS,
)
VIEWING_STARTED = Action(
    name="sharing.viewing-started",
    title=_("An organisation began to view a file"),
    counts_as="access",
    title_refused=_("An organisation wanted to view a file"),
    says=viewing_words.started,
    retention=ACCESS,
)
VIEWING_ENDED = Action(
    name="sharing.viewing-ended",
    title=_("An organisation stopped viewing a file"),
    title_refused=_("Viewing a file was cut off"),
    says=viewing_words.ended,
    retention=ACCESS,
)


def register_actions() -> None:
    for action in (
        VAULT_CHANGED,
        KEPT_CURRENT,
        FILE_STORED,
        FILE_REMOVED,
        UPLOAD_REFUSED,
        EXPORT_ASKED,
        EXPORT_MADE,
        EXPORT_DOWNLOADED,
        ERASED,
        REQUESTED,
        RELEASED,
        REPEATED,
        DELETED,
        VIEWING_STARTED,
        VIEWING_ENDED,
    ):
        register(action)

"""Why a file is not taken in, each with a stable code that an upload keeps."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Invalid, Text, Unavailable


class FileRefused(Invalid):
    """The file stays out. Trying the same file again gives the same answer.

    `title` says what is wrong and `advice` what the citizen can do, so that an upload needs to keep the code only.
    """

    code = "file-refused"
    title = _("We cannot take this file")
    advice: Text = _("Try another file.")

    def __init__(self, detail: Text = "") -> None:
        super().__init__(detail or self.advice)


class TypeNotAllowed(FileRefused):
    code = "type-not-allowed"
    title = _("We do not take this kind of file")
    advice = _("Choose a file of a kind that you can add here. A new name does not change the kind.")


class FileDamaged(FileRefused):
    code = "damaged"
    title = _("This file is damaged")
    advice = _("Open the file on your own device. If it opens there, save it again as a new file and add that.")


class FileLocked(FileRefused):
    code = "locked"
    title = _("This file has a password")
    advice = _("Save the file without a password and add that.")


class FileTooLarge(FileRefused):
    code = "too-large"
    title = _("This file is too large")
    advice = _("Make the file smaller, such as by adding a part of it.")


class VirusFound(FileRefused):
    """`name` is what the scanner calls it."""

    code = "virus-found"
    title = _("This file has a virus")
    advice = _("Do not open the file any more. Scan your device for viruses.")

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class ScannerUnavailable(Unavailable):
    """Nobody knows whether the file has a virus: it waits, and is scanned later."""

    code = "scanner-unavailable"
    title = _("The file cannot be scanned for viruses at the moment")


REFUSALS: dict[str, type[FileRefused]] = {
    refusal.code: refusal for refusal in (TypeNotAllowed, FileDamaged, FileLocked, FileTooLarge, VirusFound)
}

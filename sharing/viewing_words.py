"""What the log says of somebody who viewed a file, in words. Pure: details in, a sentence out."""

from collections.abc import Callable, Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _


def started(details: Mapping[str, Any]) -> str:
    """Say which kind of file it was, and how large."""
    kind = _kind(details)
    return _("%(kind)s of %(size)s.") % {"kind": kind, "size": _size(details, "size")} if kind else ""


def ended(details: Mapping[str, Any]) -> str:
    """Say how much of the file left, and why the viewing ended."""
    why = _ENDS.get(details.get("end", ""))
    if why is None:
        return ""
    amounts = {"read": _size(details, "bytesRead"), "size": _size(details, "size")}
    if details.get("moreMayHaveLeft"):
        said = _("They received at least %(read)s; the file is %(size)s.") % amounts
    else:
        said = _("They received %(read)s; the file is %(size)s.") % amounts
    if int(details.get("bytesRead", 0)) > int(details.get("size", 0)):
        twice = _("They received some parts more than once.")
        said = f"{said} {twice}"
    return f"{said} {why()}"


def _kind(details: Mapping[str, Any]) -> str:
    media_type = str(details.get("mediaType", ""))
    if media_type == "application/pdf":
        return _("A document")
    return {"video": _("A video"), "image": _("A picture")}.get(media_type.partition("/")[0], "")


def _size(details: Mapping[str, Any], name: str) -> str:
    return filesizeformat(details.get(name, 0))


_ENDS: dict[str, Callable[[], str]] = {
    "stopped": lambda: _("They said that they were done."),
    "quiet": lambda: _("They asked for nothing more for some minutes."),
    "refused": lambda: _("It was no longer allowed, so it was cut off."),
    "unknown": lambda: _("The connection broke."),
}

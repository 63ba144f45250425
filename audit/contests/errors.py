"""What can go wrong with contests, each with a stable code."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Conflict, Forbidden, Invalid, NotFound


class EntryNotFound(NotFound):
    code = "entry-not-found"
    title = _("We cannot find this line")


class ContestNotFound(NotFound):
    code = "contest-not-found"
    title = _("We cannot find this contest")


class NotContestable(Conflict):
    """Nobody answers for the line: it names no organisation, or it is about a contest itself."""

    code = "not-contestable"
    title = _("This line cannot be contested here")


class ContestedAlready(Conflict):
    code = "contested-already"
    title = _("You contested this line already")


class ContestNotOpen(Conflict):
    """The state of the contest does not allow it (any more); `params` holds state and event."""

    code = "contest-not-open"
    title = _("This cannot be done with this contest any more")


class TooLateToExtend(Conflict):
    """The reason for taking longer must be told within the first month, once (GDPR article 12(3))."""

    code = "too-late-to-extend"
    title = _("The time for an answer cannot be extended any more")


class NotYourContest(Forbidden):
    """Only a privacy officer of the organisation answers, and only who took it."""

    code = "not-your-contest"
    title = _("You do not answer this contest")


class InvalidContest(Invalid):
    code = "invalid-contest"
    title = _("This cannot be stored as it is")

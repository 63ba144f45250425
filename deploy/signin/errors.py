"""Why someone was not signed in. Each is said to the person who tried, and none says who would have been let in."""

from django.utils.translation import gettext_lazy as _

from audit.errors import Forbidden, Unavailable


class SignInRefused(Forbidden):
    code = "sign-in-refused"
    title = _("You are not signed in")


class SignInFailed(SignInRefused):
    code = "sign-in-failed"
    title = _("Signing in did not work")


class SignInCancelled(SignInRefused):
    code = "sign-in-cancelled"
    title = _("You stopped signing in")


class AssuranceTooLow(SignInRefused):
    code = "assurance-too-low"
    title = _("Signing in needs a stronger means")


class NobodyKnown(SignInRefused):
    code = "nobody-known"
    title = _("We do not know this account")


class ProviderUnavailable(Unavailable):
    code = "identity-provider-unavailable"
    title = _("The service that signs you in does not answer")

"""What e-mails say: that something waits, and never what.

An e-mail travels in the open and is read on shared screens. So the subject says nothing of anybody, the text names the
organisation and not the purpose or the data, and its only link leads to the pages behind the sign-in.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from consent.models import Mail

SUBJECTS: dict[str, Promise] = {
    Mail.Kind.CONFIRM_ADDRESS: gettext_lazy("Confirm your e-mail address"),
    Mail.Kind.ASKED: gettext_lazy("A question waits for you"),
    Mail.Kind.ASKED_TO_ALLOW: gettext_lazy("Something waits for your permission"),
    Mail.Kind.USED: gettext_lazy("Something happened that you wanted to hear of"),
    Mail.Kind.ABOUT_TO_END: gettext_lazy("Something ends soon"),
    Mail.Kind.ENDED: gettext_lazy("Something has ended"),
    Mail.Kind.VERSION_CHANGED: gettext_lazy("A text has changed"),
    Mail.Kind.OFFER_ANSWERED: gettext_lazy("There is an answer for you"),
    Mail.Kind.MANDATE_CHANGED: gettext_lazy("Something changed in who acts for whom"),
    Mail.Kind.CONTEST_ANSWERED: gettext_lazy("There is an answer for you"),
    Mail.Kind.CONTEST_EXTENDED: gettext_lazy("An answer takes longer"),
}

SENTENCES: dict[str, Promise] = {
    Mail.Kind.ASKED: gettext_lazy(
        "%(organisation)s asks whether it may read data. As long as you say nothing, nothing is shared."
    ),
    Mail.Kind.ASKED_TO_ALLOW: gettext_lazy(
        "%(organisation)s wants to read data, and you said that you want to be asked each time."
    ),
    Mail.Kind.USED: gettext_lazy("%(organisation)s read data that you share. You asked us to tell you."),
    Mail.Kind.ABOUT_TO_END: gettext_lazy(
        "Data that you share with %(organisation)s can be read for two more weeks at most."
        " You need to do nothing: it stops by itself."
    ),
    Mail.Kind.ENDED: gettext_lazy("%(organisation)s can no longer read data that you shared with it."),
    Mail.Kind.VERSION_CHANGED: gettext_lazy(
        "%(organisation)s changed the text to which you agreed."
        " What you agreed to stays as it was, until you choose something else."
    ),
    Mail.Kind.OFFER_ANSWERED: gettext_lazy("%(organisation)s answered your proposal."),
    Mail.Kind.MANDATE_CHANGED: gettext_lazy("Something changed in who may act for you, or for whom you may act."),
    Mail.Kind.CONTEST_ANSWERED: gettext_lazy(
        "You said that a line of your history looks wrong. The answer stands beside that line."
    ),
    Mail.Kind.CONTEST_EXTENDED: gettext_lazy(
        "You said that a line of your history looks wrong. The answer takes longer: why stands beside that line."
    ),
    Mail.Kind.CONFIRM_ADDRESS: gettext_lazy(
        "This address was filled in at Deelwijs. Was that you?"
        " Then sign in with the link below and confirm it within a day."
    ),
}


@dataclass(frozen=True, slots=True)
class MailText:
    """The subject and the plain text of an e-mail."""

    subject: str
    body: str


def mail_text(*, kind: str, language: str, organisation: str, for_another: bool, link: str) -> MailText:
    """Write an e-mail of `kind` in `language`; `link` is where it leads, `for_another` whether it is about a child."""
    with override(language):
        sentence = str(SENTENCES[kind])
        if "%(organisation)s" in sentence:
            sentence %= {"organisation": organisation or _("An organisation")}
        paragraphs = [_("Hello,"), sentence]
        if for_another:
            paragraphs.append(_("This is about a person for whom you act."))
        if kind == Mail.Kind.CONFIRM_ADDRESS:
            paragraphs += [link, _("Was it not you? Then do nothing: we send nothing more to this address.")]
        else:
            paragraphs += [
                _("Sign in to see more:"),
                link,
                _("In your settings there you also choose whether you get e-mail."),
            ]
        paragraphs.append("Deelwijs")
        return MailText(subject=str(SUBJECTS[kind]), body="\n\n".join(paragraphs) + "\n")

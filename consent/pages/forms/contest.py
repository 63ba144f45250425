"""Saying that a line looks wrong."""

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.services.contests import MOST_CHARACTERS


class ContestForm(forms.Form):
    # What is missing is said after sending, in the words of this page.
    use_required_attribute = False

    words = forms.CharField(
        label=_("What looks wrong?"),
        help_text=_("In your own words. For example: “I never spoke to this department”, or “I did not do this”."),
        max_length=MOST_CHARACTERS,
        widget=forms.Textarea(attrs={"class": "utrecht-textarea utrecht-textarea--html-textarea", "rows": 6}),
        error_messages={
            "required": _("Write what looks wrong. One sentence is enough."),
            "max_length": _("This is too long: use %(limit_value)d characters at most."),
        },
    )

    def __init__(self, data: object = None) -> None:
        if data is not None:
            # A browser sends a line end as two characters and counts it as one.
            words = data.get("words", "")  # type: ignore[attr-defined]
            data = {"words": words.replace("\r\n", "\n")}
        super().__init__(data)

"""A draft as a form. A draft may lack things: what a review needs is said there, not here."""

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from consent.models import LegalBasis, Organisation, PurposeVersion
from consent.pages.words import LEGAL_BASES
from consent.version_text import TEXT_PARTS

_BOX = "utrecht-textbox utrecht-textbox--html-input"
_AREA = "utrecht-textarea utrecht-textarea--html-textarea"
_MOST = 2_000_000_000


def _text(label: Any, *, language: str = "", rows: int = 3, help_text: Any = "") -> forms.CharField:
    attributes: dict[str, Any] = {"class": _AREA, "rows": rows}
    if language:
        attributes["lang"] = language
    return forms.CharField(
        required=False, label=label, help_text=help_text, max_length=20_000, widget=forms.Textarea(attrs=attributes)
    )


def _number(label: Any, *, required: bool = True, least: int = 1, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        required=required,
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=_MOST,
        widget=forms.NumberInput(attrs={"class": f"{_BOX} dw-number", "inputmode": "numeric"}),
        error_messages={"required": _("Fill in a whole number."), "invalid": _("Fill in a whole number.")},
    )


def _day(label: Any, *, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        required=False,
        label=label,
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{_BOX} dw-date"}),
        error_messages={"invalid": _("Fill in a date as day, month and year.")},
    )


class DraftForm(forms.Form):
    """Everything of a draft but its fields."""

    slug = forms.CharField(
        label=_("Name in addresses"),
        help_text=_("Small letters, digits and hyphens. It stays the same for every version."),
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9]+(-[a-z0-9]+)*\Z", _("Use small letters, digits and hyphens only."))],
        widget=forms.TextInput(attrs={"class": _BOX, "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Fill in a name.")},
    )
    title_nl = _text(_("Title, in Dutch"), language="nl", rows=1)
    title_en = _text(_("Title, in English"), language="en", rows=1)
    summary_nl = _text(_("In short, in Dutch"), language="nl")
    summary_en = _text(_("In short, in English"), language="en")
    why_nl = _text(_("Why you ask for the data, in Dutch"), language="nl", rows=5)
    why_en = _text(_("Why you ask for the data, in English"), language="en", rows=5)
    refusing_nl = _text(_("What happens when somebody says no, in Dutch"), language="nl", rows=4)
    refusing_en = _text(_("What happens when somebody says no, in English"), language="en", rows=4)
    legal_basis = forms.ChoiceField(
        label=_("Legal basis"),
        choices=[(basis, LEGAL_BASES[basis]) for basis in LegalBasis],
        widget=forms.Select(attrs={"class": "utrecht-select utrecht-select--html-select"}),
    )
    power_imbalance_assessment = _text(
        _("Why residents can freely say no"),
        language="nl",
        rows=5,
        help_text=_("Needed where the basis is consent. A privacy officer signs it, and everybody can read it."),
    )
    recipients = forms.MultipleChoiceField(
        required=False, label=_("Who receives the data"), widget=forms.CheckboxSelectMultiple
    )
    longest_validity_days = _number(_("How many days may a yes last at the most?"))
    most_uses = _number(
        _("How many times may the data be read at the most? (optional)"),
        required=False,
        help_text=_("If you leave this empty, there is no limit."),
    )
    retention_days = _number(_("How many days do you keep what you read?"), least=0)
    storage_place_nl = _text(_("Where it is kept, in Dutch"), language="nl", rows=2)
    storage_place_en = _text(_("Where it is kept, in English"), language="en", rows=2)
    decides_automatically = forms.BooleanField(
        required=False, label=_("A computer decides something without a person (GDPR article 22)")
    )
    automated_decisions_nl = _text(
        _("What a computer decides, in Dutch"), language="nl", rows=2, help_text=_("Or that it decides nothing.")
    )
    automated_decisions_en = _text(
        _("What a computer decides, in English"), language="en", rows=2, help_text=_("Or that it decides nothing.")
    )
    processing_activity = forms.URLField(
        required=False,
        label=_("Address of the processing activity in your records"),
        max_length=300,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": _BOX}),
        error_messages={"invalid": _("Fill in a whole address, such as https://example.nl/activity.")},
    )
    dpia_reference = forms.CharField(
        required=False,
        label=_("Number of the impact assessment (DPIA)"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": _BOX, "autocomplete": "off"}),
    )
    dpia_review_on = _day(_("Impact assessment reviewed again before"), help_text=_("A day in the future."))
    pilot_ends_on = _day(
        _("Last day of the pilot (optional)"),
        help_text=_("The purpose is retired after this day, and every yes ends with it."),
    )
    pilot_measures_nl = _text(_("By what the pilot is judged, in Dutch"), language="nl", rows=2)
    pilot_measures_en = _text(_("By what the pilot is judged, in English"), language="en", rows=2)

    def __init__(self, *, slug_is_fixed: bool, **arguments: Any) -> None:
        super().__init__(**arguments)
        if slug_is_fixed:
            del self.fields["slug"]
        recipients = self.fields["recipients"]
        assert isinstance(recipients, forms.MultipleChoiceField)
        recipients.choices = list(Organisation.objects.order_by("name").values_list("oin", "name"))
        for name, field in self.fields.items():
            if name in self.errors:
                field.widget.attrs |= {"aria-invalid": "true", "aria-describedby": f"id_{name}_error"}

    def content(self) -> dict[str, Any]:
        """Return what `draft_purpose` and `revise_draft` take, apart from the name and the fields."""
        given = self.cleaned_data
        return {
            "texts": {
                language: {part: given[f"{part}_{language}"] for part in TEXT_PARTS} for language in ("nl", "en")
            },
            "legal_basis": LegalBasis(given["legal_basis"]),
            "power_imbalance_assessment": given["power_imbalance_assessment"],
            "recipients": given["recipients"],
            "longest_validity_days": given["longest_validity_days"],
            "most_uses": given["most_uses"],
            "retention_days": given["retention_days"],
            "processing_activity": given["processing_activity"],
            "dpia_reference": given["dpia_reference"],
            "dpia_review_on": given["dpia_review_on"],
            "storage_place": self._in_both("storage_place"),
            "decides_automatically": given["decides_automatically"],
            "automated_decisions": self._in_both("automated_decisions"),
            "pilot_ends_on": given["pilot_ends_on"],
            "pilot_measures": self._in_both("pilot_measures"),
        }

    def _in_both(self, name: str) -> dict[str, str]:
        texts = {language: self.cleaned_data[f"{name}_{language}"] for language in ("nl", "en")}
        return texts if any(texts.values()) else {}


def initial_of(version: PurposeVersion) -> dict[str, Any]:
    """Return what the form of a version begins with."""
    initial: dict[str, Any] = {
        name: getattr(version, name)
        for name in (
            "legal_basis",
            "power_imbalance_assessment",
            "recipients",
            "longest_validity_days",
            "most_uses",
            "retention_days",
            "decides_automatically",
            "processing_activity",
            "dpia_reference",
            "dpia_review_on",
            "pilot_ends_on",
        )
    }
    for language in ("nl", "en"):
        for part in TEXT_PARTS:
            initial[f"{part}_{language}"] = version.texts.get(language, {}).get(part, "")
        for name in ("storage_place", "automated_decisions", "pilot_measures"):
            initial[f"{name}_{language}"] = getattr(version, name).get(language, "")
    return initial

"""A request of staff as a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.errors import DomainError
from consent.models import Area, PurposeVersion
from sharing.pages.places import area_title

_TEXTBOX = "utrecht-textbox utrecht-textbox--html-input"


class CaseSearch(forms.Form):
    """The requests of the cases that begin with these characters."""

    case = forms.CharField(
        required=False,
        max_length=100,
        label=_("Case"),
        help_text=_("The first characters are enough."),
        widget=forms.TextInput(attrs={"class": _TEXTBOX, "autocomplete": "off"}),
    )


class RequestForm(forms.Form):
    """Which fields, of whom, for which case. No field is chosen in advance: who asks for data says which."""

    asked = forms.MultipleChoiceField(
        label=_("Which data do you need?"),
        error_messages={
            "required": _("Choose at least one field."),
            "invalid_choice": _("This field does not belong to the purpose."),
        },
    )
    bsn = forms.CharField(
        label=_("Citizen service number (BSN)"),
        help_text=_("Nine digits. It travels in the body of this form, and stands in no address and no log."),
        widget=forms.TextInput(
            attrs={
                "class": f"{_TEXTBOX} dw-number",
                "inputmode": "numeric",
                "autocomplete": "off",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Fill in the citizen service number.")},
    )
    case = forms.CharField(
        label=_("Case"),
        help_text=_("The number of the case that you need the data for. The resident sees it."),
        widget=forms.TextInput(attrs={"class": _TEXTBOX, "autocomplete": "off"}),
        error_messages={"required": _("Name the case that you need the data for.")},
    )
    area = forms.ChoiceField(
        required=False,
        label=_("Neighbourhood (optional)"),
        help_text=_("Where the case plays. Some residents share only for one neighbourhood."),
        widget=forms.Select(attrs={"class": "utrecht-select utrecht-select--html-select"}),
        error_messages={"invalid_choice": _("This neighbourhood is not in the list.")},
    )

    def __init__(
        self, version: PurposeVersion, areas: Sequence[Area], language: str, *, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data)
        self._cells = {str(area.pk): min(area.cells, default="") for area in areas}
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [("", _("No neighbourhood")), *((str(one.pk), area_title(one, language)) for one in areas)]
        asked = self.fields["asked"]
        assert isinstance(asked, forms.MultipleChoiceField)
        asked.choices = [(field.name, field.title(language)) for field in version.fields.all()]

    def place(self) -> str:
        """Return a place in the chosen neighbourhood as an H3 cell, empty for none."""
        return self._cells.get(self.cleaned_data["area"], "")

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service found wrong where it can be repaired."""
        for fault in error.errors:
            self.add_error(_form_field(fault.pointer), str(fault.detail))


def _form_field(pointer: str) -> str | None:
    part = pointer.split("/")[1]
    return {"fields": "asked", "case": "case", "subject": "bsn", "place": "area"}.get(part)

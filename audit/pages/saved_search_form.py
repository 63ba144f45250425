"""The form with which a search is saved and renamed."""

import json
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from audit.search.filters import EntryFilters, InvalidFilters, filters_from_json
from audit.services.saved_search import LONGEST_NAME


class NameForm(forms.Form):
    """The name of a saved search, and whether colleagues find it too."""

    name = forms.CharField(
        max_length=LONGEST_NAME,
        label=_("Name"),
        widget=forms.TextInput(attrs={"class": "utrecht-textbox utrecht-textbox--html-input", "autocomplete": "off"}),
        error_messages={"required": _("Give the search a name.")},
    )
    shared = forms.BooleanField(required=False, label=_("Colleagues who oversee my organisation find it too"))


class SearchForm(NameForm):
    """A new one, with the filters that were searched by as JSON."""

    filters = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean_filters(self) -> EntryFilters:
        try:
            found: Any = json.loads(self.cleaned_data["filters"] or "{}")
            if not isinstance(found, dict):
                raise InvalidFilters("no object")
            return filters_from_json(found)
        except ValueError:
            raise forms.ValidationError(_("Search again, and then save the search.")) from None


def as_hidden(filters: EntryFilters) -> str:
    return json.dumps(filters.as_json())

"""The form in which a citizen corrects one record: a field for each question of the dataset's JSON Schema."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from audit.errors import DomainError
from consent.models import DatasetVersion
from consent.pages.shown_value import file_in_words
from sharing.schema_form import Question, find, make_record, missing_beside_others, read_schema
from sharing.services.files.open_file import NamedFile

_TEXTBOX = "utrecht-textbox utrecht-textbox--html-input"
_YES, _NO = "yes", "no"


class RecordForm(forms.Form):
    """The questions of `dataset_version`, filled in with the record as it is; `version` is that of this record.

    `files` are those in its fields by pointer, or the ones that wait for this form to be sent.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(
        self,
        dataset_version: DatasetVersion,
        language: str,
        *,
        record: Mapping[str, Any],
        version: int,
        files: Mapping[str, NamedFile],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial={"version": version})
        self.asked = read_schema(dataset_version.schema)
        self.record = record
        self.titles = {field["pointer"]: field["title"] for field in dataset_version.fields}
        self.language = language
        self.present = files
        self.dataset = dataset_version.dataset.slug
        for question in self.asked.questions:
            self.fields[question.pointer] = self._field(question)

    def content(self) -> dict[str, Any]:
        """Return the record that was filled in, as `store_record` takes it."""
        answers = {question.pointer: self._answer(question) for question in self.asked.questions}
        return make_record(self.asked, answers, before=self.record)

    def kept_titles(self) -> list[str]:
        """Return the titles of what is in the record and cannot be changed in a form."""
        return [self._title(pointer) for pointer in self.asked.kept if find(self.record, pointer) is not None]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        answers = {question.pointer: self._answer(question) for question in self.asked.questions}
        for question in missing_beside_others(self.asked, answers):
            if question.pointer not in self.errors:
                self.add_error(question.pointer, _("Fill this in too, or leave everything that belongs to it empty."))
        return cleaned

    def add_domain_error(self, error: DomainError) -> None:
        """Show what the service found wrong at the field that it is about, or above the form."""
        for fault in error.errors:
            about = fault.pointer if fault.pointer in self.fields else None
            # The validator's own words are for programmers.
            text = _("This does not have the right form.") if about else _("Something is missing or does not fit.")
            self.add_error(about, text)
        if not error.errors:
            self.add_error(None, f"{error.title}. {error.detail}")

    def error_links(self) -> list[dict[str, str]]:
        """Return what is wrong in the order of the page, each with the id of the place to repair it."""
        return [
            {
                "target": self[name].id_for_label if name in self.fields and name != "version" else "",
                "text": f"{self.fields[name].label}: {text}" if name in self.fields else str(text),
            }
            for name in ("__all__", *self.fields)
            for text in self.errors.get(name, ())
        ]

    def questions(self) -> list[forms.BoundField]:
        return [self[question.pointer] for question in self.asked.questions]

    def _answer(self, question: Question) -> Any:
        """Return the answer as it stands in a record, None where it was left open."""
        answer = self.cleaned_data.get(question.pointer)
        match answer:
            case None | "":
                return None
            case date():
                return answer.isoformat()
            case _ if question.kind == "boolean":
                return answer == _YES
            case float() if answer.is_integer() and isinstance(find(self.record, question.pointer), int):
                # 5 stays 5 and does not become 5.0.
                return int(answer)
            case _:
                return answer

    def _field(self, question: Question) -> forms.Field:
        limits = question.limits
        value = find(self.record, question.pointer)
        common: dict[str, Any] = {
            "label": self._title(question.pointer),
            "required": question.always,
            "initial": value,
            "error_messages": {"required": _("Fill this in."), "invalid": _("This does not have the right form.")},
        }
        match question.kind:
            case "boolean":
                choices = [*_open_choice(question), (_YES, _("Yes")), (_NO, _("No"))]
                common["initial"] = None if value is None else (_YES if value else _NO)
                return _choice(choices, common)
            case "choice":
                return _choice([*_open_choice(question), *((one, one) for one in limits["enum"])], common)
            case "file":
                return _FileField(self.present.get(question.pointer), self.dataset, question.pointer, common)
            case "date":
                widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{_TEXTBOX} dw-date"})
                common["error_messages"]["invalid"] = _("Fill in a date as day, month and year.")
                return forms.DateField(widget=widget, **common)
            case "integer" | "number":
                return _number(question, common)
            case _:
                return _TextField(
                    pattern=limits.get("pattern", ""),
                    min_length=limits.get("minLength"),
                    max_length=limits.get("maxLength", 10_000),
                    widget=forms.TextInput(attrs={"class": _TEXTBOX, "autocomplete": "off"}),
                    **common,
                )

    def _title(self, pointer: str) -> str:
        """Return the title of the value, or that of what it is a part of with its own name behind it."""
        above = pointer
        while above and above not in self.titles:
            above = above.rpartition("/")[0]
        name = pointer.rpartition("/")[2]
        # Who is not a programmer counts from one.
        part = str(int(name) + 1) if name.isdecimal() else name
        if not above:
            return part
        title = str(self.titles[above].get(self.language) or self.titles[above]["nl"])
        return title if above == pointer else f"{title} ({part})"


class _TextField(forms.CharField):
    """Text that follows the pattern of a JSON Schema, which may stand anywhere in it."""

    def __init__(self, *, pattern: str, **rest: Any) -> None:
        super().__init__(**rest)
        self._pattern = re.compile(pattern)

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not self._pattern.search(value):
            raise forms.ValidationError(_("This does not have the right form."), code="invalid")


class _FileField(forms.CharField):
    """A file that is there already, by its id: adding one is a page of its own."""

    def __init__(self, present: NamedFile | None, dataset: str, pointer: str, common: Mapping[str, Any]) -> None:
        messages = {**common["error_messages"], "required": _("Add a file first.")}
        initial = str(present.file.pk) if present else None
        super().__init__(widget=forms.HiddenInput, **{**common, "initial": initial, "error_messages": messages})
        self.present = present
        self.words = file_in_words(present.file.media_type, present.file.size) if present else ""
        self.add_url = f"{reverse('my-file-add', args=[dataset])}?{urlencode({'field': pointer})}"


def _choice(choices: list[tuple[str, str]], common: Mapping[str, Any]) -> forms.ChoiceField:
    messages = {**common["error_messages"], "invalid_choice": _("Choose one of the list.")}
    return forms.ChoiceField(
        choices=choices,
        widget=forms.Select(attrs={"class": "utrecht-select utrecht-select--html-select"}),
        **{**common, "error_messages": messages},
    )


def _number(question: Question, common: Mapping[str, Any]) -> forms.Field:
    limits = question.limits
    whole = question.kind == "integer"
    messages = {
        **common["error_messages"],
        "invalid": _("Fill in a whole number.") if whole else _("Fill in a number."),
        "min_value": _("Fill in %(limit_value)s or more."),
        "max_value": _("Fill in %(limit_value)s or less."),
    }
    widget = forms.NumberInput(
        attrs={
            "class": f"{_TEXTBOX} dw-number",
            "inputmode": "numeric" if whole else "decimal",
            **({} if whole else {"step": "any"}),
        }
    )
    made = forms.IntegerField if whole else forms.FloatField
    return made(
        min_value=limits.get("minimum"),
        max_value=limits.get("maximum"),
        widget=widget,
        **{**common, "error_messages": messages},
    )


def _open_choice(question: Question) -> list[tuple[str, str]]:
    """Nothing is chosen in advance, and what may be left open can be left open."""
    return [("", _("Choose")) if question.always else ("", _("Not filled in"))]

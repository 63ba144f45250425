"""Inputs with the classes of the components."""

from django import forms

TEXTBOX = "utrecht-textbox utrecht-textbox--html-input"


def date_input() -> forms.DateInput:
    # A field of type date takes and gives the ISO form, whatever the language of the page.
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": f"{TEXTBOX} dw-date"})


def time_input() -> forms.TimeInput:
    return forms.TimeInput(format="%H:%M", attrs={"type": "time", "class": f"{TEXTBOX} dw-number"})


def number_input() -> forms.NumberInput:
    return forms.NumberInput(attrs={"class": f"{TEXTBOX} dw-number", "inputmode": "numeric", "min": 1})


def text_input() -> forms.TextInput:
    return forms.TextInput(attrs={"class": TEXTBOX, "autocomplete": "off"})


def select() -> forms.Select:
    return forms.Select(attrs={"class": "utrecht-select utrecht-select--html-select dw-date"})

"""The summary of what is wrong in a form."""

from collections import Counter

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS


def error_links(form: forms.BaseForm) -> list[dict[str, str]]:
    """Return [{target, text}] in the order of the form: what is wrong, and the id of where to repair it.

    Texts that occur at several places get the label of the place in front: who hears a list of links hears where
    each of them leads (WCAG 2.2, 2.4.4 and 3.3.1).
    """
    found = [(name, str(text)) for name in (NON_FIELD_ERRORS, *form.fields) for text in form.errors.get(name, ())]
    times = Counter(text for _name, text in found)
    return [
        {
            # A group of choices has no id of its own in its label.
            "target": "" if name == NON_FIELD_ERRORS else form[name].id_for_label or f"id_{name}",
            "text": text if times[text] == 1 else f"{form[name].label}: {text}",
        }
        for name, text in found
    ]

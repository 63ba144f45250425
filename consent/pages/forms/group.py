"""What the groups of terms in a form have in common."""

from django import forms


class TermGroup(forms.Form):
    """A part of the form of an answer. Its fields need nothing filled in: what is empty is no condition."""

    def choose_from(self, name: str, choices: list[tuple[str, str]]) -> None:
        """Give a field its choices; one without any is not asked."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        if not choices:
            del self.fields[name]

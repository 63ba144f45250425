"""`/oversight/findings/rules/`: what is searched for in an organisation, and how it is tuned."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from audit.pages.access import auditor_page
from audit.patterns.in_force import RuleInForce, rules_in_force
from audit.people import Viewer, people
from audit.services.pattern_rules import RuleNotFound, change_rule, oversees


class RuleForm(forms.Form):
    """The values of one rule, each within its bounds, and whether it is searched by at all."""

    on = forms.BooleanField(required=False, label=gettext_lazy("Search for this"))

    def __init__(self, rule: RuleInForce, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, prefix=rule.kind.name, initial={"on": rule.on, **rule.values})
        for name, parameter in rule.kind.parameters.items():
            self.fields[name] = forms.IntegerField(
                label=str(parameter.title),
                min_value=parameter.lowest,
                max_value=parameter.highest,
                help_text=_("From %(lowest)d to %(highest)d; usual is %(usual)d.")
                % {"lowest": parameter.lowest, "highest": parameter.highest, "usual": parameter.usual},
                widget=forms.NumberInput(attrs={"class": "utrecht-textbox utrecht-textbox--html-input"}),
            )

    @property
    def numbers(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "on"]


@require_http_methods(["GET", "HEAD", "POST"])
@auditor_page
def rules(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Show the rules of an organisation that the viewer oversees; a POST changes one of them."""
    organisation = request.GET.get("organisation") or viewer.organisation
    if not oversees(viewer, organisation):
        raise RuleNotFound(_("There is no such rule, or it is not yours to change."))
    in_force = rules_in_force([organisation])[organisation]
    forms_of = {rule.kind.name: RuleForm(rule) for rule in in_force}
    status = 200
    if request.method == "POST":
        rule = next((one for one in in_force if one.kind.name == request.POST.get("kind")), None)
        if rule is None:
            raise RuleNotFound(_("There is no such rule, or it is not yours to change."))
        form = forms_of[rule.kind.name] = RuleForm(rule, request.POST)
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in rule.kind.parameters}
            change_rule(
                viewer=viewer,
                organisation=organisation,
                kind=rule.kind.name,
                on=form.cleaned_data["on"],
                values=values,
            )
            messages.success(request, _("The rule was changed. It holds for what comes into the log from now on."))
            return redirect(f"{reverse('oversight-rules')}?organisation={organisation}")
        status = 400
    overseen = viewer.organisations or frozenset({viewer.organisation})
    names = people().organisation_names(overseen | {organisation})
    changers = people().account_names({rule.changed_by for rule in in_force if rule.changed_by})
    context = {
        "organisation": organisation,
        "organisation_name": names.get(organisation, organisation),
        "others": [(oin, names.get(oin, oin)) for oin in sorted(overseen - {organisation})],
        "rules": [
            {
                "rule": rule,
                "form": forms_of[rule.kind.name],
                "changed_by": changers.get(rule.changed_by, "") if rule.changed_by else "",
            }
            for rule in in_force
        ],
    }
    return render(request, "audit/rules.html", context, status=status)

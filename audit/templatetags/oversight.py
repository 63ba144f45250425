from typing import Any

from django import template
from django.template.context import Context

from audit.pages.sections import SECTIONS, current_section

register = template.Library()


@register.inclusion_tag("audit/sections.html", takes_context=True)
def oversight_sections(context: Context) -> dict[str, Any]:
    """Draw the menu of `/oversight/`, with the part that this page lies in marked."""
    path = context["request"].path
    return {"sections": SECTIONS, "current": current_section(path), "path": path}

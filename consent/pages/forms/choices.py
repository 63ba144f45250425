"""What there is to choose from in an answer to one purpose version."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from consent.models import Area, Consent, Organisation, PurposeVersion
from consent.pages.forms.days import last_day, last_whole_day
from consent.services.bounds import bounds


@dataclass(frozen=True, slots=True)
class AreaChoice:
    """A neighbourhood by its name, as the H3 cells that it consists of."""

    slug: str
    title: str
    cells: frozenset[str]


@dataclass(frozen=True, slots=True)
class DepartmentChoice:
    """A department of a recipient. The value is `<OIN> <department>`."""

    oin: str
    organisation: str
    department: str
    title: str

    @property
    def value(self) -> str:
        return f"{self.oin} {self.department}"


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """A question that is answered with yes or no in the place of a field. The value is `<field> <derivation>`."""

    field: str
    field_title: str
    derivation: str
    question: str

    @property
    def value(self) -> str:
        return f"{self.field} {self.derivation}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerChoices:
    """Everything that may be chosen: `fields` are {name, title, required}, `recipients` {oin, name}."""

    fields: tuple[Mapping[str, Any], ...]
    recipients: tuple[Mapping[str, Any], ...]
    first_day: date
    last_day: date
    most_uses: int | None
    departments: tuple[DepartmentChoice, ...] = ()
    areas: tuple[AreaChoice, ...] = ()
    answers: tuple[AnswerChoice, ...] = ()
    longest_keep_days: int | None = None

    @property
    def required_fields(self) -> list[str]:
        return [field["name"] for field in self.fields if field["required"]]

    def within(self, consent: Consent) -> "AnswerChoices":
        """Return what is left to choose from for who has given `consent` and wants to share less."""
        conditions = consent.conditions
        oins = {one["oin"] for one in conditions["recipients"]}
        every_department = {one["oin"] for one in conditions["recipients"] if "department" not in one}
        departments = {(one["oin"], one.get("department", "")) for one in conditions["recipients"]}
        cells = frozenset(conditions.get("area", ()))
        last = self.last_day if consent.ends_at is None else min(self.last_day, last_whole_day(consent.ends_at))
        return replace(
            self,
            fields=tuple(field for field in self.fields if field["name"] in conditions["fields"]),
            recipients=tuple(one for one in self.recipients if one["oin"] in oins),
            last_day=last,
            most_uses=conditions.get("uses", self.most_uses),
            departments=tuple(
                one
                for one in self.departments
                if one.oin in every_department or (one.oin, one.department) in departments
            ),
            areas=tuple(one for one in self.areas if not cells or one.cells <= cells),
            answers=tuple(
                one
                for one in self.answers
                if one.field in conditions["fields"] and one.field not in conditions.get("answerOnly", {})
            ),
        )


def answer_choices(
    version: PurposeVersion, shown: Mapping[str, Any], *, language: str, now: datetime, latest_end: datetime | None
) -> AnswerChoices:
    """Return the choices that `version` leaves, in `language`; `shown` is its notice.

    `latest_end` is that of the mandate of who chooses. `version` has its purpose loaded.
    """
    allowed = bounds(version, now, latest_end=latest_end)
    return AnswerChoices(
        fields=tuple(shown["fields"]),
        recipients=tuple(shown["recipients"]),
        first_day=timezone.localdate(now),
        last_day=last_day(now, version.longest_validity_days, allowed.latest_end),
        most_uses=version.most_uses,
        departments=_departments(shown, language),
        areas=area_choices(version.purpose.organisation.areas.all(), language),
        answers=_answers(version, allowed.answers, allowed.answers_only, language),
        longest_keep_days=allowed.longest_keep.days,
    )


def area_choices(areas: Iterable[Area], language: str) -> tuple[AreaChoice, ...]:
    """Return areas as choices, by name in `language` or else in Dutch."""
    found = (
        AreaChoice(area.slug, area.title.get(language) or area.title["nl"], frozenset(area.cells)) for area in areas
    )
    return tuple(sorted(found, key=lambda one: one.title))


def _departments(shown: Mapping[str, Any], language: str) -> tuple[DepartmentChoice, ...]:
    """Return the departments of the recipients, in the order of those."""
    oins = [one["oin"] for one in shown["recipients"]]
    departments = dict(Organisation.objects.filter(oin__in=oins).values_list("oin", "departments"))
    return tuple(
        DepartmentChoice(recipient["oin"], recipient["name"], one["name"], department_title(one, language))
        for recipient in shown["recipients"]
        for one in departments.get(recipient["oin"], ())
    )


def department_title(department: Mapping[str, Any], language: str) -> str:
    """Return what a department is called in `language`, or else in Dutch."""
    titles = department["title"]
    return str(titles.get(language) or titles["nl"])


def _answers(
    version: PurposeVersion,
    allowed: Mapping[str, frozenset[str]],
    asked: Mapping[str, str],
    language: str,
) -> tuple[AnswerChoice, ...]:
    """Return the questions for the fields of which the purpose itself does not ask an answer only."""
    found = []
    for field in version.fields.all():
        for derivation in sorted(allowed.get(field.name, ())):
            if field.name in asked:
                continue
            titles = field.dataset_version.derivation(derivation)["title"]
            found.append(
                AnswerChoice(
                    field=field.name,
                    field_title=field.title(language),
                    derivation=derivation,
                    question=titles.get(language) or titles["nl"],
                )
            )
    return tuple(found)

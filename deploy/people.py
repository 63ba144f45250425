"""What the audit log is told of people: who looks at it, and the names behind its codes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import get_language, override

from audit.people import ANONYMOUS, Pair, Relation, Viewer
from consent import contest_words
from consent.models import Account, Citizen, DatasetVersion, Member, Organisation, Purpose, PurposeVersion, Role
from consent.pages.mandate_words import who_acted
from consent.pages.timeline import field_titles, reasons
from consent.pages.words import REASONS, ROLES
from consent.system import System
from deploy.relations import relations

READS_ENTRIES = frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER})


class People:
    """The implementation of `audit.people.People` over the accounts, organisations and purposes of consent."""

    def viewer(self, request: HttpRequest) -> Viewer:
        """Tell who is asking; of all that someone may be, what sees least of other people comes first."""
        caller: object = request.user
        if isinstance(caller, System):
            return _viewer_of_system(caller)
        if not isinstance(caller, Account):
            return ANONYMOUS
        subject = Citizen.objects.filter(account=caller).values_list("log_subject", flat=True).first()
        if subject:
            return Viewer(kind="subject", subject=subject)
        members = list(Member.objects.of_account(caller).order_by("id"))
        auditing = [member for member in members if member.role in READS_ENTRIES]
        if not members:
            return Viewer(kind="staff")
        acting = (auditing or members)[0]
        return Viewer(
            kind="auditor" if auditing else "staff",
            organisations=frozenset(member.organisation.oin for member in auditing),
            privacy_officer_of=frozenset(
                member.organisation.oin for member in members if member.role == Role.PRIVACY_OFFICER
            ),
            organisation=acting.organisation.oin,
            role=acting.role,
            department=acting.department,
            user_sealed=bytes(acting.sealed_name),
            person=str(caller.pk),
        )

    def organisation_names(self, oins: Collection[str]) -> Mapping[str, str]:
        return dict(Organisation.objects.filter(oin__in=oins).values_list("oin", "name"))

    def purpose_titles(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        language = get_language() or "nl"
        versions = PurposeVersion.objects.filter(pk__in=version_ids).only("texts")
        return {version.pk: version.text(language)["title"] for version in versions}

    def processing_activities(self, version_ids: Collection[UUID]) -> Mapping[UUID, str]:
        versions = PurposeVersion.objects.filter(pk__in=version_ids) if version_ids else PurposeVersion.objects.none()
        return {pk: uri for pk, uri in versions.values_list("pk", "processing_activity") if uri}

    def purpose_choices(self) -> Mapping[str, str]:
        language = get_language() or "nl"
        purposes = Purpose.objects.exclude(current_version=None).select_related("current_version")
        return {one.slug: one.current_version.text(language)["title"] for one in purposes if one.current_version}

    def role_choices(self) -> Mapping[str, str]:
        return {role: str(title) for role, title in ROLES.items()}

    def role_titles(self, roles: Collection[str]) -> Mapping[str, str]:
        return {role: str(ROLES[role]) for role in roles if role in ROLES}

    def field_titles(self, version_ids: Collection[UUID]) -> Mapping[str, str]:
        return field_titles(version_ids) if version_ids else {}

    def dataset_titles(self, slugs: Collection[str]) -> Mapping[str, str]:
        language = get_language() or "nl"
        # Oldest first, so that the newest title of each stays.
        versions = DatasetVersion.objects.filter(dataset__slug__in=slugs).order_by("number")
        named = versions.values_list("dataset__slug", "title") if slugs else []
        return {slug: title.get(language) or title["nl"] for slug, title in named}

    def who_acted(self, references: Collection[str]) -> Mapping[str, str]:
        return who_acted(references)

    def reason_titles(self, codes: Collection[str]) -> Mapping[str, str]:
        return {code: str(REASONS[code]) for code in codes if code in REASONS}

    def account_names(self, accounts: Collection[UUID]) -> Mapping[UUID, str]:
        return dict(Account.objects.filter(pk__in=accounts).values_list("pk", "display_name"))

    def relations(self, pairs: Collection[Pair], organisation: str) -> Mapping[Pair, Relation]:
        return relations(pairs, organisation)

    def sentences(
        self, verdicts: Sequence[Mapping[str, Any]], language: str, field_titles: Mapping[str, str]
    ) -> Sequence[str]:
        with override(language):
            return [reason.sentence for reason in reasons(verdicts, field_titles)]

    def seal_words(self, subject: str, label: str, words: str) -> bytes:
        return contest_words.seal_words(subject, label, words)

    def open_words(self, subject: str, sealed: Mapping[str, bytes]) -> Mapping[str, str]:
        return contest_words.open_words(subject, sealed)


def _viewer_of_system(system: System) -> Viewer:
    """A system sees its own organisation's entries, and those only with the scope and in a role for it.

    A system that asks for data would learn from them who was asked too and who said no.
    """
    reads = "entries:read" in system.scopes and system.actor.role in READS_ENTRIES
    return Viewer(
        kind="organisation" if reads else "staff",
        organisations=frozenset({system.actor.oin}) if reads else frozenset(),
        organisation=system.actor.oin,
        role=system.actor.role,
        department=system.actor.department,
        user_sealed=system.actor.sealed_name,
    )

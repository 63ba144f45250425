import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.errors import DomainError
from consent.models import Account, Organisation, PurposeVersion
from consent.purpose_file.adopt import adopt_purpose
from consent.purpose_file.read import read_purpose_file
from consent.purpose_file.write import purpose_file


class Command(BaseCommand):
    help = "Export a published purpose as a signed file, or import one of another organisation as a draft."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        export = what.add_parser("export", help="write the signed file to the terminal")
        export.add_argument("slug")
        export.add_argument("--version", type=int, dest="number", help="the number; else the version in force")
        adopt = what.add_parser("import", help="store a file as a draft")
        adopt.add_argument("file", type=Path)
        adopt.add_argument("--keys", type=Path, required=True, help="the exporter's /receipts/keys.json")
        adopt.add_argument("--organisation", required=True, help="the OIN of who adopts it")
        adopt.add_argument("--author", required=True, help="the subject of the purpose editor who takes it on")
        adopt.add_argument("--slug", default="", help="another name for it here")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["what"] == "export":
                self.stdout.write(purpose_file(_published(options["slug"], options["number"])))
            else:
                self._import(options)
        except DomainError as error:
            faults = [f"{fault.pointer}: {fault.detail}" for fault in error.errors]
            said = [str(error.detail)] if error.detail else []
            raise CommandError(" ".join([f"{error.title}:", *said, *faults])) from error

    def _import(self, options: dict[str, Any]) -> None:
        try:
            text = options["file"].read_text(encoding="utf-8")
            keys = json.loads(options["keys"].read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CommandError(f"A file cannot be read: {error}") from error
        organisation = Organisation.objects.filter(oin=options["organisation"]).first()
        author = Account.objects.filter(subject=options["author"]).first()
        if organisation is None or author is None:
            raise CommandError("There is no such organisation or author here.")
        version = adopt_purpose(
            author=author, organisation=organisation, content=read_purpose_file(text, keys), slug=options["slug"]
        )
        self.stdout.write(
            f"{version.purpose.slug} version {version.number} is a draft, without impact assessment or review."
        )


def _published(slug: str, number: int | None) -> PurposeVersion:
    versions = PurposeVersion.objects.filter(purpose__slug=slug, state=PurposeVersion.State.PUBLISHED).select_related(
        "purpose__organisation"
    )
    version = (versions.filter(number=number) if number else versions.order_by("-number")).first()
    if version is None:
        raise CommandError(f"No such version of {slug} has been published.")
    return version

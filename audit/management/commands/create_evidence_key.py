from audit.evidence.evidence_key import create_evidence_key
from audit.management.create_key import CreateKeyCommand, KeyFile


class Command(CreateKeyCommand):
    help = "Generate the key that seals evidence bundles. Never overwrites one."
    key = KeyFile("EVIDENCE_KEY_FILE", signed="bundle", create=create_evidence_key)

from audit.management.create_key import CreateKeyCommand, KeyFile
from consent.receipts.signing_key import create_key_file, rotate_key_file


class Command(CreateKeyCommand):
    help = "Generate the key that signs receipts; with --rotate the next one. Receipts stay valid under older keys."
    key = KeyFile(
        "RECEIPT_SIGNING_KEY_FILE",
        signed="receipt",
        create=lambda file: create_key_file(file).thumbprint(),
        rotate=lambda file: rotate_key_file(file).thumbprint(),
    )

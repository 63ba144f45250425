from audit.management.create_key import CreateKeyCommand, KeyFile
from audit.signing.promise_key import create_promise_key_files, rotate_promise_key_files


class Command(CreateKeyCommand):
    help = "Generate the key that signs promises; with --rotate the next one. Older promises stay verifiable."
    key = KeyFile(
        "LOG_PROMISE_KEY_FILE", signed="promise", create=create_promise_key_files, rotate=rotate_promise_key_files
    )

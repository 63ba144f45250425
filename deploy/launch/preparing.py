"""Make a trial's database, keys, demonstration and static files, in one process with all of Django loaded once."""

from django.core.management import call_command

from deploy.starting import start


def main() -> None:
    start()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("create_log_key", "--if-missing", verbosity=0)
    call_command("create_promise_key", "--if-missing", verbosity=0)
    call_command("create_receipt_key", "--if-missing", verbosity=0)
    call_command("create_evidence_key", "--if-missing", verbosity=0)
    call_command("keys", "start", verbosity=0)
    call_command("load_demonstration", verbosity=1)
    call_command("collectstatic", verbosity=0, interactive=False, clear=True)


if __name__ == "__main__":
    main()

"""Where the epoch keys live, from the environment to settings. Each service has settings of its own, and needs them."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deploy.environment import Environment

KINDS = ("file", "pkcs11", "transit")


@dataclass(frozen=True, slots=True)
class KeyServiceSettings:
    """What the key service `kind` reads; the settings of the others are empty."""

    kind: str
    timeout: timedelta
    folder: Path = Path()
    pkcs11_module: Path = Path()
    pkcs11_token: str = ""
    pkcs11_pin: str = ""
    transit_address: str = ""
    transit_token: str = ""
    transit_token_file: Path | None = None
    transit_mount: str = ""
    transit_namespace: str = ""


def key_service(environment: Environment) -> KeyServiceSettings:
    """Read KEY_SERVICE and what it needs; raise SettingError for what is missing or wrong."""
    kind = environment.choice("KEY_SERVICE", "where the epoch keys live", among=KINDS, default="file")
    timeout = environment.duration(
        "KEY_SERVICE_TIMEOUT",
        "how long one answer of the key service may take",
        default=timedelta(seconds=5),
        most=timedelta(minutes=1),
    )
    if kind == "file":
        return KeyServiceSettings(
            kind, timeout, folder=environment.path("KEY_SERVICE_FOLDER", "the folder of the epoch keys")
        )
    if kind == "pkcs11":
        return KeyServiceSettings(
            kind,
            timeout,
            pkcs11_module=environment.path("PKCS11_MODULE", "the PKCS#11 module of the token's maker, a .so file"),
            pkcs11_token=environment.text("PKCS11_TOKEN", "the label of the token"),
            pkcs11_pin=environment.text("PKCS11_PIN", "the PIN of the token's user"),
        )
    return KeyServiceSettings(
        kind,
        timeout,
        transit_address=environment.url(
            "TRANSIT_ADDRESS", "the address of OpenBao or Vault", schemes=("https", "http")
        ).rstrip("/"),
        transit_token=environment.text("TRANSIT_TOKEN", "the token that we show there"),
        transit_token_file=_token_file(environment),
        transit_mount=environment.text("TRANSIT_MOUNT", "where the transit engine is mounted", default="transit"),
        transit_namespace=environment.text("TRANSIT_NAMESPACE", "the namespace of the mount", default=""),
    )


def _token_file(environment: Environment) -> Path | None:
    """Return the file that the token is read from anew when it is refused, if it stands in one."""
    file = environment.variables.get("TRANSIT_TOKEN_FILE", "").strip()
    return Path(file) if file else None

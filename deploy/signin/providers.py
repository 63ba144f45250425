"""Which identity providers there are, read from the environment."""

from typing import Any

from deploy.environment import Environment
from deploy.signin.assurance import SUBSTANTIAL

BSN_CLAIM = "urn:nl-eid-gdi:1.0:id:BSN"


def configured(environment: Environment) -> list[dict[str, Any]]:
    """Give allauth's APPS: one for citizens, one for staff, each only if its issuer is set."""
    apps = []
    for provider_id, name in (("citizens", "OIDC_CITIZENS"), ("staff", "OIDC_STAFF")):
        issuer = environment.url(
            f"{name}_ISSUER", "the address of the identity provider", schemes=("https", "http"), default=""
        )
        if issuer:
            apps.append(
                {
                    "provider_id": provider_id,
                    "name": provider_id,
                    "client_id": environment.text(f"{name}_CLIENT_ID", "our name at the identity provider"),
                    "secret": "",
                    "settings": {
                        "server_url": issuer,
                        "client_key_file": str(
                            environment.path(
                                f"{name}_CLIENT_KEY_FILE", "the PEM file of the key that we show ourselves with"
                            )
                        ),
                        "acr": environment.text(
                            f"{name}_ACR", "the level of assurance to ask for", default=SUBSTANTIAL
                        ),
                        "bsn_claim": environment.text(
                            f"{name}_BSN_CLAIM", "the claim with the citizen service number", default=BSN_CLAIM
                        ),
                        "scope": ["openid", "profile"] if provider_id == "staff" else ["openid"],
                    },
                }
            )
    return apps

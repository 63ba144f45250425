"""Which scopes a system can have: those of its role, and no others (RFC 6749 section 3.3)."""

from typing import Any

from oauth2_provider.scopes import SettingsScopes

from consent.models.member import Role

SCOPES_OF_ROLE: dict[str, tuple[str, ...]] = {
    Role.REQUESTER: ("purposes:read", "consents:read", "requests:write", "releases:write"),
    # The log tells who was asked and who said no, so who asks for data does not read it (promise 7).
    Role.AUDITOR: ("purposes:read", "entries:read"),
    Role.PRIVACY_OFFICER: ("purposes:read", "entries:read"),
}


class RoleScopes(SettingsScopes):
    """The scopes backend of the token endpoint."""

    def get_available_scopes(self, application: Any = None, *args: Any, **kwargs: Any) -> list[str]:
        return list(SCOPES_OF_ROLE.get(getattr(application, "role", ""), ()))

"""Identity providers, sessions and cookies of people, tokens of systems."""

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from deploy.settings.given import environment
from deploy.settings.service import HTTPS
from deploy.signin import providers

AUTH_USER_MODEL = "consent.Account"
# No model backend: nobody has a password here.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
IDENTITY_PROVIDERS = providers.configured(environment)
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {"provider_class": "deploy.signin.provider.Provider", "APPS": IDENTITY_PROVIDERS}
}
SOCIALACCOUNT_ADAPTER = "deploy.signin.adapter.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = True
# An account has a subject at its provider, and neither a user name nor an address here.
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_LOGIN_METHODS: set[str] = set()
# Nobody signs up by a form; an empty list would bring back allauth's own fields.
ACCOUNT_SIGNUP_FIELDS = ["email"]
ACCOUNT_EMAIL_VERIFICATION = "none"
# It wants a login method among those fields.
SILENCED_SYSTEM_CHECKS = ["account.W001"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

SESSION_ENGINE = "django.contrib.sessions.backends.db"
# OWASP ASVS 5.0 V7.3.1 and V7.3.2; `deploy/middleware/sessions.py` holds both.
SESSION_IDLE = timedelta(minutes=30)
SESSION_LONGEST = timedelta(hours=12)
SESSION_COOKIE_AGE = int(SESSION_IDLE.total_seconds())
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "deploy.problems.csrf_failure"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

OAUTH2_PROVIDER_APPLICATION_MODEL = "consent.Client"
OAUTH2_PROVIDER = {
    "SCOPES": {
        "purposes:read": _("Read purposes"),
        "consents:read": _("Read the state of consents"),
        "requests:write": _("Ask for data"),
        "releases:write": _("Receive data"),
        "entries:read": _("Read entries of the log"),
    },
    "DEFAULT_SCOPES": [],
    "SCOPES_BACKEND_CLASS": "consent.scopes.RoleScopes",
    "ACCESS_TOKEN_EXPIRE_SECONDS": 600,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "PKCE_REQUIRED": True,
}

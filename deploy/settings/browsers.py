"""What browsers are told: headers, and what a page may load."""

from urllib.parse import urlsplit

from deploy.settings.given import environment
from deploy.settings.service import HTTPS, PROXY_TELLS_HTTPS
from deploy.settings.signing_in import IDENTITY_PROVIDERS

# Where the quick way out of quiet mode goes: a page that nobody asks about.
QUICK_EXIT_URL = environment.url(
    "QUICK_EXIT_URL", "the page that the quick way out leads to", default="https://www.buienradar.nl/"
)
if PROXY_TELLS_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS
# Machines inside ask for health over plain http.
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_CONTENT_TYPE_NOSNIFF = True
# Not `no-referrer`: it empties the Origin header of our own forms, by which Django tells them from another site's.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'"],
        "connect-src": ["'self'"],
        # Browsers hold the redirect of a form against this too, and the sign-in form ends at the provider.
        "form-action": [
            "'self'",
            *sorted({_origin(app["settings"]["server_url"]) for app in IDENTITY_PROVIDERS}),
            # The quick way out is a form too, and its answer leads there.
            _origin(QUICK_EXIT_URL),
        ],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

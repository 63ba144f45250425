"""Language, time and the look of the pages."""

from deploy.settings.given import environment
from deploy.settings.service import VAR

LANGUAGE_CODE = "nl"
LANGUAGES = [("nl", "Nederlands"), ("en", "English")]
USE_I18N = True
FORMAT_MODULE_PATH = ["deploy.formats"]
TIME_ZONE = "Europe/Amsterdam"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_PACKAGES = environment.path(
    "STATIC_PACKAGES", "the folder of what set-up brought in from npm", default=VAR / "static-packages"
)
STATICFILES_DIRS = [STATIC_PACKAGES] if STATIC_PACKAGES.is_dir() else []
STORAGES = {
    # Nothing is kept by Django itself: what citizens add lies sealed in FILE_STORAGE_URL.
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
THEME_CLASS = environment.text("THEME_CLASS", "the class of the theme on every page", default="voorbeeld-theme")
# Paths below STATIC_URL, in the order in which pages load them; those that are not there are left out.
THEME_STYLESHEETS = environment.texts(
    "THEME_STYLESHEETS",
    "the style sheets of the theme",
    default=(
        "packages/noto-sans/latin-400.css",
        "packages/noto-sans/latin-700.css",
        "packages/noto-serif/latin-700.css",
        "packages/voorbeeld-design-tokens/theme.css",
        "packages/utrecht-component-library/index.css",
    ),
)

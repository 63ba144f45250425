"""What belongs to no app: the front door, the language, signing in and out."""

from django.conf import settings
from django.urls import URLPattern, path
from django.views.i18n import set_language

from deploy.pages.accessibility import accessibility
from deploy.pages.home import home
from deploy.pages.sign_in import sign_in, sign_out

urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    # Dutch law looks for it under this name.
    path("toegankelijkheid", accessibility, name="accessibility"),
    path("language/", set_language, name="set_language"),
    path("sign-in/", sign_in, name="sign-in"),
    path("sign-out/", sign_out, name="sign-out"),
]

if settings.DEMONSTRATION:
    from deploy.demonstration.sign_in import sign_in_as

    urlpatterns.append(path("sign-in/demonstration/", sign_in_as, name="sign-in-as"))

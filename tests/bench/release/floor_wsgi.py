"""The floor as a WSGI application: Django with the service's database settings and nothing else."""

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from deploy import settings as service

settings.configure(
    ALLOWED_HOSTS=service.ALLOWED_HOSTS,
    DATABASES=service.DATABASES,
    ROOT_URLCONF="tests.bench.release.floor",
    SECRET_KEY=service.SECRET_KEY,
    MIDDLEWARE=[],
    USE_I18N=False,
    LOGGING_CONFIG=None,
)
django.setup()
application = WSGIHandler()

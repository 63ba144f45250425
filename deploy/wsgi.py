"""The web service for a WSGI server: `granian --interface wsgi deploy.wsgi:application`."""

from django.core.wsgi import get_wsgi_application

from deploy.starting import start

start()
application = get_wsgi_application()

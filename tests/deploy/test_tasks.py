"""What the service does by the clock: what ended is thrown away, and what still counts stays."""

from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.utils import timezone
from oauth2_provider.models import AccessToken

from deploy.celery import app
from deploy.tasks import remove_expired
from tests.api import token_for
from tests.cast import Cast


def test_expired_sessions_and_tokens_are_removed_and_no_others(cast: Cast) -> None:
    now = timezone.now()
    for key, expires in (("ended", now - timedelta(minutes=1)), ("running", now + timedelta(minutes=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    token_for(cast.police_system, lasts=-timedelta(minutes=1))
    token_for(cast.municipal_system)
    remove_expired()
    assert [session.session_key for session in Session.objects.all()] == ["running"]
    assert [token.application_id for token in AccessToken.objects.all()] == [cast.municipal_system.pk]


def test_every_task_of_the_clock_exists() -> None:
    app.loader.import_default_modules()
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert tasks <= set(app.tasks)
    assert "deploy.tasks.remove_expired" in tasks

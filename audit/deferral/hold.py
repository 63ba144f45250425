"""What is kept back from its citizen is not erased before the citizen can see it."""

from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from audit.retention.holds import Holder, register_holder


def _kept_back(now: datetime) -> Q:
    return Q(deferred_until__gt=now)


DEFERRAL = register_holder(Holder("deferral", _("Not shown to its resident yet"), _kept_back))

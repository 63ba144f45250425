"""What a citizen contests is not erased before it is answered."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from audit.models import Contest
from audit.retention.holds import Holder, register_holder


def _contested(now: datetime) -> Q:
    return Q(Exists(Contest.objects.going().filter(entry_id=OuterRef("entry_id"))))


CONTEST = register_holder(Holder("contest", _("Its resident said that it looks wrong"), _contested))

from django.db import models


class Publication(models.Model):
    """The checkpoint over `size` leaves was signed by enough witnesses, and is public from `at` on.

    A row of its own, because a checkpoint never changes. Only where a policy of witnesses is set: without one,
    everything that is signed is public.
    """

    size = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.size)

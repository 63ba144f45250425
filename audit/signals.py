"""What the log tells the apps above it."""

from django.dispatch import Signal

# The three have one argument: contest. The first two are sent inside the transaction of the change: its citizen is to
# be told, and a receiver that raises undoes it.
contest_answered = Signal()
contest_extended = Signal()
# It waits for the privacy officer of its organisation, who is to be told now, with `reminder` true when its last day
# is near. Sent outside any transaction; a receiver that raises is asked again later.
contest_waits = Signal()

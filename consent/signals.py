"""What consent tells the apps above it, always inside the transaction of the change itself."""

from django.dispatch import Signal

# Arguments: consent, consent_key (32 bytes). Each receiver returns the number of sealed copies that it made
# (zero is an answer: the citizen has filled in nothing). A receiver that raises undoes the grant.
consent_granted = Signal()

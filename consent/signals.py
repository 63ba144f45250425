"""What consent tells the apps above it, always inside the transaction of the change itself."""

from django.dispatch import Signal

# Arguments: consent, consent_key (32 bytes). Each receiver returns the number of sealed copies that it made
# (zero is an answer: the citizen has filled in nothing). A receiver that raises undoes the grant.
consent_granted = Signal()

# Arguments: consent (its terms narrowed already), old_key and new_key (32 bytes each). Each receiver returns the number
# of copies that it sealed anew with exactly the fields that are still shared. A receiver that raises undoes the change.
consent_narrowed = Signal()

# Arguments: consent (given again after a pause), consent_key (32 bytes), mandate (of who ended the pause for the
# citizen, or None). Each receiver returns whether it brought copies up to date. A receiver that raises undoes the
# change.
consent_resumed = Signal()

# Arguments: citizen, purpose_version, fields (full names), answers ({field: derivation}). Each receiver returns
# {field: value}, exactly what a recipient would see: a yes or no where there is an answer, and nothing for a field that
# is not filled in.
preview_asked = Signal()

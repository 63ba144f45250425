"""The only writers of this app: one transaction each."""

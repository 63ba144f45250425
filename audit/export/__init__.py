"""Entries as files for other programs: a room with one module a format, and one that knows them all (`formats`)."""

"""Evidence that stands on its own: entries with everything that a stranger needs to check them without us."""

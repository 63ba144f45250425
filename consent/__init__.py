"""Who may use what, for which purpose, on whose word, and the keys that this makes."""

"""Bringing the demonstration municipality into the database, by the services alone, and only what is not there."""

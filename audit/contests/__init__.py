"""Contests: a citizen says that a line of the log looks wrong, and gets an answer within a month."""

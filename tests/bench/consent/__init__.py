"""Decisions, and the citizen's and the public's pages; run by `deploy/bench consent`."""

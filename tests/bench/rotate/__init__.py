"""Rewrapping keys for a new epoch; run by `deploy/bench rotate`."""

"""Appending to the log while the sequencer runs; run by `deploy/bench audit`."""

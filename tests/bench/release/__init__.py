"""The release of one record; run by `deploy/bench release`."""

"""From one epoch to the next: start, rewrap what survives, empty the old, destroy its key in the key service.

Deleting a row is not shredding: old row versions, the write-ahead log and backups keep the wrap. They are useless from
the moment that the epoch key at the top of it is gone, and that moment is the erasure horizon.
"""

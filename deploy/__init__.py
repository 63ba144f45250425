"""Deelwijs as it is deployed: settings, start, pages and tools that know all the others."""

import gc

# A start makes some million objects that stay. With Python's own thresholds it is interrupted a thousand times to look
# for garbage among them, which takes a tenth of it.
gc.set_threshold(50_000, 20, 20)

"""The keys that a consent makes.

epoch key (in the key service) wraps purpose keys, a purpose key wraps consent keys, a consent key wraps the
data keys of what is sealed under it. What must be destroyable alone is random, never derived.
"""

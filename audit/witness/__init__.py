"""Witnesses: others who sign that they saw our log only grow, and we who sign it of theirs.

A log could show one tree to some and another to others, or forget what it signed. A witness remembers the newest tree
head that it saw, asks a proof that every next one extends it, and signs what it saw with the time (C2SP tlog-witness,
tlog-cosignature). A checkpoint is published when as many have signed it as the policy asks (C2SP tlog-policy).
"""

"""Proofs, pages and verification of a long log against a short one; run by `deploy/bench proofs`."""

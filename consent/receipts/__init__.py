"""Receipts: what was agreed or done, in a form that its holder keeps and that proves itself without this service."""

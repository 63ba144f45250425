"""Purposes: drafted, reviewed by a second person, published as a numbered version, retired."""

from consent.services.purposes.draft import AskedField, draft_purpose, revise_draft
from consent.services.purposes.publish import publish_purpose
from consent.services.purposes.retire import end_pilots, retire_purpose
from consent.services.purposes.review import ask_review, return_draft, sign_assessment

__all__ = [
    "AskedField",
    "ask_review",
    "draft_purpose",
    "end_pilots",
    "publish_purpose",
    "retire_purpose",
    "return_draft",
    "revise_draft",
    "sign_assessment",
]

"""The public register: every purpose for which data was ever asked, its text, its figures, and open data of it."""

from consent.pages.register.notice_context import notice_context
from consent.pages.register.open_data import data_csv, data_json
from consent.pages.register.overview import register
from consent.pages.register.processing_pages import processing, processing_csv, processing_json
from consent.pages.register.purpose import register_difference, register_purpose

__all__ = [
    "data_csv",
    "data_json",
    "notice_context",
    "processing",
    "processing_csv",
    "processing_json",
    "register",
    "register_difference",
    "register_purpose",
]

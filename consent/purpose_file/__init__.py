"""Purposes as portable signed files, so that one municipality adopts what works at another."""

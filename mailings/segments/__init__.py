"""Segments: a rule tree, compiled to one query."""

"""The mailings in the admin."""

from mailings.admin import mailings, series, topics

__all__ = ["mailings", "series", "topics"]

"""Public pages of the mailings."""

"""Public pages of the roll: application and signature, hand-over and confirmation of contacts."""

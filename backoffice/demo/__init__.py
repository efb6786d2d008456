"""An agency in full life, with invented people and organisations. The same seed, the same data."""

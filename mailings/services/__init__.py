"""Services of the mailings: one function per operation."""

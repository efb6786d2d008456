"""One archive of database and stored documents, and the way back."""

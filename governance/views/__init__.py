"""Public pages of elections: nothing here changes anything on GET."""

"""Whose calls these are: a context that follows the work, and the attributes that it stamps."""

"""Wire bytes to Arrow columns, per signal; no Python object per span."""

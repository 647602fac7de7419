"""The counting rules: which report of a call is counted, and what it takes from its relatives."""

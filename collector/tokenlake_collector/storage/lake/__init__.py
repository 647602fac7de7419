"""A ledger on DuckLake, which several collectors write: `storage/ledger.py` is the same for both engines."""

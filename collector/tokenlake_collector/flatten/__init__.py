"""Decoded records to rows: attributes into columns by the dialect tables, still without a loop per record."""

"""Sums by hour, kept beside the rows so that statistics of years need not read every row."""

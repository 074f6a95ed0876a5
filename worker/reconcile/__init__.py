"""Finds where Temporal and the record disagree about cases, and mends what can be mended."""

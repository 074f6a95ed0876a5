"""The record as a whole: verify it, and give it to others to verify."""

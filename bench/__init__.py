"""Measured side by side with what a user would write by hand: `python -m bench`, or `make bench`."""

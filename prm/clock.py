"""The day it is: asked in one place, so that what depends on it can be tried on another day."""

from __future__ import annotations

from datetime import date


def today() -> date:
    """The day by this machine's clock and time zone; what documents bear that are made now."""
    return date.today()

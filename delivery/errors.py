"""How a delivery can fail: not now, never like this, or not at all before a setting is put right."""

from __future__ import annotations

from prm.errors import PrmError


class NotNowError(PrmError):
    """It did not go, and may go later. is_of_receiver: whatever else is sent there would fail, too."""

    def __init__(self, message: str, *, is_of_receiver: bool = False):
        super().__init__(message)
        self.is_of_receiver = is_of_receiver


class NotEverError(PrmError):
    """It will not go like this, however often it is tried: somebody has to put something right."""

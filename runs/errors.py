"""What can go wrong with a run, beyond what every room knows."""

from __future__ import annotations

from prm.errors import PrmError, RefusedError


class NothingToCalculateError(RefusedError):
    """What a calculation needs is not there yet."""


class BuildError(PrmError):
    """A model failed; the message names it and the log."""


class LockedError(RefusedError):
    """Another run has the partition."""

"""Errors for people: what was wrong, where, and what would be right.

Every error that a user can cause is a `PrmError`. A command prints it as one line and exits non-zero;
`--debug` shows the traceback. Anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Where something is wrong: a file with a line and column, or a workbook's sheet and cell."""

    file: str
    line: int | None = None
    column: int | None = None
    sheet: str | None = None
    cell: str | None = None

    def __str__(self) -> str:
        if self.sheet or self.cell:
            return f"{self.file} [{'!'.join(part for part in (self.sheet, self.cell) if part)}]"
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)


class PrmError(Exception):
    """Base of all errors a user can cause.

    message: what is wrong, one sentence. where: its place, if it has one. hint: what would be right.
    """

    def __init__(self, message: str, *, where: Place | None = None, hint: str | None = None):
        self.message, self.where, self.hint = message, where, hint
        super().__init__(str(self))

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} {self.hint}" if self.hint else text


class SettingsError(PrmError):
    """A setting is missing or contradicts another."""


class RefusedError(PrmError):
    """The request is understood and refused: the state it needs does not hold."""


class NotFoundError(PrmError):
    """What the request names does not exist."""


class InvariantError(PrmError):
    """A calculation broke one of the rules that always hold; nothing was published."""


class StaleError(RefusedError):
    """A newer run has taken over the partition; this worker's write is refused by its fencing token."""

"""Errors for people: what was wrong, where, and what would be right.

Every error that a user can cause is a `PrmError`. A command prints it as one line and exits non-zero;
`--debug` shows the traceback. Anything else that escapes is a defect of ours.
"""

from __future__ import annotations

from dataclasses import dataclass

from prm.language import Language, Words


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

    message: what is wrong, one sentence. where: its place, if it has one. hint: what would be right. Text that is given
    in one language is English, and said in any.
    """

    is_list = False
    """Whether its text is a list, a line each, with a place of its own in every line."""

    def __init__(self, message: str | Words, *, where: Place | None = None, hint: str | Words | None = None):
        self.words, self.where = _in_both(message), where
        self.hint_words = _in_both(hint) if hint else None
        super().__init__(str(self))

    @property
    def message(self) -> str:
        """What is wrong, in English."""
        return self.words.en

    @property
    def hint(self) -> str | None:
        """What would be right, in English."""
        return self.hint_words.en if self.hint_words else None

    def text(self, language: Language) -> str:
        """`where: message hint`"""
        told = getattr(self.words, language)
        told = f"{self.where}: {told}" if self.where else told
        return f"{told} {getattr(self.hint_words, language)}" if self.hint_words else told

    def __str__(self) -> str:
        return self.text("en")


def _in_both(text: str | Words) -> Words:
    return Words(text, text) if isinstance(text, str) else text


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

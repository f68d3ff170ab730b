"""How wide columns are: as the form's layout relates them, but never narrower than what a column has to show."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from reports import fonts
from reports.cells import is_right
from reports.model import Column

_WIDEST = {
    "money": "-1 234 567 890,12", "number": "12 345 678", "quantity": "1 234 567,12", "share": "-1 000,00 %",
    "day": "28 Mar 2026",
}  # fmt: skip
"""What a column of a kind shows in one line."""
_A_CHARACTER = 1.15
"""Characters of a spreadsheet's column in a unit of a form's layout."""


def shared_out(columns: Sequence[Column], available: float, size: float, padding: float) -> list[float]:
    """The columns' widths, which add up to what is available; in points, as size (of the text) and padding are.

    A column gets its share, unless its numbers or the longest word of its title need more; then the others share what is
    left. Where all of them need more than there is, each gives as much of it.
    """
    fonts.register()
    least = [_least(column, size) + 2 * padding for column in columns]
    if sum(least) >= available:
        return [available * one / sum(least) for one in least]
    fixed: dict[int, float] = {}
    while True:
        of_others = sum(column.width for index, column in enumerate(columns) if index not in fixed)
        left = available - sum(fixed.values())
        shares = [fixed.get(index, left * column.width / of_others) for index, column in enumerate(columns)]
        narrow = [index for index, share in enumerate(shares) if index not in fixed and share < least[index]]
        if not narrow:
            return shares
        fixed |= {index: least[index] for index in narrow}


def in_characters(column: Column) -> float:
    """The width of a spreadsheet's column: its numbers are never `###`, and no word of its title is broken."""
    words = max(map(len, column.title.split()), default=0)
    return max(column.width * _A_CHARACTER, len(_WIDEST.get(column.kind, "")) + 3, words + 3.5)


def lines_across(text: str, columns: Sequence[Column], *, is_large: bool = False) -> int:
    """In how many lines a text stands over all columns of a spreadsheet. is_large: in the size of a title."""
    return lines_in(text, sum(map(in_characters, columns)) * (0.65 if is_large else 1))


def lines_in(text: str, characters: float) -> int:
    """In how many lines a text stands in a spreadsheet's cell so wide. Programs other than Excel do not find out themselves."""
    room = max(1, int(characters * 1.08))
    return 1 if len(text) <= room else len(textwrap.wrap(text, room))


def _least(column: Column, size: float) -> float:
    words = max((fonts.text_width(word, fonts.BOLD, size) for word in column.title.split()), default=0.0)
    if column.kind == "day" or is_right(column):
        return max(words, fonts.text_width(_WIDEST[column.kind], fonts.BOLD, size))
    return words

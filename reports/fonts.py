"""The font that documents embed: one with Cyrillic, registered once, and how wide its texts are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import font_roboto
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

REGULAR, BOLD = "PRM-Regular", "PRM-Bold"
FILES = {
    REGULAR: Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf",
    BOLD: Path(font_roboto.__file__).parent / "files" / "Roboto-Bold.ttf",
}


def register() -> None:
    """Makes the fonts known to ReportLab; a second time does nothing."""
    if REGULAR not in pdfmetrics.getRegisteredFontNames():
        for name, path in FILES.items():
            pdfmetrics.registerFont(TTFont(name, str(path)))
        text_width.cache_clear()


@lru_cache(maxsize=50_000)
def text_width(text: str, font: str, size: float) -> float:
    """The width of a text in points."""
    return pdfmetrics.stringWidth(text, font, size)


def wrapped(text: str, font: str, size: float, width: float, most: int) -> list[str]:
    """The text in lines of at most a width; what does not fit into `most` lines ends with an ellipsis."""
    if text_width(text, font, size) <= width:
        return [text]
    lines, line = [], ""
    for word in text.split():
        while text_width(word, font, size) > width:  # a word longer than the line is broken
            cut = max(1, next(n for n in range(1, len(word) + 1) if text_width(word[:n], font, size) > width) - 1)
            if line:
                lines.append(line)
                line = ""
            lines.append(word[:cut])
            word = word[cut:]
        candidate = f"{line} {word}".strip()
        if text_width(candidate, font, size) <= width:
            line = candidate
        else:
            lines.append(line)
            line = word
    if line:
        lines.append(line)
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(f"{last}…", font, size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], f"{last}…"]
    return lines

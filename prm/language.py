"""A text in both languages: what is said to people, wherever it comes from, errors included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Language = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")


@dataclass(frozen=True)
class Words:
    """One text in both languages; `{name}` places are filled in by `text`."""

    en: str
    ru: str

    def text(self, language: Language, **values: object) -> str:
        """The text in a language with its places filled in."""
        return getattr(self, language).format(**values)

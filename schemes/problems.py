"""What is wrong with a draft: a place, a sentence and what would be right, in both languages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from prm.errors import Place, PrmError
from prm.words import LANGUAGES, Language, Words


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a scheme file."""

    where: Place
    message: Words
    hint: Words | None = None

    def text(self, language: Language) -> str:
        """`file:line:column: message hint`"""
        hint = f" {getattr(self.hint, language)}" if self.hint else ""
        return f"{self.where}: {getattr(self.message, language)}{hint}"


class SchemeError(PrmError):
    """A scheme file with problems; `problems` holds them all, in the order of the file."""

    is_list = True

    def __init__(self, problems: list[Problem]):
        self.problems = problems
        ru, en = ("\n".join(problem.text(language) for problem in problems) for language in LANGUAGES)
        super().__init__(Words(en=en, ru=ru))


_LOOK_ALIKES = str.maketrans("АВЕКМНОРСТХаеорсух", "ABEKMHOPCTXaeopcyx")


def in_latin(name: str) -> str:
    """A name with the Russian letters that look like Latin ones replaced by these."""
    return name.translate(_LOOK_ALIKES)


def nearest(name: str, known: Iterable[str]) -> Words:
    """A hint for an unknown name: the nearest known one, or all of them where none is near."""
    known = sorted(known)
    latin = in_latin(name)
    if latin != name and latin in known:
        return Words(
            en=f"It has Russian letters in it: write '{latin}' in Latin ones.",
            ru=f"В нём есть русские буквы: напишите «{latin}» латинскими.",
        )
    close = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.6)
    if close:
        return Words(en=f"Did you mean '{close[0]}'?", ru=f"Возможно, имелось в виду «{close[0]}»?")
    listed = ", ".join(known)
    return Words(en=f"Accepted: {listed}.", ru=f"Допустимо: {listed}.")

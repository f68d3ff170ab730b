"""How a scheme stands in a workbook: its sheets and their columns, made from the shape of the language.

A sheet of settings has a row a key; a sheet of parts has a row a name; what a part has several of (dated values, rows of
tables, tiers) stands on a sheet of its own, with the part's name in the first column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from prm.words import Words
from schemes.shape import Key, shape

NAME, FROM, KEY = "name", "from", "key"
"""Columns that no key of the language stands for: the name of a part, the first day of a value, a key of a table's row."""
KEYS_OFFERED = 4
"""How many columns for keys the template has; a workbook may have more."""
INSTRUCTIONS = Words(en="Instructions", ru="Как заполнять")
EXPLANATION = Words(en="explanation", ru="пояснение")
"""Of the sheet of settings: a column for people, which is not read."""
SETTING, SET_TO = Words(en="setting", ru="параметр"), Words(en="value", ru="значение")

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Column:
    """A column of a sheet (of the settings: a row): where its cells stand in a part, and what they hold.

    kind: as a key's; `name` of a part; `count`: the one word `count`.
    """

    path: Path
    kind: str
    title: Words
    about: Words
    key: Key | None = None
    refers: str | None = None
    is_required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """A sheet. section: the scheme's section that its names stand in. holds: what of a part its rows are, if not the
    part itself: `values`, `rows`, `tiers` or `steps`."""

    title: Words
    columns: tuple[Column, ...]
    section: str = ""
    holds: str = ""

    def column(self, header: str) -> Column | None:
        """The column of a header in either language."""
        wanted = _plain(header)
        if self.holds == "rows" and (found := re.fullmatch(r"(?:key|ключ) (\d+)", wanted)):
            return key_column(int(found[1]))
        return next((of for of in self.columns if wanted in (_plain(of.title.en), _plain(of.title.ru))), None)


@cache
def sheets() -> tuple[Sheet, ...]:
    """Every sheet, in order."""
    found = [Sheet(Words(en="Scheme", ru="Схема"), tuple(_settings()))]
    for section, key in shape().parts["scheme"].items():
        if key.kind != "parts" or key.of is None:
            continue
        of_part = shape().parts[key.of]
        variants = shape().variants.get(key.of, {})
        columns = [column for of in of_part.values() for column in _columns(of, is_choice=bool(variants))]
        found.append(Sheet(key.title, (_name(_NAMED, None), *columns), section))
        for of in of_part.values():
            if of.kind == "dated":
                dated = [column for one in shape().parts["dated_value"].values() for column in _columns(one)]
                found.append(Sheet(of.title, (_name(_TERM, section), _FROM_REQUIRED, *dated), section, "values"))
            elif of.kind == "rows":
                dated = [column for one in shape().parts["dated_value"].values() for column in _columns(one)]
                by_key = [key_column(number) for number in range(1, KEYS_OFFERED + 1)]
                found.append(Sheet(of.title, (_name(_TABLE, section), *by_key, _FROM, *dated), section, "rows"))
        if any(of.kind == "pay" for of in of_part.values()):
            tiers, step = shape().parts["tiers"], shape().parts["step"]
            settings = [column for of in tiers.values() for column in _columns(of)]
            found.append(Sheet(_TIERS, (_name(_COMPONENT, section), *settings), section, "tiers"))
            steps = [column for of in step.values() for column in _columns(of)]
            found.append(Sheet(tiers["steps"].title, (_name(_COMPONENT, section), *steps), section, "steps"))
    return tuple(found)


def sheet_of(section: str, holds: str = "") -> Sheet:
    """The sheet of a section, or of what its parts hold."""
    return next(of for of in sheets() if (of.section, of.holds) == (section, holds))


def sheet_named(name: str) -> Sheet | None:
    """The sheet of a title in either language."""
    return next((of for of in sheets() if is_titled(of.title, name)), None)


def is_titled(title: Words, name: str) -> bool:
    """Whether a name is a title in either language; case, spaces and underscores don't matter."""
    return _plain(name) in (_plain(title.en), _plain(title.ru))


def key_column(number: int) -> Column:
    """The column of a table's key, counted from 1."""
    return Column(
        (KEY, number), "text", Words(en=f"key {number}", ru=f"ключ {number}"),
        Words(
            en=f"The text of the table's key {number}, in the order of its 'keys'.",
            ru=f"Текст ключа {number} таблицы, в порядке её «ключей».",
        ),
    )  # fmt: skip


def _settings() -> list[Column]:
    return [column for key in shape().parts["scheme"].values() if key.kind != "parts" for column in _columns(key)]


def _columns(key: Key, prefix: Path = (), before: Words | None = None, *, is_choice: bool = False) -> list[Column]:
    """The columns of a key: one, or one for each thing that it holds; none where it has a sheet of its own.

    is_choice: the part has variants, so that none of its keys but the title is always needed.
    """
    path = (*prefix, key.name)
    title = Words(en=f"{before.en}, {key.title.en}", ru=f"{before.ru}, {key.title.ru}") if before else key.title
    needed = key.is_required and (not is_choice or key.name == "title")

    def column(kind: str, more: Path = (), en: str = "", ru: str = "", choices: tuple[str, ...] = ()) -> Column:
        called = Words(en=f"{title.en}{en}", ru=f"{title.ru}{ru}")
        return Column((*path, *more), kind, called, key.about, key, key.refers, needed, choices or key.choices)

    if key.kind in ("dated", "rows", "steps", "parts"):
        return []
    if key.kind == "part":
        of_part = shape().parts[key.of or ""]
        return [one for of in of_part.values() for one in _columns(of, path, title)]
    if key.kind == "words":
        return [column("word", ("en",), " (en)", " (англ.)"), column("word", ("ru",), " (ru)", " (рус.)")]
    if key.kind == "range":
        return [column("value", (0,), ", least", ", от"), column("value", (1,), ", most", ", до")]
    if key.kind == "counts":
        return [column("counts", ("days",), ", days", ", дней"), column("counts", ("months",), ", months", ", месяцев")]
    if key.kind == "by":
        return [column("choice", choices=("count",)), column("formula", ("sum",), ", sum of", ", сумма")]
    return [column("formula" if key.kind == "pay" else key.kind)]


def _name(title: Words, refers: str | None) -> Column:
    about = _ABOUT_NAME if refers is None else _ABOUT_REFERRING
    return Column((NAME,), "name", title, about, refers=refers, is_required=True)


def _plain(title: str) -> str:
    return re.sub(r"[\s_]+", " ", title).strip().casefold().replace("ё", "е")


_NAMED = Words(en="name", ru="имя")
_TERM, _TABLE = Words(en="term", ru="условие"), Words(en="table", ru="таблица")
_COMPONENT = Words(en="component", ru="составляющая")
_TIERS = Words(en="Tiers", ru="Ступени")
_ABOUT_NAME = Words(
    en="A name for formulas and other sheets: small letters a-z, digits and _.",
    ru="Имя для формул и других листов: строчные латинские буквы, цифры и _.",
)
_ABOUT_REFERRING = Words(
    en="The name that the row belongs to, as on its sheet.", ru="Имя, к которому относится строка, как на его листе."
)
_ABOUT_FROM = Words(
    en="The first day of the value; it holds until the next one's.",
    ru="Первый день значения; оно действует до следующего.",
)
_FROM = Column((FROM,), "day", Words(en="from", ru="с"), _ABOUT_FROM)
_FROM_REQUIRED = Column((FROM,), "day", Words(en="from", ru="с"), _ABOUT_FROM, is_required=True)

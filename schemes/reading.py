"""From a YAML file to a scheme: every value read exactly, every problem found at once and with its place.

Reading stops at nothing: a missing title does not hide a gap in the tiers. Only when the whole file has been
looked at are the problems raised together, as a `SchemeError`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeGuard

from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from prm.errors import NotFoundError, Place, PrmError
from prm.money import parse_decimal
from prm.words import Words
from schemes import yaml_parsing
from schemes.formula_types import DIGITS, PLACES
from schemes.model import Value
from schemes.notation import decimal_hint
from schemes.problems import Problem, SchemeError, in_latin, nearest
from schemes.streams import TYPES
from schemes.yaml_words import not_yaml

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def load(text: str, file: str) -> CommentedMap:
    """The YAML of a scheme file with its places. Raises SchemeError where it is not YAML or not a mapping."""
    try:
        document = yaml_parsing.document(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file)
        what = (error.problem or "not YAML").split("\n")[0]
        if isinstance(error, DuplicateKeyError) and (name := re.search(r'key "([^"]*)"', what)):
            twice = Words(en=f"'{name[1]}' stands twice here.", ru=f"«{name[1]}» указано здесь дважды.")
            raise SchemeError([Problem(place, twice)]) from None
        raise SchemeError([Problem(place, not_yaml(what))]) from None
    except (YAMLError, ValueError, RecursionError) as error:
        if isinstance(error, ValueError) and (found := yaml_parsing.impossible_day(text)):
            day, line, column = found
            no_day = Words(en=f"There is no day {day}.", ru=f"Дня {day} нет.")
            raise SchemeError([Problem(Place(file, line, column), no_day, _DAY)]) from None
        what = str(error).split("\n")[0]
        raise SchemeError(
            [Problem(Place(file), Words(en=f"Not readable as YAML: {what}.", ru=f"Это не YAML: {what}."))]
        ) from None
    if not isinstance(document, CommentedMap):
        message = Words(
            en="A scheme file is a mapping of names to values.", ru="Файл схемы состоит из пар «имя: значение»."
        )
        raise SchemeError([Problem(Place(file, 1, 1), message)])
    return document


def read_text(path: Path) -> str:
    """The text of a scheme file; PrmError where it is missing, can't be opened or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise no_file(path) from None
    except OSError as error:
        raise PrmError(
            Words(en=f"'{path}' can't be read: {error.strerror}.", ru=f"«{path}» не читается: {error.strerror}.")
        ) from None
    except UnicodeDecodeError as error:
        raise PrmError(
            Words(en=f"{path} is not UTF-8 (byte {error.start}).", ru=f"{path} — не UTF-8 (байт {error.start})."),
            hint=Words(en="Save the scheme file as UTF-8 text.", ru="Сохраните файл схемы как текст UTF-8."),
        ) from None


def no_file(path: Path) -> NotFoundError:
    """What is said of a file that is not there."""
    return NotFoundError(Words(en=f"There is no file '{path}'.", ru=f"Нет файла «{path}»."))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Around the writing of a file or folder: what the system refuses is a PrmError that names it."""
    if not path.parent.is_dir():
        raise PrmError(
            Words(en=f"There is no folder '{path.parent}' to write into.", ru=f"Нет папки «{path.parent}»."),
            hint=Words(en="Make it first, or name another.", ru="Создайте её или назовите другую."),
        )
    try:
        yield
    except OSError as error:
        raise PrmError(
            Words(
                en=f"'{path}' can't be written: {error.strerror}.", ru=f"«{path}» не записывается: {error.strerror}."
            ),
            hint=Words(en="Name another place.", ru="Назовите другое место."),
        ) from None


_NAME_HINT = Words(en="Use a-z, 0-9 and _, beginning with a letter.", ru="Используйте a-z, 0-9 и _, начиная с буквы.")
_QUOTE = Words(en="Put it into quotes.", ru="Возьмите его в кавычки.")
_FIRST_DAY = Words(
    en="A value stands under its first day: 2026-10-01.", ru="Значение стоит под первым днём: 2026-10-01."
)
_DAY = Words(en="Write a day without quotes: 2026-10-01.", ru="Напишите дату без кавычек: 2026-10-01.")


class Reader:
    """Reads values out of a YAML mapping and collects what is wrong with them.

    What depends on how the file is written is said by the hints, and by where things stand (`at`, `within`, `order`).
    """

    text_hint, day_hint, first_day_hint = _QUOTE, _DAY, _FIRST_DAY
    value_hints: Mapping[str, Words] = {}  # by type, instead of those in YAML's notation

    def __init__(self, file: str, source: str):
        self.file, self.source = file, source
        self.problems: list[Problem] = []

    # --- places and problems

    def at(self, node: Any, key: Any = None, *, of_key: bool = False) -> Place:
        """The place of a mapping's value (or key), or of a list's item."""
        position = None
        if isinstance(node, CommentedMap):
            data = node.lc.data or {}
            position = (node.lc.line, node.lc.col)
            if key in data:
                position = data[key][:2] if of_key else data[key][2:4]
        elif isinstance(node, CommentedSeq):
            data = node.lc.data or {}
            position = data[key][:2] if key in data else (node.lc.line, node.lc.col)
        return Place(self.file, position[0] + 1, position[1] + 1) if position else Place(self.file)

    def within(self, node: CommentedMap, key: str, text: str, offset: int) -> Place:
        """The place of the character at an offset in the text under a key, however YAML has folded or quoted it."""
        place = self.at(node, key)
        if place.line is None or place.column is None:
            return place
        lines = self.source.split("\n")
        at = sum(len(line) + 1 for line in lines[: place.line - 1]) + place.column - 1
        if self.source[at] in "|>":
            at = self.source.index("\n", at)
        for character in "".join(text[: offset + 1].split()):
            at = self.source.find(character, at) + 1
            if at == 0:  # written with an escape, such as \u0061
                return place
        before = self.source[: max(at - 1, 0)] if text[: offset + 1].strip() else self.source[:at]
        return Place(self.file, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)

    def wrong(self, place: Place, en: str, ru: str, hint: Words | None = None) -> None:
        """Notes a problem."""
        self.problems.append(Problem(place, Words(en=en, ru=ru), hint))

    # --- values

    def mapping(self, node: CommentedMap, key: str, *, required: bool = False) -> CommentedMap:
        """The mapping under a key; an empty one where it is absent or something else."""
        value = node.get(key)
        if value is None:
            if required:
                self.missing(node, key)
        elif isinstance(value, CommentedMap):
            return value
        else:
            self.wrong(
                self.at(node, key),
                f"'{key}' must be a mapping of names to values.",
                f"«{key}»: нужны пары «имя: значение».",
            )
        return CommentedMap()

    def missing(self, node: CommentedMap, key: str) -> None:
        """Notes that a key is required."""
        self.wrong(self.at(node), f"'{key}' is missing.", f"Не задано «{key}».")

    def only(self, node: CommentedMap, known: tuple[str, ...]) -> None:
        """Notes every key that is not one of the known ones."""
        for key in node:
            if key not in known:
                self.wrong(
                    self.at(node, key, of_key=True), f"'{key}' is not known here.", f"«{key}» здесь не предусмотрено.",
                    nearest(str(key), known),
                )  # fmt: skip

    def named(self, node: CommentedMap) -> list[tuple[str, CommentedMap, Place]]:
        """The named mappings of a section: (name, mapping, place of the name)."""
        found = []
        for name, value in node.items():
            place = self.at(node, name, of_key=True)
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                latin = in_latin(str(name))
                hint = nearest(str(name), [latin]) if _NAME.fullmatch(latin) else _NAME_HINT
                self.wrong(place, f"'{name}' is not a name.", f"«{name}» не годится как имя.", hint)
                if _NAME.fullmatch(latin) and isinstance(value, CommentedMap):
                    found.append((latin, value, place))  # that others use it is no further problem
            elif not isinstance(value, CommentedMap):
                self.wrong(place, f"'{name}' must be a mapping.", f"«{name}»: нужны пары «имя: значение».")
            else:
                found.append((name, value, place))
        return found

    def text(self, node: CommentedMap, key: str, *, required: bool = True, default: str = "") -> str:
        """Text under a key."""
        value = node.get(key)
        if value is None:
            if required:
                self.missing(node, key)
            return default
        if not isinstance(value, str):
            self.wrong(self.at(node, key), f"'{key}' must be text.", f"«{key}»: нужен текст.", self.text_hint)
            return default
        return str(value)

    def choice(self, node: CommentedMap, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        """One of the known words under a key."""
        value = node.get(key, default)
        if value is None:
            self.missing(node, key)
        elif value not in known:
            self.wrong(
                self.at(node, key), f"'{value}' is not accepted for '{key}'.", f"«{value}» не годится для «{key}».",
                nearest(str(value), known),
            )  # fmt: skip
        else:
            return str(value)
        return known[0]

    def whole(self, node: CommentedMap, key: str, default: int | None = None) -> int:
        """A whole number of at least zero under a key."""
        value = node.get(key, default)
        if value is None:
            self.missing(node, key)
        elif isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.wrong(self.at(node, key), f"'{key}' must be a whole number.", f"«{key}»: нужно целое число.")
        else:
            return int(value)
        return default if default is not None else 1

    def flag(self, node: CommentedMap, key: str) -> bool:
        """True or false under a key; false where it is absent."""
        value = node.get(key, False)
        if isinstance(value, bool):
            return value
        self.wrong(self.at(node, key), f"'{key}' is true or false.", f"«{key}»: true или false.")
        return False

    def day(self, node: CommentedMap, key: str) -> date:
        """A day under a key."""
        value = node.get(key)
        if value is None:
            self.missing(node, key)
        elif is_day(value):
            return value
        else:
            self.wrong(self.at(node, key), f"'{value}' is not a day.", f"«{value}» не дата.", self.day_hint)
        return date(1900, 1, 1)

    def words(self, node: CommentedMap, key: str, *, default: str | None = None) -> Words:
        """A text in both languages under a key."""
        value = node.get(key)
        if value is None and default is not None:
            return Words(en=default, ru=default)
        if isinstance(value, CommentedMap) and all(isinstance(value.get(tongue), str) for tongue in ("en", "ru")):
            self.only(value, ("en", "ru"))
            return Words(en=str(value["en"]), ru=str(value["ru"]))
        self.wrong(
            self.at(node, key), f"'{key}' is needed in both languages.", f"«{key}» нужно на обоих языках.",
            self.words_hint(key),
        )  # fmt: skip
        return Words(en=key, ru=key)

    def words_hint(self, key: str) -> Words:
        """How a text in both languages is written."""
        return Words(en=f"Write {key}: {{en: …, ru: …}}.", ru=f"Напишите {key}: {{en: …, ru: …}}.")

    def value(self, raw: object, kind: str, place: Place) -> Value | None:
        """A typed value; None (and a problem) where it is not of its type."""
        try:
            return typed(raw, kind)
        except PrmError as error:
            hint = decimal_hint(str(raw)) if kind in PLACES else None
            told, hint = error.words, hint or error.hint_words
            hint = self.value_hints.get(kind, hint) if hint is _HINTS[kind] else hint
            self.wrong(place, told.en, told.ru, hint)
            return None

    def done(self) -> None:
        """Raises SchemeError if anything was wrong, in the order of the file."""
        if self.problems:
            unique = list(dict.fromkeys(self.problems))
            raise SchemeError(sorted(unique, key=self.order))

    def order(self, problem: Problem) -> tuple[int, ...]:
        """Where a problem stands in the file."""
        return (problem.where.line or 0, problem.where.column or 0)


def is_day(value: object) -> TypeGuard[date]:
    """Whether a YAML value is a day without a time."""
    return isinstance(value, date) and not isinstance(value, datetime)


def typed(raw: object, kind: str) -> Value:
    """A value of a type from its written form, exactly as given in a scheme or a contract's attribute.

    Raises PrmError: money and shares must be quoted decimals (a bare 0.05 is a float), within their places.
    """
    if kind in PLACES:
        return _exact(raw, kind)
    if kind == "text" and isinstance(raw, str):
        return str(raw)
    if kind == "flag" and isinstance(raw, bool | str) and str(raw).lower() in ("true", "false"):
        return str(raw).lower() == "true"
    if kind == "date":
        if is_day(raw):
            return raw
        try:
            return date.fromisoformat(str(raw))
        except ValueError:
            raise PrmError(Words(en=f"'{raw}' is not a day.", ru=f"«{raw}» — не дата."), hint=_HINTS[kind]) from None
    raise PrmError(
        Words(en=f"'{raw}' is not a {kind}.", ru=f"«{raw}»: не подходит тип ({RU_TYPES[kind]})."), hint=_HINTS[kind]
    )


def _exact(raw: object, kind: str) -> Decimal:
    if isinstance(raw, float):
        raise PrmError(
            Words(en=f"{raw!s} is not exact.", ru=f"{raw!s} без кавычек — неточное число."),
            hint=Words(en=f'Quote it: "{raw}".', ru=f'Возьмите его в кавычки: "{raw}".'),
        )
    try:
        if isinstance(raw, bool) or not isinstance(raw, str | int | Decimal):
            raise PrmError("neither a text nor a number")
        value = parse_decimal(raw)
    except PrmError:
        raise PrmError(Words(en=f"'{raw}' is not a number.", ru=f"«{raw}» — не число."), hint=_HINTS[kind]) from None
    if -int(value.as_tuple().exponent) > PLACES[kind]:
        raise PrmError(
            Words(
                en=f"{raw} has more than {PLACES[kind]} decimal places.",
                ru=f"У числа {raw} больше {PLACES[kind]} знаков после точки.",
            ),
            hint=Words(en="Round it.", ru="Округлите его."),
        )
    if abs(value) >= Decimal(10) ** DIGITS[kind]:
        share = Words(en="A share is a fraction: 5 % is 0.05.", ru="Доля — это дробь: 5 % — это 0.05.")
        raise PrmError(
            Words(en=f"{raw} is too large.", ru=f"{raw} — слишком много."), hint=share if kind == "share" else None
        )
    return value


_NUMBER = Words(en='Write a decimal such as "1234.50".', ru='Напишите десятичное число в кавычках, например "1234.50".')
_HINTS: Mapping[str, Words] = {
    "money": _NUMBER, "share": _NUMBER, "number": _NUMBER,
    "text": Words(en="Write quoted text.", ru="Напишите текст в кавычках."),
    "date": Words(en="Write 2026-10-01.", ru="Напишите дату: 2026-10-01."),
    "flag": Words(en="Write true or false.", ru="Напишите true или false."),
}  # fmt: skip
RU_TYPES: Mapping[str, str] = {
    "money": "деньги", "share": "доля", "number": "число", "text": "текст", "date": "дата", "flag": "да или нет",
}  # fmt: skip
assert set(RU_TYPES) == set(_HINTS) == set(TYPES)

"""What a scheme declares before its rules: attributes, dated terms, and tables."""

from __future__ import annotations

from decimal import Decimal

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from prm.words import Words
from schemes.draft import Draft
from schemes.formula_types import PLACES, UNKNOWN, Signature
from schemes.model import Attribute, DatedValue, Row, Table, Term, Value
from schemes.reading import Reader, is_day
from schemes.shape import keys
from schemes.streams import TYPES
from schemes.vocabulary import lookups, unknown_key

_NUMERIC = tuple(PLACES)


def attributes(draft: Draft, node: CommentedMap) -> dict[str, Attribute]:
    """The section `attributes`."""
    read, found = draft.read, {}
    for name, section, place in read.named(read.mapping(node, "attributes")):
        read.only(section, keys("attribute"))
        kind = read.choice(section, "type", TYPES)
        _check_default(read, name, section)
        default = read.value(section["default"], kind, read.at(section, "default")) if "default" in section else None
        between = _between(draft, section, kind)
        if between and isinstance(default, Decimal) and not between[0] <= default <= between[1]:
            read.wrong(
                read.at(section, "default"), f"The default {default} lies outside {between[0]} to {between[1]}.",
                f"Значение по умолчанию {default} вне пределов от {between[0]} до {between[1]}.",
            )  # fmt: skip
        draft.declare(name, place)
        draft.own[name] = kind if section.get("type") in TYPES else UNKNOWN
        found[name] = Attribute(
            name, kind, read.words(section, "title"), default, between, draft.clause(section), place
        )
    return found


def _check_default(read: Reader, name: str, section: CommentedMap) -> None:
    """Notes an attribute that has neither a default nor `required: true`, or both."""
    is_required = read.flag(section, "required")
    if is_required and "default" in section:
        read.wrong(
            read.at(section, "required"), f"'{name}' is required and has a default, which would never hold.",
            f"Атрибут «{name}» обязателен, и значение по умолчанию никогда не подействует.",
            Words(en="Keep one: default, or required: true.", ru="Оставьте одно: default или required: true."),
        )  # fmt: skip
    elif "default" not in section and section.get("required", False) is False:
        read.wrong(
            read.at(section, "default"), f"'{name}' has no default, and is not required.",
            f"У атрибута «{name}» нет значения по умолчанию, и он не обязателен.",
            Words(
                en="Give a default, or write required: true: a value must then be agreed with each contract.",
                ru="Задайте default или напишите required: true: тогда значение согласуется с каждым договором.",
            ),
        )  # fmt: skip


def _between(draft: Draft, section: CommentedMap, kind: str) -> tuple[Decimal, Decimal] | None:
    read, raw = draft.read, section.get("between")
    if raw is None:
        return None
    place = read.at(section, "between")
    if kind not in _NUMERIC or not isinstance(raw, CommentedSeq) or len(raw) != 2:
        read.wrong(
            place, "'between' takes two numbers, for money, shares and numbers only.",
            "«between»: два числа, только для денег, долей и чисел.",
        )  # fmt: skip
        return None
    low, high = (read.value(item, kind, read.at(raw, index)) for index, item in enumerate(raw))
    if not isinstance(low, Decimal) or not isinstance(high, Decimal):
        return None
    if low > high:
        read.wrong(place, f"The range is empty: {low} is above {high}.", f"Пустые пределы: {low} больше {high}.")
        return None
    return low, high


def terms(draft: Draft, node: CommentedMap) -> dict[str, Term]:
    """The section `terms`."""
    read, found = draft.read, {}
    for name, section, place in read.named(read.mapping(node, "terms")):
        read.only(section, keys("term"))
        kind = read.choice(section, "type", TYPES)
        values = _dated_values(draft, read.mapping(section, "values", required=True), kind)
        draft.declare(name, place)
        draft.own[name] = kind if section.get("type") in TYPES else UNKNOWN
        if values and (first := values[0].valid_from) > draft.valid_from:
            read.wrong(
                place, f"'{name}' has no value from the scheme's first day until {first}.",
                f"У «{name}» нет значения с начала действия схемы до {first}.",
            )  # fmt: skip
        found[name] = Term(name, kind, read.words(section, "title"), values, draft.clause(section), place)
    return found


def _dated_values(draft: Draft, node: CommentedMap, kind: str) -> tuple[DatedValue, ...]:
    read, values = draft.read, []
    for day, raw in node.items():
        place = read.at(node, day)
        if not is_day(day):
            read.wrong(
                read.at(node, day, of_key=True), f"'{day}' is not a day.", f"«{day}» не дата.",
                read.first_day_hint,
            )  # fmt: skip
            continue
        decided_on = None
        if isinstance(raw, CommentedMap):
            read.only(raw, keys("dated_value"))
            decided_on = read.day(raw, "decided_on") if "decided_on" in raw else None
            if "value" not in raw:
                read.missing(raw, "value")
                continue
            place, raw = read.at(raw, "value"), raw["value"]
        if (value := read.value(raw, kind, place)) is not None:
            values.append(DatedValue(day, value, decided_on))
    return tuple(sorted(values, key=lambda dated: dated.valid_from))


NOTHING = "nothing"
"""A table's answer for missing keys that pays nothing."""


def tables(draft: Draft, node: CommentedMap) -> dict[str, Table]:
    """The section `tables`."""
    read, found = draft.read, {}
    for name, section, place in read.named(read.mapping(node, "tables")):
        read.only(section, keys("table"))
        kind = read.choice(section, "type", (*_NUMERIC, "text"))
        found_by = _keys(draft, section)
        draft.declare(name, place, called=True)
        draft.tables[name] = Signature(("text",) * len(found_by), kind)
        found[name] = Table(
            name, kind, read.words(section, "title"), found_by, _rows(draft, section, found_by, kind),
            _missing(draft, section, kind), draft.clause(section), place,
        )  # fmt: skip
    return found


def _keys(draft: Draft, section: CommentedMap) -> tuple[str, ...]:
    raw = section.get("keys")
    if isinstance(raw, CommentedSeq) and raw and all(isinstance(key, str) and key not in ("value",) for key in raw):
        return tuple(dict.fromkeys(str(key) for key in raw))
    draft.read.wrong(
        draft.read.at(section, "keys"), "'keys' lists the columns that a row is found by.",
        "«keys» перечисляет столбцы, по которым ищется строка.",
        Words(en="Such as keys: [tariff, region].", ru="Например, keys: [tariff, region]."),
    )  # fmt: skip
    return ("key",)


def _missing(draft: Draft, section: CommentedMap, kind: str) -> Value | None:
    if "missing" not in section:
        draft.read.wrong(
            draft.read.at(section), "'missing' is not said: what holds for keys that stand in no row?",
            "Не сказано «missing»: что делать с ключами, которых нет ни в одной строке?",
            Words(en=f'Give a value, or write missing: {NOTHING}.', ru=f"Укажите значение или напишите missing: {NOTHING}."),
        )  # fmt: skip
        return None
    if section["missing"] == NOTHING and kind != "text":
        return None
    if section["missing"] == NOTHING and draft.is_new:  # in versions of before it is a text like any other
        draft.read.wrong(
            draft.read.at(section, "missing"), f"A table of text gives a text for every key: '{NOTHING}' would be one.",
            f"Таблица текстов даёт текст для любого ключа: «{NOTHING}» тоже был бы текстом.",
            Words(en="Give the text that holds then, such as other.", ru="Укажите текст, который тогда действует, например other."),
        )  # fmt: skip
    return draft.read.value(section["missing"], kind, draft.read.at(section, "missing"))


def _rows(draft: Draft, section: CommentedMap, found_by: tuple[str, ...], kind: str) -> tuple[Row, ...]:
    read, raw = draft.read, section.get("rows")
    if not isinstance(raw, CommentedSeq) or not raw:
        read.wrong(
            read.at(section, "rows"), "'rows' must be a list of rows.", "«rows»: нужен список строк.",
            Words(en='Such as - {tariff: V1, value: "300.00"}.', ru='Например, - {tariff: V1, value: "300.00"}.'),
        )  # fmt: skip
        return ()
    rows: dict[tuple[str, ...], Row] = {}
    for index, item in enumerate(raw):
        if not isinstance(item, CommentedMap):
            read.wrong(read.at(raw, index), "A row is a mapping.", "Строка: нужны пары «имя: значение».")
            continue
        read.only(item, (*found_by, "value"))
        known = len(read.problems)
        of_row = tuple(read.text(item, key) for key in found_by)
        if len(read.problems) > known:  # which row it is, is not known
            continue
        if of_row in rows:
            read.wrong(
                read.at(item), f"A row of {', '.join(of_row)} stands here already.",
                f"Строка {', '.join(of_row)} здесь уже есть.",
            )  # fmt: skip
            continue
        rows[of_row] = Row(of_row, _row_values(draft, item, kind))
    return tuple(rows.values())


def _row_values(draft: Draft, item: CommentedMap, kind: str) -> tuple[DatedValue, ...]:
    read = draft.read
    if "value" not in item:
        read.missing(item, "value")
        return ()
    if isinstance(item["value"], CommentedMap):
        return _dated_values(draft, item["value"], kind)
    value = read.value(item["value"], kind, read.at(item, "value"))
    return (DatedValue(draft.valid_from, value),) if value is not None else ()


def check_keys(draft: Draft, node: CommentedMap, tables: dict[str, Table]) -> None:
    """Notes keys of rows that the names a table is called with can't hold: nobody would ever find such a row."""
    called = lookups(draft.formulas)
    for table in tables.values():
        raw = node["tables"][table.name].get("rows")
        for row in raw if isinstance(raw, CommentedSeq) else ():
            for key, held in zip(table.keys, called.get(table.name, []), strict=False):
                word = row.get(key) if isinstance(row, CommentedMap) else None
                if isinstance(word, str) and (wrong := unknown_key(held, word)):
                    draft.read.wrong(draft.read.at(row, key), wrong[0].en, wrong[0].ru, wrong[1])

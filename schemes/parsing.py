"""A scheme's document into the model, section by section; what does not hold together is noted and refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from ruamel.yaml.comments import CommentedMap

from prm.errors import PrmError
from prm.money import is_known_currency
from prm.words import Words
from schemes import declaring, measuring, paying, workbook_reading
from schemes.ages import check_first_days
from schemes.dependencies import check_dependencies
from schemes.draft import NAME, Draft
from schemes.model import Measure, Rounding, Scheme
from schemes.never_paying import check_never_paying
from schemes.problems import Problem, SchemeError
from schemes.reading import Reader, is_day, load, no_file, read_text
from schemes.shape import keys
from schemes.sharing import check_shared
from schemes.subscriber_caps import check_subscriber_caps
from schemes.taking_back import check_clawbacks

_OTHER_WORKBOOKS = (".xls", ".xlsm", ".xlsb", ".ods")
_ENDINGS = (".yaml", ".yml", ".xlsx")
_MODES = ("half_up", "half_even", "down", "up")


def read(path: Path) -> Scheme:
    """The scheme version of a file, YAML or .xlsx.

    Raises SchemeError with every problem found, PrmError if it can't be read.
    """
    if path.suffix.lower() in _OTHER_WORKBOOKS:
        raise PrmError(
            Words(en=f"{path} is not a workbook that is read.", ru=f"{path}: такие книги не читаются."),
            hint=Words(en="Save it as .xlsx.", ru="Сохраните её как .xlsx."),
        )
    if not path.exists():
        raise no_file(path)
    if path.is_dir():
        raise PrmError(
            Words(en=f"'{path}' is a folder, not a scheme file.", ru=f"«{path}» — папка, а не файл схемы."),
            hint=Words(en=f"Name its files, such as {path}/*.yaml.", ru=f"Назовите её файлы, например {path}/*.yaml."),
        )
    if path.suffix.lower() not in _ENDINGS:
        endings = ", ".join(_ENDINGS)
        raise PrmError(
            Words(en=f"'{path}' is no scheme file.", ru=f"«{path}» — не файл схемы."),
            hint=Words(en=f"Accepted: files that end in {endings}.", ru=f"Допустимы файлы с окончаниями {endings}."),
        )
    if not is_workbook(path):
        return parse(read_text(path), str(path))
    return _sound(*workbook_reading.load(path))


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, by its name."""
    return path.suffix.lower() == ".xlsx"


def check(path: Path) -> list[Problem]:
    """Every problem of a scheme file, in the order of the file; empty where there is none."""
    try:
        read(path)
    except SchemeError as error:
        return error.problems
    return []


def parse(text: str, file: str, *, is_draft: bool = True) -> Scheme:
    """The scheme version of a text; `file` is its name in messages. Raises SchemeError.

    is_draft: it may still be corrected; a version that was added is not asked whether its rules can ever pay, nor
    whether its names can hold the words that they are compared with.
    """
    return _sound(Reader(file, text), load(text, file), is_draft)


def _sound(read: Reader, node: CommentedMap, is_draft: bool = True) -> Scheme:
    scheme = _scheme(read, node, is_draft)
    read.done()
    if is_draft:
        check_never_paying(read, node, scheme)
        read.done()
    return scheme


def _scheme(read: Reader, node: CommentedMap, is_draft: bool) -> Scheme:
    read.only(node, keys("scheme"))
    name = read.text(node, "scheme")
    if name and not NAME.fullmatch(name):
        read.wrong(read.at(node, "scheme"), f"'{name}' is not a name.", f"«{name}» не годится как имя.")
    version = read.whole(node, "version")
    if version < 1:
        read.wrong(read.at(node, "version"), "Versions begin with 1.", "Версии нумеруются с 1.")
    currency = read.text(node, "currency")
    if currency and not is_known_currency(currency):
        read.wrong(
            read.at(node, "currency"), f"'{currency}' is not a currency.", f"«{currency}» не валюта.",
            Words(en="Use its three letters, as in ISO 4217: RUB.", ru="Укажите три буквы по ISO 4217: RUB."),
        )  # fmt: skip
    start = node.get("valid_from")
    draft = Draft(read, start if is_day(start) else date.max, is_draft)
    attributes = declaring.attributes(draft, node)
    terms = declaring.terms(draft, node)
    tables = declaring.tables(draft, node)
    measures = measuring.measures(draft, node)
    measuring.declare_values(draft, node)
    paying.declare_totals(draft, node)
    values = measuring.values(draft, node)
    components = paying.components(draft, node, measures, attributes)
    limits = paying.limits(draft, node, components, measures)
    check_clawbacks(draft, components, limits)
    check_subscriber_caps(draft, components, limits)
    scheme = Scheme(
        scheme=name, version=version, title=read.words(node, "title"),
        document=read.text(node, "document"), valid_from=read.day(node, "valid_from"), currency=currency,
        rounding=_rounding(read, node), attributes=attributes, terms=terms, tables=tables, measures=measures,
        values=values, components=components, limits=limits, file=read.file,
        announced_on=read.day(node, "announced_on") if "announced_on" in node else None,
    )  # fmt: skip
    check_shared(read, scheme)
    if is_draft:
        declaring.check_keys(draft, node, tables)
    check_dependencies(read, scheme)
    if not read.problems:  # what is wrong elsewhere may be just the name that is not used
        check_first_days(read, node, scheme)
        _all_used(draft, scheme)
    return scheme


def _all_used(draft: Draft, scheme: Scheme) -> None:
    for section in (scheme.attributes, scheme.terms, scheme.tables, scheme.measures, scheme.values):
        for unused in section.values():
            if isinstance(unused, Measure) and unused.on:
                continue  # another scheme may count it: `uncounted` tells
            if unused.name not in draft.used and unused.place:
                draft.read.wrong(
                    unused.place, f"'{unused.name}' is used by no component and no limit.",
                    f"«{unused.name}» не используется ни в одной составляющей и ни в одном ограничении.",
                    Words(en="Use it or remove it.", ru="Используйте его или уберите."),
                )  # fmt: skip


def _rounding(read: Reader, node: CommentedMap) -> Rounding:
    section = read.mapping(node, "rounding", required=True)
    if not section:
        return Rounding()
    read.only(section, keys("rounding"))
    each = read.choice(section, "each", ("line", "total"), "line")
    places = read.whole(section, "places", 2)
    if places > 4:
        read.wrong(read.at(section, "places"), "At most 4 decimal places.", "Не больше 4 знаков после точки.")
    mode = read.choice(section, "mode", _MODES, "half_up")
    return Rounding(places=min(places, 4), mode=mode, each=each)  # type: ignore[arg-type]

"""A scheme version as it was known on a day: of its dated values, those decided later are left out.

Every value has two clocks: the day from which it holds, and the day on which it was decided (`decided_on`). One that
doesn't say when counts as decided in time; so does the first, where it holds on the version's first day: there is nothing
that held before it. A table's row that begins later was not there before it was decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from prm.words import Language, Words, format_day
from schemes.explaining import Teller
from schemes.model import DatedValue, Scheme, Table, Term

_DECIDED = Words(
    en="scheme {scheme} v{version}, {title}: {value} from {day}, decided on {decided}",
    ru="схема {scheme} v{version}, {title}: {value} с {day}, решено {decided}",
)


@dataclass(frozen=True)
class DecidedLater:
    """A value that a day's knowledge lacks: words tell of it. valid_from: from when it holds; decided_on: since when it is known."""

    words: Words
    valid_from: date
    decided_on: date


def as_known_on(scheme: Scheme, day: date) -> Scheme:
    """The version without the values that were decided after a day: before them, the earlier ones went on."""
    terms = {name: replace(term, values=_known(scheme, term.values, day)) for name, term in scheme.terms.items()}
    tables = {
        name: replace(table, rows=tuple(
            replace(row, values=known) for row in table.rows if (known := _known(scheme, row.values, day))
        ))
        for name, table in scheme.tables.items()
    }  # fmt: skip
    return replace(scheme, terms=terms, tables=tables)


def decided_later(scheme: Scheme, day: date) -> Iterator[DecidedLater]:
    """The values of a version that were decided after a day."""
    for term in scheme.terms.values():
        yield from _later(scheme, term, (), term.values, day)
    for table in scheme.tables.values():
        for row in table.rows:
            yield from _later(scheme, table, row.keys, row.values, day)


def _unknown(scheme: Scheme, values: tuple[DatedValue, ...], day: date) -> list[DatedValue]:
    """Those of a name's values that were decided after a day."""
    begin = 1 if values[0].valid_from <= scheme.valid_from else 0
    return [dated for dated in values[begin:] if dated.decided_on is not None and dated.decided_on > day]


def _known(scheme: Scheme, values: tuple[DatedValue, ...], day: date) -> tuple[DatedValue, ...]:
    unknown = _unknown(scheme, values, day)
    return tuple(dated for dated in values if dated not in unknown)


def _later(
    scheme: Scheme, part: Term | Table, keys: tuple[str, ...], values: tuple[DatedValue, ...], day: date
) -> Iterator[DecidedLater]:
    for dated in _unknown(scheme, values, day):
        assert dated.decided_on is not None
        yield DecidedLater(
            Words(en=_told(scheme, part, keys, dated, "en"), ru=_told(scheme, part, keys, dated, "ru")),
            dated.valid_from,
            dated.decided_on,
        )


def _told(scheme: Scheme, part: Term | Table, keys: tuple[str, ...], dated: DatedValue, language: Language) -> str:
    assert dated.decided_on is not None
    return _DECIDED.text(
        language, scheme=scheme.scheme, version=scheme.version,
        title=f"«{getattr(part.title, language)}»" + (f" ({', '.join(keys)})" if keys else ""),
        value=Teller(scheme, language).value(dated.value, part.type),
        day=format_day(dated.valid_from, language), decided=format_day(dated.decided_on, language),
    )  # fmt: skip

"""A scheme version as it was known on a day: of its dated values, those decided later are left out.

Every value has two clocks: the day from which it holds, and the day on which it was decided (`decided_on`). One that
doesn't say when counts as decided in time; the first of several counts so, too: there is nothing that held before it.
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
    terms = {name: replace(term, values=_known(term.values, day)) for name, term in scheme.terms.items()}
    tables = {
        name: replace(table, rows=tuple(replace(row, values=_known(row.values, day)) for row in table.rows))
        for name, table in scheme.tables.items()
    }
    return replace(scheme, terms=terms, tables=tables)


def decided_later(scheme: Scheme, day: date) -> Iterator[DecidedLater]:
    """The values of a version that were decided after a day."""
    for term in scheme.terms.values():
        yield from _later(scheme, term, (), term.values, day)
    for table in scheme.tables.values():
        for row in table.rows:
            yield from _later(scheme, table, row.keys, row.values, day)


def _is_known(dated: DatedValue, day: date) -> bool:
    return dated.decided_on is None or dated.decided_on <= day


def _known(values: tuple[DatedValue, ...], day: date) -> tuple[DatedValue, ...]:
    return values[:1] + tuple(dated for dated in values[1:] if _is_known(dated, day))


def _later(
    scheme: Scheme, part: Term | Table, keys: tuple[str, ...], values: tuple[DatedValue, ...], day: date
) -> Iterator[DecidedLater]:
    for dated in values[1:]:
        if _is_known(dated, day):
            continue
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

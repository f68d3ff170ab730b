"""From a form and the analysts' views to a document: queries run, codes become words, rows stream."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from num2words import num2words
from psycopg.rows import dict_row

import registry
import runs
import schemes
from prm.database import Connection
from prm.money import currency_places, round_money
from prm.period import Period
from prm.settings import Settings
from prm.words import Language, format_period, format_sum
from reports.forms import Form
from reports.model import Column, Document, Row, Section, Value, with_totals

_names = itertools.count(1)
_CURRENCY_IN_WORDS = {"RUB", "USD", "EUR"}


@dataclass
class Source:
    """What a document is made from: one open transaction, so that all its tables show one moment."""

    connection: Connection
    settings: Settings

    @cached_property
    def schemes(self) -> dict[tuple[str, int], schemes.Scheme]:
        """Scheme versions by name and number, for the sentences of their conditions."""
        return {(scheme.scheme, scheme.version): scheme for scheme in registry.scheme_versions(self.connection)}

    @cached_property
    def sentences(self) -> dict[tuple[str, int, str, int, Language], str]:
        """Sentences of conditions, each made once."""
        return {}


def document(source: Source, form: Form, period: Period, counterparty_id: str, language: Language) -> Document:
    """The document of a form for a period (and a counterparty, where the form is for counterparties)."""
    words = {key: of[language] for key, of in form.words.items()}
    parameters = {
        "period": str(period), "counterparty_id": counterparty_id, "language": language,
        "whole_period": words.get("whole_period", ""),
    }  # fmt: skip
    counterparty = _counterparty(source, counterparty_id)
    sections = tuple(section(source, form, layout, parameters, words, language) for layout in form.layout["sections"])
    return Document(
        title=words["title"],
        subtitle=words["subtitle"].format(period=format_period(period, language)),
        facts=tuple(_facts(source, period, counterparty, words, language)),
        sections=sections,
        language=language,
        words=words,
        closing=tuple(_closing(source, form, period, counterparty_id, words, language)),
        signatures=tuple(
            (words[party], source.settings.operator if party == "operator" else counterparty.get("name", ""))
            for party in form.layout.get("signatures", ())
        ),
        is_landscape=form.layout.get("orientation") == "landscape",
    )


def _counterparty(source: Source, counterparty_id: str) -> dict[str, Any]:
    if not counterparty_id:
        return {}
    row = source.connection.execute(
        "select * from reporting.counterparties where counterparty_id = %s", [counterparty_id]
    ).fetchone()
    return row or {"name": counterparty_id, "counterparty_id": counterparty_id}


def _facts(
    source: Source, period: Period, counterparty: dict[str, Any], words: dict[str, str], language: Language
) -> Iterator[tuple[str, str]]:
    yield words["operator"], source.settings.operator
    if counterparty:
        yield words["counterparty"], f"{counterparty['name']} ({counterparty['counterparty_id']})"
        if counterparty.get("tax_number"):
            yield words["tax_number"], counterparty["tax_number"]
        contracts = source.connection.execute(
            """select distinct contract_id from reporting.rewards
               where period = %s and counterparty_id = %s order by contract_id""",
            [str(period), counterparty["counterparty_id"]],
        ).fetchall()
        if contracts:
            yield words["contracts"], ", ".join(row["contract_id"] for row in contracts)
    yield words["period"], format_period(period, language)
    if currencies := _currencies(source, period, counterparty):
        yield words["currency"], ", ".join(currencies)
    numbers = run_numbers(source.connection, period, counterparty.get("counterparty_id"))
    if numbers:
        yield words["made_from"], ", ".join(f"{words['run']} {number}" for number in numbers)


def _currencies(source: Source, period: Period, counterparty: dict[str, Any]) -> list[str]:
    """The currencies of the rewards that a document tells of."""
    rows = source.connection.execute(
        """select distinct currency from reporting.rewards
           where period = %(period)s and (%(counterparty)s::text is null or counterparty_id = %(counterparty)s)
           order by currency""",
        {"period": str(period), "counterparty": counterparty.get("counterparty_id")},
    ).fetchall()
    return [row["currency"] for row in rows]


def run_numbers(connection: Connection, period: Period, counterparty_id: str | None) -> list[int]:
    """The runs whose versions a document of the period shows."""
    rows = connection.execute(
        """select distinct run_id from reporting.versions
           where is_shown and period = %(period)s
             and (%(counterparty)s::text is null or counterparty_id = %(counterparty)s)
           order by run_id""",
        {"period": str(period), "counterparty": counterparty_id},
    ).fetchall()
    return [row["run_id"] for row in rows]


def _closing(
    source: Source, form: Form, period: Period, counterparty_id: str, words: dict[str, str], language: Language
) -> Iterator[str]:
    if form.layout.get("closing") != "amount":
        return
    rows = source.connection.execute(
        """select currency, sum(amount) as amount from reporting.rewards
           where period = %(period)s and (%(counterparty)s = '' or counterparty_id = %(counterparty)s)
           group by currency order by currency""",
        {"period": str(period), "counterparty": counterparty_id},
    ).fetchall()
    for row in rows:
        yield words["closing_amount"].format(
            amount=format_sum(row["amount"], row["currency"], language),
            words=amount_in_words(row["amount"], row["currency"], language),
        )


def amount_in_words(amount: Decimal, currency: str, language: Language) -> str:
    """`двести десять рублей пять копеек`; a currency without words of its own keeps its code."""
    rounded = round_money(amount, currency_places(currency))
    if currency in _CURRENCY_IN_WORDS:
        return num2words(rounded, lang=language, to="currency", currency=currency, separator="")
    return f"{num2words(rounded, lang=language)} {currency}"


def section(
    source: Source, form: Form, layout: dict[str, Any], parameters: dict[str, Any], words: dict[str, str],
    language: Language,
) -> Section:  # fmt: skip
    """A table of a form: its query is run with the parameters when its rows are asked for.

    A query may have a column `level`: 1 and 2 mark rows that stand out, such as a balance.
    """
    name = layout["name"]
    query = form.queries[name]
    columns = tuple(
        Column(
            of["name"], words[f"column_{of['name']}"],
            of["kind"] if of["kind"] in ("money", "number", "day") else "text",
            float(of["width"]), bool(of.get("total")),
        )
        for of in layout["columns"]
    )  # fmt: skip
    kinds = {of["name"]: of["kind"] for of in layout["columns"]}
    value_of = _values(source, kinds, words, language)
    counted = source.connection.execute(f"select count(*) as rows from ({query}) as counted", parameters).fetchone()
    assert counted is not None

    def rows() -> Iterator[Row]:
        with source.connection.cursor(name=f"document_{next(_names)}", row_factory=dict_row) as cursor:
            cursor.itersize = 5_000
            cursor.execute(query, parameters)
            found = (
                Row(
                    tuple(value_of(of["name"], row) for of in layout["columns"]),
                    row.get("level") or 0,
                    row.get("currency") or "",
                )
                for row in cursor
            )
            yield from with_totals(found, columns, words, layout.get("subtotal_by"))

    return Section(
        name=name, title=words[name], columns=columns, count=counted["rows"], rows=rows, note=words["nothing"],
        subtotal_by=layout.get("subtotal_by"),
    )  # fmt: skip


def _values(
    source: Source, kinds: dict[str, str], words: dict[str, str], language: Language
) -> Callable[[str, dict[str, Any]], Value]:
    """How a column's value is taken from a query's row: as it is, or as the words for a code."""

    def value(name: str, row: dict[str, Any]) -> Value:
        raw = row[name]
        if kinds[name] == "words":
            known = words.get(f"{name}_{raw}")
            return known if known or name != "stream" else schemes.explain_stream(raw, language)
        if kinds[name] == "reason":
            return reason_in_words(source, row, words, language)
        return raw if raw is not None else ("" if kinds[name] == "text" else None)

    return value


def reason_in_words(source: Source, row: dict[str, Any], words: dict[str, str], language: Language) -> str:
    """Why a line earned nothing (or what it did instead), in a sentence its counterparty can check."""
    if row["reason"] is None:
        said = words.get(f"outcome_{row['outcome']}", "")
        if row.get("taken_period"):
            period = format_period(Period.parse(row["taken_period"]), language)
            return said.format(taken_component=row["taken_component"], taken_period=period)
        return said
    if row["failed_condition"] is not None:
        key = (row["scheme"], row["scheme_version"], row["component_name"], row["failed_condition"], language)
        if key not in source.sentences:
            scheme = source.schemes[row["scheme"], row["scheme_version"]]
            source.sentences[key] = words[f"reason_{row['reason']}"].format(
                number=row["failed_condition"],
                sentence=schemes.explain_condition(scheme, row["component_name"], row["failed_condition"], language),
            )
        return source.sentences[key]
    known = runs.reasons().get(row["reason"])
    return known.text(language) if known else row["reason"]

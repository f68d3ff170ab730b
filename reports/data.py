"""From a form and the analysts' views to a document: queries run, rows stream, and who signs is said."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from num2words import num2words
from psycopg import Cursor, ServerCursor
from psycopg.rows import tuple_row

from prm.money import currency_places, round_money
from prm.period import Period
from prm.words import Language, format_period, format_sum
from reports.forms import Form, filled
from reports.model import Chart, Column, Csv, Document, Row, Section, with_totals
from reports.parties import party
from reports.source import Source
from reports.values import row_maker

_names = itertools.count(1)
_KEPT = 10_000
"""Rows of a table that are kept for all formats: some 10 MB."""
_CURRENCY_IN_WORDS = {"RUB", "USD", "EUR"}
_KINDS = ("money", "number", "quantity", "share", "day")


def document(
    source: Source, form: Form, period: Period, counterparty_id: str, language: Language,
    given: Mapping[str, str] | None = None,
) -> Document:  # fmt: skip
    """The document of a form for a period (and a counterparty, where the form is for counterparties).

    given: values of the form's own parameters, as text.
    """
    words = {key: of[language] for key, of in form.words.items()}
    chosen = form.parameters(period, given or {})
    parameters = {
        "period": str(period), "previous_period": str(period.previous), "counterparty_id": counterparty_id,
        "language": language, "whole_period": words.get("whole_period", ""), **form.fixed, **chosen,
    }  # fmt: skip
    told = form.told(period, chosen, language)
    counterparty = _counterparty(source, counterparty_id)
    rewards = _rewards(source, period, counterparty_id)
    settings = source.settings
    sections = [section(source, form, layout, parameters, words, language, told) for layout in form.layout["sections"]]
    return Document(
        title=filled(words["title"], told),
        subtitle=words["subtitle"].format(**told),
        facts=tuple(_facts(source, form, period, counterparty, rewards, words, language)),
        sections=tuple(sections),
        language=language,
        words=words,
        intro=tuple(words[name] for name in form.layout.get("intro", ())),
        closing=tuple(_closing(source, form, parameters, rewards, words, language)),
        signatures=tuple(
            party(source, role, counterparty, period, words) for role in form.layout.get("signatures", ())
        ),
        is_landscape=form.layout.get("orientation") == "landscape",
        look=source.look,
        csv=Csv(settings.csv_encoding, settings.csv_delimiter, form.layout.get("csv")),
    )


def _counterparty(source: Source, counterparty_id: str) -> dict[str, Any]:
    if not counterparty_id:
        return {}
    row = source.connection.execute(
        "select * from reporting.counterparties where counterparty_id = %s", [counterparty_id]
    ).fetchone()
    return row or {"name": counterparty_id, "counterparty_id": counterparty_id}


def _facts(
    source: Source, form: Form, period: Period, counterparty: dict[str, Any], rewards: list[dict[str, Any]],
    words: dict[str, str], language: Language,
) -> Iterator[tuple[str, str]]:  # fmt: skip
    yield words["operator"], source.operator_name
    if counterparty:
        yield words["counterparty"], f"{counterparty['name']} ({counterparty['counterparty_id']})"
        if counterparty.get("tax_number"):
            yield words["tax_number"], counterparty["tax_number"]
        if form.is_of_results and (contracts := sorted({reward["contract_id"] for reward in rewards})):
            yield words["contracts"], ", ".join(contracts)
    yield words["period"], format_period(period, language)
    whose_id = counterparty.get("counterparty_id")
    currencies = {
        one["currency"] for one in (rewards if form.is_of_results else _amounts(source, form, period, whose_id))
    }
    if currencies:
        yield words["currency"], ", ".join(sorted(currencies))
    shown = source.runs(period)
    whose = shown.keys() if not counterparty else shown.keys() & {whose_id}
    if form.is_of_results and (numbers := sorted({shown[name] for name in whose})):
        yield words["made_from"], ", ".join(f"{words['run']} {number}" for number in numbers)


def _rewards(source: Source, period: Period, counterparty_id: str) -> list[dict[str, Any]]:
    """The rewards that a document tells of: of one counterparty by contract and currency, of all by currency."""
    contract = "contract_id" if counterparty_id else "''"
    return source.connection.execute(
        f"""select {contract} as contract_id, currency, sum(amount) as amount from reporting.rewards
            where period = %(period)s {"and counterparty_id = %(counterparty)s" if counterparty_id else ""}
            group by 1, 2 order by 1, 2""",
        {"period": str(period), "counterparty": counterparty_id},
    ).fetchall()


_OTHER_AMOUNTS = {
    "penalties": "reporting.penalties where booked_in <= %(period)s",
    "payouts": "reporting.payouts where period = %(period)s",
}


def _amounts(source: Source, form: Form, period: Period, counterparty_id: str | None) -> list[dict[str, Any]]:
    """The currencies of a document that is about something else than results."""
    whose = "and counterparty_id = %(counterparty)s" if counterparty_id else ""
    return source.connection.execute(
        f"select distinct currency from {_OTHER_AMOUNTS[form.about]} {whose}",
        {"period": str(period), "counterparty": counterparty_id},
    ).fetchall()


def _closing(
    source: Source, form: Form, parameters: dict[str, Any], rewards: list[dict[str, Any]], words: dict[str, str],
    language: Language,
) -> Iterator[str]:  # fmt: skip
    """The sums in words, and the sentences that end the document."""
    if form.layout.get("closing") == "amount":
        if "closing" in form.queries:
            found = source.connection.execute(form.queries["closing"], parameters).fetchall()
        else:
            found = _by_currency(rewards)
        for row in found:
            sums = {
                name: format_sum(value, row["currency"], language)
                for name, value in row.items()
                if isinstance(value, Decimal)
            }
            yield words["closing_amount"].format(
                words=amount_in_words(row["amount"], row["currency"], language), **sums
            )
    for name in form.layout.get("closing_words", ()):
        yield words[name]


def _by_currency(rewards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    sums: dict[str, Decimal] = {}
    for reward in sorted(rewards, key=itemgetter("currency")):
        sums[reward["currency"]] = sums.get(reward["currency"], Decimal(0)) + reward["amount"]
    return [{"currency": currency, "amount": amount} for currency, amount in sums.items()]


def amount_in_words(amount: Decimal, currency: str, language: Language) -> str:
    """`двести десять рублей пять копеек`; a currency without words of its own keeps its code."""
    rounded = round_money(amount, currency_places(currency))
    if currency in _CURRENCY_IN_WORDS:
        return num2words(rounded, lang=language, to="currency", currency=currency, separator="")
    return f"{num2words(rounded, lang=language)} {currency}"


def section(
    source: Source, form: Form, layout: dict[str, Any], parameters: dict[str, Any], words: dict[str, str],
    language: Language, told: Mapping[str, str] | None = None,
) -> Section:  # fmt: skip
    """A table of a form: its query is run with the parameters.

    Most tables are short, are read once, and serve every format. One of more than 10,000 rows is counted, and read anew
    whenever its rows are asked for, so that its length costs no memory. A query may have a column `level`: 1 and 2 mark
    rows that stand out, such as a balance. told: what titles may name.
    """
    name = layout["name"]
    told = told or {}
    columns = tuple(
        Column(
            of["name"], filled(words[f"column_{of['name']}"], told), of["kind"] if of["kind"] in _KINDS else "text",
            float(of["width"]), bool(of.get("total")),
        )
        for of in layout["columns"]
    )  # fmt: skip
    query = _Query(form.queries[layout.get("query", name)], parameters | layout.get("with", {}), source)
    kinds, subtotal_by = [(of["name"], of["kind"]) for of in layout["columns"]], layout.get("subtotal_by")

    def drawn(names: list[str], found: Iterable[Sequence[Any]]) -> Iterator[Row]:
        made = row_maker(source, kinds, names, words, language)
        return with_totals(map(made, found), columns, words, subtotal_by)

    def streamed() -> Iterator[Row]:
        with query.stream() as cursor:
            yield from drawn(_names_in(cursor), cursor)

    first = query.first(_KEPT + 1)
    if first.rowcount <= _KEPT:
        kept = list(drawn(_names_in(first), first))
        count, rows = first.rowcount, lambda: iter(kept)
    else:
        first.close()
        count, rows = query.count(), streamed
    return Section(
        name=name, title=filled(words[name], told), columns=columns, count=count, rows=rows,
        note=words["nothing"], subtotal_by=subtotal_by, chart=_chart(layout.get("chart"), columns, words, told),
    )  # fmt: skip


@dataclass(frozen=True)
class _Query:
    """A table's query with its parameters."""

    text: str
    parameters: dict[str, Any]
    source: Source

    def first(self, most: int) -> Cursor[tuple[Any, ...]]:
        """Its first rows. One statement of the same text for every document, which the server plans once."""
        cursor = self.source.connection.cursor(row_factory=tuple_row)
        # A subquery keeps its order; `most` stands in the text, where the planner sees how few rows are wanted.
        return cursor.execute(f"select * from ({self.text}) as shown limit {most}", self.parameters)

    def count(self) -> int:
        """How many rows it has."""
        cursor = self.source.connection.cursor(row_factory=tuple_row)
        row = cursor.execute(f"select count(*) from ({self.text}) as counted", self.parameters).fetchone()
        assert row is not None
        return row[0]

    def stream(self) -> ServerCursor[tuple[Any, ...]]:
        """All of its rows, as they are asked for."""
        cursor = self.source.connection.cursor(name=f"document_{next(_names)}", row_factory=tuple_row)
        cursor.itersize = 5_000
        return cursor.execute(self.text, self.parameters)


def _names_in(cursor: Cursor[Any] | ServerCursor[Any]) -> list[str]:
    return [column.name for column in cursor.description or ()]


def _chart(
    layout: dict[str, Any] | None, columns: tuple[Column, ...], words: dict[str, str], told: Mapping[str, str]
) -> Chart | None:
    if not layout:
        return None
    place = {column.name: index for index, column in enumerate(columns)}
    return Chart(
        layout["kind"], filled(words[layout["title"]], told), place[layout["label"]], place[layout["value"]],
        layout.get("most", 15),
    )  # fmt: skip

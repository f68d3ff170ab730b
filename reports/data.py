"""From a form and the analysts' views to a document: queries run, rows stream, and who signs is said."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from num2words import num2words
from psycopg.rows import dict_row

from prm.database import Connection
from prm.money import currency_places, round_money
from prm.period import Period
from prm.words import Language, format_period, format_sum
from reports.forms import Form
from reports.look import look
from reports.model import Chart, Column, Csv, Document, Row, Section, with_totals
from reports.parties import operator_name, party
from reports.values import Source, values_of

_names = itertools.count(1)
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
    told = {name: _told(form, name, value, language) for name, value in chosen.items()}
    told |= {"period": format_period(period, language), "previous_period": format_period(period.previous, language)}
    counterparty = _counterparty(source, counterparty_id)
    settings = source.settings
    sections = [section(source, form, layout, parameters, words, language, told) for layout in form.layout["sections"]]
    return Document(
        title=_filled(words["title"], told),
        subtitle=words["subtitle"].format(**told),
        facts=tuple(_facts(source, form, period, counterparty, words, language)),
        sections=tuple(sections),
        language=language,
        words=words,
        intro=tuple(words[name] for name in form.layout.get("intro", ())),
        closing=tuple(_closing(source, form, parameters, words, language)),
        signatures=tuple(
            party(source, role, counterparty, period, words) for role in form.layout.get("signatures", ())
        ),
        is_landscape=form.layout.get("orientation") == "landscape",
        look=look(settings),
        csv=Csv(settings.csv_encoding, settings.csv_delimiter, form.layout.get("csv")),
    )


def _told(form: Form, name: str, value: Any, language: Language) -> str:
    if form.layout["parameters"][name]["kind"] == "period" and value:
        return format_period(Period.parse(value), language)
    return "" if value is None else str(value)


def _filled(text: str, told: Mapping[str, str]) -> str:
    """A title with the periods that it names."""
    return text.format(**told) if "{" in text else text


def _counterparty(source: Source, counterparty_id: str) -> dict[str, Any]:
    if not counterparty_id:
        return {}
    row = source.connection.execute(
        "select * from reporting.counterparties where counterparty_id = %s", [counterparty_id]
    ).fetchone()
    return row or {"name": counterparty_id, "counterparty_id": counterparty_id}


def _facts(
    source: Source, form: Form, period: Period, counterparty: dict[str, Any], words: dict[str, str], language: Language
) -> Iterator[tuple[str, str]]:
    is_of_results = form.about == "results"
    yield words["operator"], operator_name(source.settings)
    if counterparty:
        yield words["counterparty"], f"{counterparty['name']} ({counterparty['counterparty_id']})"
        if counterparty.get("tax_number"):
            yield words["tax_number"], counterparty["tax_number"]
        contracts = source.connection.execute(
            """select distinct contract_id from reporting.rewards
               where period = %s and counterparty_id = %s order by contract_id""",
            [str(period), counterparty["counterparty_id"]],
        ).fetchall()
        if contracts and is_of_results:
            yield words["contracts"], ", ".join(row["contract_id"] for row in contracts)
    yield words["period"], format_period(period, language)
    if currencies := _currencies(source, form, period, counterparty):
        yield words["currency"], ", ".join(currencies)
    numbers = run_numbers(source.connection, period, counterparty.get("counterparty_id"))
    if numbers and is_of_results:
        yield words["made_from"], ", ".join(f"{words['run']} {number}" for number in numbers)


_OF_THE_PERIOD = {
    "results": "reporting.rewards where period = %(period)s",
    "penalties": "reporting.penalties where booked_in <= %(period)s",
    "payouts": "reporting.payouts where period = %(period)s",
}


def _currencies(source: Source, form: Form, period: Period, counterparty: dict[str, Any]) -> list[str]:
    """The currencies of the amounts that a document tells of."""
    rows = source.connection.execute(
        f"""select distinct currency from {_OF_THE_PERIOD[form.about]}
              and (%(counterparty)s::text is null or counterparty_id = %(counterparty)s)
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
    source: Source, form: Form, parameters: dict[str, Any], words: dict[str, str], language: Language
) -> Iterator[str]:
    """The sums in words, and the sentences that end the document."""
    if form.layout.get("closing") == "amount":
        query = form.queries.get("closing", _REWARD)
        for row in source.connection.execute(query, parameters).fetchall():
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


_REWARD = """
    select currency, sum(amount) as amount from reporting.rewards
    where period = %(period)s and (%(counterparty_id)s = '' or counterparty_id = %(counterparty_id)s)
    group by currency order by currency
"""


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
    """A table of a form: its query is run with the parameters when its rows are asked for.

    A query may have a column `level`: 1 and 2 mark rows that stand out, such as a balance. told: what titles may name.
    """
    name = layout["name"]
    told = told or {}
    query = form.queries[layout.get("query", name)]
    parameters = parameters | layout.get("with", {})
    columns = tuple(
        Column(
            of["name"], _filled(words[f"column_{of['name']}"], told), of["kind"] if of["kind"] in _KINDS else "text",
            float(of["width"]), bool(of.get("total")),
        )
        for of in layout["columns"]
    )  # fmt: skip
    value_of = values_of(source, {of["name"]: of["kind"] for of in layout["columns"]}, words, language)
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
        name=name, title=_filled(words[name], told), columns=columns, count=counted["rows"], rows=rows,
        note=words["nothing"], subtotal_by=layout.get("subtotal_by"),
        chart=_chart(layout.get("chart"), columns, words, told),
    )  # fmt: skip


def _chart(
    layout: dict[str, Any] | None, columns: tuple[Column, ...], words: dict[str, str], told: Mapping[str, str]
) -> Chart | None:
    if not layout:
        return None
    place = {column.name: index for index, column in enumerate(columns)}
    return Chart(
        layout["kind"], _filled(words[layout["title"]], told), place[layout["label"]], place[layout["value"]],
        layout.get("most", 15),
    )  # fmt: skip

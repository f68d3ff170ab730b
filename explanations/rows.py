"""What became of a row of an input file: a dealer's most common question."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

import loaders
import registry
import runs
from explanations.addresses import address_of, lines_by_key
from explanations.model import Related, RowExplanation
from explanations.wording import SHORT_OUTCOMES, WORDS, with_minus
from prm import database, duck
from prm.database import Connection
from prm.errors import NotFoundError, PrmError
from prm.settings import Settings, get_settings
from prm.words import Language, Words, format_sum

EVENTS = ("charges", "payments", "operations", "subscribers")
"""The data sets whose rows are events."""
_MOST_DIGITS = 9  # of a row's number
_TABLES = ("int_event_lines", "int_clawback_lines")


def explain_row(
    file_name: str, row_number: int, language: Language, *, settings: Settings | None = None
) -> RowExplanation:
    """Explains what became of a row of a file. file_name: the file's, or its load's number.

    Raises NotFoundError where there is no such file, or it has no such row.
    """
    settings = settings or get_settings()
    with database.transaction(settings) as connection:
        loads = loaders.loads_named(connection, file_name)
        if not loads:
            raise NotFoundError(
                Words(f"No file '{file_name}' was ever offered.", f"Файл «{file_name}» не поступал."),
                hint=Words("`prm loads` lists the files.", "Файлы: `prm loads`."),
            )
        load = loads[0]
        headline = WORDS["row"].text(language, file=load["file_name"], row=row_number)
        row = loaders.input_row(connection, load["load_id"], row_number, settings=settings)
        if load["state"] == "refused":
            why = (load["state_reason"] or {}).get("message", {}).get(language, "")
            return RowExplanation(language, headline, WORDS["row_file_refused"].text(language, why=why), row)
        if row.refusals:
            reasons = "; ".join(_refusal(reason, detail, language) for reason, detail in row.refusals)
            return RowExplanation(language, headline, WORDS["row_refused"].text(language, reasons=reasons), row)
        if load["state"] == "superseded":
            by = next((of["file_name"] for of in _successor(connection, load)), "")
            return RowExplanation(language, headline, WORDS["row_superseded"].text(language, by=by), row)
        if load["state"] == "withdrawn":
            why = load["state_reason"]["message"][language]
            return RowExplanation(language, headline, WORDS["row_withdrawn"].text(language, why=why), row)
        lines, story = _told(connection, _ends(connection, load["load_id"], row_number, settings), language)
        if not lines and not story and load["data_set"] not in EVENTS:
            title = getattr(loaders.contract_of(load["data_set"]).title, language)
            return RowExplanation(language, headline, WORDS["row_reference"].text(language, data_set=title), row)
        key = "row_lines" if lines else "row_nothing"
        outcome = WORDS[key].text(language, n=len(lines)) if lines or not story else story.pop(0)
        return RowExplanation(language, headline, outcome, row, tuple(lines), tuple(story))


def parse_row(text: str) -> tuple[str, int] | None:
    """`charges_2026-10_ural.csv:12` as a file and a row; None where it is nothing of the kind."""
    file_name, _, number = text.rpartition(":")
    if not file_name or not number.isdecimal():
        return None
    row_number = int(number[:_MOST_DIGITS])
    if row_number < 1:
        raise PrmError(
            Words(
                f"'{text}': rows are counted from 1, below the header.",
                f"«{text}»: строки считаются с 1, под заголовком.",
            )
        )
    if len(number) > _MOST_DIGITS:
        raise PrmError(Words(f"'{text}': no file has so many rows.", f"«{text}»: столько строк нет ни в одном файле."))
    return file_name, row_number


def _refusal(reason: str, detail: str, language: Language) -> str:
    known = loaders.REASONS.get(reason)
    words = getattr(known, language, reason) if known else reason
    return f"{words} ({detail})" if detail else str(words)


def _successor(connection: Connection, load: dict[str, Any]) -> list[dict[str, Any]]:
    return connection.execute(
        "select file_name from reporting.loads where load_id = %s", [load["superseded_by"]]
    ).fetchall()


def _ends(connection: Connection, load_id: str, row_number: int, settings: Settings) -> list[dict[str, Any]]:
    """What the current versions made of a row: its lines, and where it ended without one.

    Read from the runs' tables, which also have what is not published line by line; where a run's are gone, from what is.
    """
    current = connection.execute(
        "select period, counterparty_id, run_id from reporting.versions where is_shown and lines > 0"
    ).fetchall()
    period_of = {(row["run_id"], row["counterparty_id"]): row["period"] for row in current}
    found: list[dict[str, Any]] = []
    with duck.connect(settings=settings) as engine:
        for run_id, period in sorted({(row["run_id"], row["period"]) for row in current}):
            tables = settings.runs / str(run_id) / "tables"
            if tables.exists():
                rows = [
                    row for name in _TABLES for row in _rows(engine, tables / f"{name}.parquet", load_id, row_number)
                ]
            else:
                rows = connection.execute(
                    """select * from reporting.reward_lines
                       where period = %s and run_id = %s and load_id = %s and row_number = %s""",
                    [period, run_id, load_id, row_number],
                ).fetchall()
            found += [row | {"period": period} for row in rows if (run_id, row["counterparty_id"]) in period_of]
    return found


def _rows(engine: duckdb.DuckDBPyConnection, path: Path, load_id: str, row_number: int) -> list[dict[str, Any]]:
    if not path.exists():  # runs of before there were clawbacks
        return []
    result = engine.execute(
        f"select * from read_parquet({duck.quote(path)}) where load_id = ? and row_number = ?", [load_id, row_number]
    )
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _told(connection: Connection, ends: list[dict[str, Any]], language: Language) -> tuple[list[Related], list[str]]:
    """The row's lines with their addresses; and in words where it ended without one."""
    lines: dict[str, Related] = {}
    story: list[str] = []
    titles = _titles(connection, ends, language)
    for row in sorted(ends, key=lambda row: (row["period"], row["stream"], row["contract_id"] or "")):
        key = {name: row[name] for name in ("contract_id", "component", "stream", "load_id", "row_number")}
        published = lines_by_key(connection, row["period"], row["counterparty_id"], **key)
        for line in published:
            what = titles.get((line["scheme"], line["scheme_version"], line["component"]))
            what = what or line["counterparty_id"] or WORDS["nobody"].text(language)
            told = WORDS["row_line"].text(
                language, period=line["period"], component=what, outcome=_outcome(line, language)
            )
            lines[address_of(line)] = Related(address_of(line), told, line["amount"])
        if not published:
            whose = row["counterparty_id"] or WORDS["nobody"].text(language)
            outcome = _outcome(row, language)
            story.append(WORDS["row_outcome"].text(language, period=row["period"], whose=whose, outcome=outcome))
    return list(lines.values()), story


def _outcome(row: dict[str, Any], language: Language) -> str:
    outcome = SHORT_OUTCOMES[row["outcome"]].text(language)
    if row["reason"]:
        known = runs.reasons().get(row["reason"])
        return f"{outcome}: {known.text(language) if known else row['reason']}"
    amount = row["amount"]
    return f"{outcome}, {with_minus(format_sum(amount, row['currency'], language))}" if amount else outcome


def _titles(connection: Connection, ends: list[dict[str, Any]], language: Language) -> dict[tuple[str, int, str], str]:
    """The titles of the components and measures that the ends are of."""
    names = {row["scheme"] for row in ends if row["scheme"]}
    return {
        (scheme.scheme, scheme.version, name): f"«{getattr(of.title, language)}»"
        for scheme in (registry.scheme_versions(connection, names) if names else ())
        for section in (scheme.measures, scheme.components)
        for name, of in section.items()
    }

"""What became of a row of an input file: a dealer's most common question."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb

import loaders
import runs
from explanations.addresses import address_of, lines_by_key
from explanations.model import Related, RowExplanation
from explanations.wording import SHORT_OUTCOMES, WORDS
from prm import database, duck
from prm.database import Connection
from prm.errors import NotFoundError, PrmError
from prm.settings import Settings, get_settings
from prm.words import Language

EVENTS = ("charges", "payments", "operations", "subscribers")
"""The data sets whose rows are events."""


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
            raise NotFoundError(f"No file '{file_name}' was ever offered.", hint="`prm loads` lists the files.")
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
        if load["data_set"] not in EVENTS:
            title = getattr(loaders.contract_of(load["data_set"]).title, language)
            return RowExplanation(language, headline, WORDS["row_reference"].text(language, data_set=title), row)
        found = _ends(connection, load["load_id"], row_number, settings)
        lines, story = _told(connection, found, language)
        key = "row_lines" if lines else "row_nothing"
        outcome = WORDS[key].text(language, n=len(lines)) if lines or not story else story.pop(0)
        return RowExplanation(language, headline, outcome, row, tuple(lines), tuple(story))


def parse_row(text: str) -> tuple[str, int] | None:
    """`charges_2026-10_ural.csv:12` as a file and a row; None where it is nothing of the kind."""
    file_name, _, number = text.rpartition(":")
    if not file_name or not number.isdecimal():
        return None
    if int(number) < 1:
        raise PrmError(f"'{text}': rows are counted from 1, below the header.")
    return file_name, int(number)


def _refusal(reason: str, detail: str, language: Language) -> str:
    known = loaders.REASONS.get(reason)
    words = getattr(known, language, reason) if known else reason
    return f"{words} ({detail})" if detail else str(words)


def _successor(connection: Connection, load: dict[str, Any]) -> list[dict[str, Any]]:
    return connection.execute(
        "select file_name from reporting.loads where load_id = %s", [load["superseded_by"]]
    ).fetchall()


def _ends(connection: Connection, load_id: str, row_number: int, settings: Settings) -> list[dict[str, Any]]:
    """The lines of a row in the runs whose versions are current, those that are only counted in them included."""
    current = connection.execute(
        "select period, counterparty_id, run_id from reporting.versions where is_current and lines > 0"
    ).fetchall()
    runs_of = {(row["run_id"], row["counterparty_id"]): row["period"] for row in current}
    tables = {
        run_id: settings.runs / str(run_id) / "tables" / f"{name}.parquet"
        for run_id in sorted({row["run_id"] for row in current})
        for name in ("int_event_lines",)
    }
    found: list[dict[str, Any]] = []
    with duck.connect(settings=settings) as engine:
        for run_id, path in tables.items():
            if not path.exists():
                continue
            for row in _rows(engine, f"select * from read_parquet({duck.quote(path)}) where load_id = ? and row_number = ?", [load_id, row_number]):  # fmt: skip
                if (run_id, row["counterparty_id"]) in runs_of:
                    found.append(row | {"period": runs_of[run_id, row["counterparty_id"]], "run_id": run_id})
    return sorted(
        found, key=lambda row: (row["period"], row["stream"], row["contract_id"] or "", row["component"] or "")
    )


def _rows(engine: duckdb.DuckDBPyConnection, query: str, parameters: list[Any]) -> Iterator[dict[str, Any]]:
    result = engine.execute(query, parameters)
    names = [column[0] for column in result.description or ()]
    for row in result.fetchall():
        yield dict(zip(names, row, strict=True))


def _told(connection: Connection, found: list[dict[str, Any]], language: Language) -> tuple[list[Related], list[str]]:
    """The row's lines with their addresses; and in words what has no line of its own."""
    lines: list[Related] = []
    story: list[str] = []
    published: set[str] = set()
    for row in found:
        outcome = SHORT_OUTCOMES[row["outcome"]].text(language)
        if row["reason"]:
            known = runs.reasons().get(row["reason"])
            outcome = f"{outcome}: {known.text(language) if known else row['reason']}"
        key = {name: row[name] for name in ("contract_id", "component", "stream", "load_id", "row_number")}
        same = lines_by_key(connection, row["period"], row["counterparty_id"], taken_period=None, **key)
        for line in same:
            if line["line"] not in published:
                published.add(line["line"])
                what = line["component"] or line["counterparty_id"] or WORDS["nobody"].text(language)
                told = WORDS["row_line"].text(language, period=row["period"], component=what, outcome=outcome)
                lines.append(Related(address_of(line), told, line["amount"]))
        if not same:
            whose = row["counterparty_id"] or WORDS["nobody"].text(language)
            story.append(WORDS["row_outcome"].text(language, period=row["period"], whose=whose, outcome=outcome))
    return lines, story

"""From a query's row to a document's: codes become words, reasons become sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import registry
import runs
import schemes
from prm.period import Period
from prm.words import Language, format_period
from reports.model import Row, Value
from reports.source import Source

_REASON = (
    "reason", "outcome", "taken_period", "taken_component", "failed_condition", "scheme", "scheme_version",
    "component_name",
)  # fmt: skip
"""The columns of a query that a reason is told from, as far as it has them."""
_REMEMBERED = 2_000
"""Codes and reasons are few, and each is put into words once."""


def row_maker(
    source: Source, columns: Sequence[tuple[str, str]], names: Sequence[str], words: dict[str, str], language: Language
) -> Callable[[Sequence[Any]], Row]:
    """How a row of a table is made from a row of its query.

    columns: name and kind of each that is shown. names: the query's columns; `level` and `currency` are of the row.
    """
    at = {name: index for index, name in enumerate(names)}
    shown = [at[name] for name, _ in columns]
    texts = [index for index, (_, kind) in enumerate(columns) if kind == "text"]
    told: list[tuple[int, Callable[[Sequence[Any]], Value]]] = []
    for index, (name, kind) in enumerate(columns):
        if kind in ("words", "month"):
            told.append((index, _of_one(at[name], _in_words(name, words, language) if kind == "words" else _month(language))))  # fmt: skip
        elif kind == "reason":
            known = [name for name in _REASON if name in at]
            told.append((index, _of_many([at[name] for name in known], _reason(source, known, words, language))))
    level, currency = at.get("level"), at.get("currency")

    def made(raw: Sequence[Any]) -> Row:
        values = [raw[index] for index in shown]
        for index in texts:
            if values[index] is None:
                values[index] = ""
        for index, say in told:
            values[index] = say(raw)
        return Row(
            tuple(values), (level is not None and raw[level]) or 0, (currency is not None and raw[currency]) or ""
        )

    return made


def _of_one(at: int, say: Callable[[Any], Value]) -> Callable[[Sequence[Any]], Value]:
    return lambda raw: say(raw[at])


def _of_many(at: list[int], say: Callable[..., Value]) -> Callable[[Sequence[Any]], Value]:
    pick = itemgetter(*at)
    return lambda raw: say(*pick(raw))


def _in_words(name: str, words: dict[str, str], language: Language) -> Callable[[Any], Value]:
    @lru_cache(_REMEMBERED)
    def say(code: Any) -> Value:
        known = words.get(f"{name}_{code}")
        if known or code is None:
            return known or ""
        return schemes.explain_stream(code, language) if name.endswith("stream") else str(code)

    return say


def _month(language: Language) -> Callable[[Any], Value]:
    @lru_cache(_REMEMBERED)
    def say(period: str | None) -> Value:
        return format_period(Period.parse(period), language) if period else ""

    return say


def _reason(source: Source, names: list[str], words: dict[str, str], language: Language) -> Callable[..., Value]:
    @lru_cache(_REMEMBERED)
    def say(*values: Any) -> Value:
        return reason_in_words(source, dict(zip(names, values, strict=True)), words, language)

    return say


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
            scheme = registry.scheme_version(source.connection, row["scheme"], row["scheme_version"])
            source.sentences[key] = words[f"reason_{row['reason']}"].format(
                number=row["failed_condition"],
                sentence=schemes.explain_condition(scheme, row["component_name"], row["failed_condition"], language),
            )
        return source.sentences[key]
    known = runs.reasons().get(row["reason"])
    return known.text(language) if known else row["reason"]

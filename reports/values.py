"""From a query's row to a document's cell: codes become words, reasons become sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import registry
import runs
import schemes
from prm.database import Connection
from prm.period import Period
from prm.settings import Settings
from prm.words import Language, format_period
from reports.model import Value


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


def values_of(
    source: Source, kinds: dict[str, str], words: dict[str, str], language: Language
) -> Callable[[str, dict[str, Any]], Value]:
    """How a column's value is taken from a query's row: as it is, or as the words for a code."""

    def value(name: str, row: dict[str, Any]) -> Value:
        raw = row[name]
        if kinds[name] == "words":
            known = words.get(f"{name}_{raw}")
            if known or raw is None:
                return known or ""
            return schemes.explain_stream(raw, language) if name.endswith("stream") else str(raw)
        if kinds[name] == "reason":
            return reason_in_words(source, row, words, language)
        if kinds[name] == "month":
            return format_period(Period.parse(raw), language) if raw else ""
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

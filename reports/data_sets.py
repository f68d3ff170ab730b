"""The data sets that users' own forms may show: views of the schema `reporting`, with their columns' kinds and titles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

import runs

FILE = Path(__file__).parent / "data_sets.yaml"
Titles = dict[str, str]


@dataclass(frozen=True)
class DataColumn:
    """A column: its kind (of columns of forms), its title, and what its codes are called, by code."""

    name: str
    kind: str
    title: Titles
    words: dict[str, Titles]


@dataclass(frozen=True)
class DataSet:
    """A view, what a row of it is, and its published columns. by: its columns of the period and the counterparty.

    about, looks_at: what a document of it tells of, and what else it shows, as in a form's layout.
    """

    name: str
    title: Titles
    row: Titles
    view: str
    by: dict[str, str]
    about: str
    looks_at: tuple[str, ...]
    columns: dict[str, DataColumn]


@cache
def data_sets() -> dict[str, DataSet]:
    """The data sets, by name."""
    read: dict[str, Any] = YAML(typ="safe").load(FILE)
    return {
        name: DataSet(
            name, of["title"], of["row"], of["view"], of["by"], of.get("about", "results"), tuple(of.get("looks_at", ())),
            {column: _column(column, like) for column, like in of["columns"].items()},
        )
        for name, of in read.items()
    }  # fmt: skip


def _column(name: str, of: dict[str, Any]) -> DataColumn:
    words = of.get("words", {})
    if words == "reasons":
        words = {code: {"en": said.en, "ru": said.ru} for code, said in runs.reasons().items()}
    return DataColumn(name, of["kind"], {"en": of["en"], "ru": of["ru"]}, words)

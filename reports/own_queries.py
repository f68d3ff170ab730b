"""Queries of users' own forms: written here, of names that are known; values are passed beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from prm.money import parse_decimal
from reports.data_sets import DataSet


class Shown:
    """A column of a table: way - `column`, or how rows are taken together; source: the data set's column."""

    def __init__(self, name: str, way: str, source: str, kind: str, layout: dict[str, Any]):
        self.name, self.way, self.source, self.kind, self.layout = name, way, source, kind, layout

    @property
    def sql(self) -> str:
        column = f"data.{self.source}"
        ways: dict[str, Callable[[], str]] = {
            "column": lambda: column,
            "sum": lambda: f"sum({column})" + ("::bigint" if self.kind == "number" else ""),
            "count": lambda: "count(*)" if self.source == "rows" else f"count(distinct {column})",
            "least": lambda: f"min({column})",
            "greatest": lambda: f"max({column})",
        }
        return f'{ways[self.way]()} as "{self.name}"'


def query_of(data: DataSet, columns: list[Shown], where: list[str], order: list[str]) -> str:
    """The query of a table: rows are taken together as soon as one of its columns asks for it."""
    shown = [column.sql for column in columns]
    plain = [f"data.{column.source}" for column in columns if column.way == "column"]
    names = {column.name for column in columns}
    if "currency" in data.columns and "currency" not in names:  # amounts of different currencies are never added up
        shown.append('data.currency as "currency"')
        plain.append("data.currency")
        order = [*order, '"currency"']
    query = f"select {', '.join(shown)}\nfrom reporting.{data.view} as data"
    if where:
        query += f"\nwhere {' and '.join(where)}"
    if plain and any(column.way != "column" for column in columns):
        query += f"\ngroup by {', '.join(dict.fromkeys(plain))}"
    return query + (f"\norder by {', '.join(order)}" if order else "")


def typed(value: Any, kind: str) -> Any:
    """A value of a filter, as a column of that kind holds it. Raises PrmError or ValueError for one that it can't hold."""
    if kind in ("money", "quantity", "share"):
        return parse_decimal(value)
    if kind == "number":
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(value)
        return value
    if kind == "day":
        return value if isinstance(value, date) else date.fromisoformat(str(value))
    if value is None or isinstance(value, list | dict):
        raise ValueError(value)
    return str(value)

"""Forms of users' own: one file, that says which data sets it shows, filtered, grouped, sorted and totalled as it chooses.

A YAML file is all of the form. A Word or Excel template holds the same text inside (docs/forms.md) and says with
placeholders where the values go. No SQL comes from users: queries are written here, of names that are known and of values
that are passed beside them.
"""

from __future__ import annotations

import hashlib
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError

from prm.errors import PrmError
from prm.period import Period
from prm.words import LANGUAGES
from reports.data_sets import DataColumn, DataSet, data_sets
from reports.embedded import description_in
from reports.forms import Form, common_words, forms, parameter_value
from reports.own_queries import Shown, query_of, typed
from reports.renderers import RENDERERS
from reports.templates import try_template

_NAME = "a word of small Latin letters, digits and _"
_KEYS = (
    "form",
    "title",
    "subtitle",
    "audience",
    "each_month",
    "orientation",
    "formats",
    "parameters",
    "tables",
    "closing",
    "signatures",
)
_TABLE_KEYS = ("name", "title", "data", "columns", "filter", "sort", "most", "subtotal_by", "chart")
_COLUMN_KEYS = ("column", "sum", "count", "least", "greatest", "as", "title", "width", "total")
_SQL = {"is": "=", "is_not": "is distinct from", "at_least": ">=", "at_most": "<=", "above": ">", "below": "<"}
_PARAMETER_KINDS = ("text", "number", "money", "period")
_WIDTHS = {"text": 22, "words": 22, "month": 16, "money": 16, "number": 12, "quantity": 14, "share": 12, "day": 12}
_MOST_CHARTED = 40
_RESERVED = ("period", "previous_period", "counterparty_id", "language", "whole_period")


def check_form(file_name: str, content: bytes) -> list[PrmError]:
    """Everything that is wrong with a form's file, each with its place; nothing: it is in order.

    A template is also filled once, with a row of each table that is made up.
    """
    reading = _Reading(file_name, content)
    if reading.form and reading.form.template and (problem := try_template(reading.form)):
        return [problem]
    return reading.problems


def read_form(file_name: str, content: bytes, version: int = 1) -> Form:
    """The form of a file. Raises PrmError, the first of what is wrong."""
    reading = _Reading(file_name, content, version)
    if reading.problems:
        raise reading.problems[0]
    assert reading.form is not None
    return reading.form


class _Reading:
    """A file being read: what is wrong with it, and the form if nothing is."""

    def __init__(self, file_name: str, content: bytes, version: int = 1):
        self.file_name = file_name
        self.problems: list[PrmError] = []
        self.form: Form | None = None
        self.fixed: dict[str, Any] = {}
        self.words: dict[str, dict[str, str]] = {}
        self.queries: dict[str, str] = {}
        self.parameters: dict[str, Any] = {}
        self.about: set[str] = set()
        self.looks_at: set[str] = set()
        try:
            text, self.place, suffix = description_in(file_name, content)
            read = YAML().load(text)
        except PrmError as error:
            self.problems.append(error)
            return
        except MarkedYAMLError as error:
            mark = error.problem_mark
            where = self.place(mark.line + 1, mark.column + 1) if mark else None
            self.problems.append(
                PrmError(f"This is not YAML: {error.problem}.", where=where, hint="docs/forms.md has examples.")
            )
            return
        if not isinstance(read, CommentedMap):
            self._wrong(None, None, "A form is a list of `name: value`.", "It begins with `form: its_name`.")
            return
        layout = self._form(read)
        if not self.problems:
            self.form = Form(
                name=read["form"],
                layout=layout | ({} if suffix == "yaml" else {"formats": [suffix]}),
                words=common_words() | self.words,
                queries=self.queries,
                content_hash=hashlib.sha256(content).hexdigest(),
                version=version,
                template=None if suffix == "yaml" else content,
                fixed=self.fixed,
            )

    # --- parts of the file

    def _form(self, read: CommentedMap) -> dict[str, Any]:
        self._keys(read, _KEYS, "a form")
        name = self._needed(read, "form")
        if name is not None and not _is_name(name):
            self._wrong(read, "form", f"'{name}' is not a name.", f"A name is {_NAME}.")
        elif name in forms():
            self._wrong(read, "form", f"'{name}' is a form of the project's own.", "Choose another name.")
        self.words["title"] = self._titles(read, "title", str(name).replace("_", " "))
        self.words["subtitle"] = self._titles(read, "subtitle", "{period}")
        audience = self._one_of(read, "audience", ("counterparty", "operator"))
        if not isinstance(read.get("each_month", True), bool):
            self._wrong(
                read, "each_month", f"'{read['each_month']}' is neither true nor false.", "Write true or false."
            )
        orientation = self._one_of(read, "orientation", ("portrait", "landscape"), "landscape")
        formats = self._list(read, "formats", ["xlsx", "docx", "pdf"])
        if not formats:
            self._wrong(read, "formats", "A form has formats.", f"There are: {', '.join(RENDERERS)}.")
        for index, one in enumerate(formats):
            if not isinstance(one, str) or one not in RENDERERS:
                self._wrong(formats, index, f"There is no format '{one}'.", f"There are: {', '.join(RENDERERS)}.")
        self._parameters(read)
        tables = read.get("tables")
        if not isinstance(tables, CommentedSeq) or not tables:
            self._wrong(
                read, "tables" if "tables" in read else None, "A form has tables.", "Write `tables:` and a list below."
            )
            tables = CommentedSeq()
        sections = [self._table(tables, index, audience or "operator") for index in range(len(tables))]
        signatures = self._list(read, "signatures", [])
        for index, one in enumerate(signatures):
            if one not in ("operator", "counterparty"):
                self._wrong(read["signatures"], index, f"'{one}' does not sign.", "Who signs: operator, counterparty.")
        if read.get("closing") not in (None, "amount"):
            self._wrong(read, "closing", f"There is no closing '{read['closing']}'.", "There is: amount.")
        self.words.setdefault("closing_amount", {"en": "Reward for the period: {amount} ({words}).", "ru": "Вознаграждение за период: {amount} ({words})."})  # fmt: skip
        about = next(iter(self.about)) if len(self.about) == 1 else "results"
        return {
            "audience": audience, "about": about, "each_month": read.get("each_month", True), "orientation": orientation, "formats": list(formats), "sections": sections,
            "parameters": self.parameters, "signatures": signatures, "closing": read.get("closing"),
            "looks_at": sorted(self.looks_at | self.about - {about, "results"}),
        }  # fmt: skip

    def _parameters(self, read: CommentedMap) -> None:
        given = read.get("parameters", {})
        if not isinstance(given, dict):
            self._wrong(
                read, "parameters", "Parameters are a list of `name: {kind: …}`.", "Such as `least: {kind: money}`."
            )
            return
        for name, of in given.items():
            if not _is_name(name) or name in _RESERVED:
                self._wrong(
                    given,
                    name,
                    f"'{name}' can't name a parameter.",
                    f"A name is {_NAME}, and none of: {', '.join(_RESERVED)}.",
                )
            elif not isinstance(of, dict) or of.get("kind") not in _PARAMETER_KINDS:
                self._wrong(given, name, f"Parameter '{name}' has no kind.", f"Kinds: {', '.join(_PARAMETER_KINDS)}.")
            elif isinstance(of.get("default"), float):
                self._wrong(
                    of, "default", f"{of['default']} is not exact.", 'Write it as a quoted decimal, such as "0.05".'
                )
            elif of.get("default") is None and read.get("each_month", True):
                self._wrong(
                    given,
                    name,
                    f"Parameter '{name}' has no default.",
                    "A form that each month has needs one, or `each_month: false`.",
                )
            else:
                self.parameters[name] = {"kind": of["kind"], "default": of.get("default"), "is_needed": True}
                try:
                    parameter_value(of["kind"], of.get("default"), Period(2026, 1))
                except PrmError as error:
                    self._wrong(of, "default", error.message, error.hint or "")

    def _table(self, tables: CommentedSeq, index: int, audience: str) -> dict[str, Any]:
        table = tables[index]
        if not isinstance(table, CommentedMap):
            self._wrong(tables, index, "A table is a list of `name: value`.", f"Its names: {', '.join(_TABLE_KEYS)}.")
            return {}
        self._keys(table, _TABLE_KEYS, "a table")
        name = self._needed(table, "name")
        if name is not None and (not _is_name(name) or name in self.queries):
            self._wrong(table, "name", f"'{name}' can't name a table.", f"A name is {_NAME}, another for each table.")
        data = data_sets().get(str(self._needed(table, "data")))
        if data is None:
            if "data" in table:
                self._wrong(
                    table, "data", f"There is no data set '{table['data']}'.", f"There are: {', '.join(data_sets())}."
                )
            return {}
        self.about.add(data.about)
        self.looks_at |= set(data.looks_at)
        self.words[str(name)] = self._titles(table, "title", None) or data.title
        columns = self._columns(table, data)
        where = self._conditions(table, data, audience)
        order = self._order(table, columns)
        query = query_of(data, columns, where, order)
        most = table.get("most")
        if most is not None:
            if not isinstance(most, int) or isinstance(most, bool) or most < 1:
                self._wrong(table, "most", f"'{most}' is not a number of rows.", "Write one above 0.")
            query += f"\nlimit {most}"
        self.queries[str(name)] = query
        layout = {
            "name": name,
            "columns": [column.layout for column in columns],
            "subtotal_by": table.get("subtotal_by"),
        }
        if "chart" in table:
            layout["chart"] = self._chart(table, {column.name: column for column in columns})
        return layout

    def _columns(self, table: CommentedMap, data: DataSet) -> list[Shown]:
        given = table.get("columns")
        if not isinstance(given, CommentedSeq) or not given:
            self._wrong(
                table,
                "columns" if "columns" in table else None,
                "A table has columns.",
                f"Of {data.name}: {', '.join(data.columns)}.",
            )
            return []
        shown: list[Shown] = []
        for index, of in enumerate(given):
            one = self._column(given, index, CommentedMap(column=of) if isinstance(of, str) else of, data)
            if one and any(one.name == other.name for other in shown):
                self._wrong(
                    given, index, f"There are two columns '{one.name}'.", "Name one of them with `as: other_name`."
                )
            elif one:
                shown.append(one)
        return shown

    def _column(self, given: CommentedSeq, index: int, of: Any, data: DataSet) -> Shown | None:
        ways = [way for way in ("column", "sum", "count", "least", "greatest") if isinstance(of, dict) and way in of]
        if len(ways) != 1:
            self._wrong(
                given,
                index,
                "A column is a name, or one of sum, count, least, greatest of a name.",
                "Such as `- {sum: amount, total: true}`.",
            )
            return None
        way, source = ways[0], str(of[ways[0]])
        for key in of:
            if key not in _COLUMN_KEYS:
                self._wrong(given, index, f"A column has no '{key}'.", f"It may have: {', '.join(_COLUMN_KEYS)}.")
        if way == "count" and source == "rows":
            column = DataColumn("rows", "number", {"en": "Rows", "ru": "Строк"}, {})
        elif source in data.columns:
            column = data.columns[source]
        else:
            self._wrong(
                given, index, f"Data set {data.name} has no column '{source}'.", f"It has: {', '.join(data.columns)}."
            )
            return None
        if way == "sum" and column.kind not in ("money", "number", "quantity"):
            self._wrong(given, index, f"'{source}' can't be added up.", "Columns of money and numbers can.")
        name = str(of.get("as", source))
        if not _is_name(name):
            self._wrong(given, index, f"'{name}' is not a name.", f"A name is {_NAME}.")
        kind = "number" if way == "count" else column.kind
        self.words[f"column_{name}"] = self._titles(of, "title", None) or column.title
        for code, said in column.words.items():
            self.words[f"{name}_{code}"] = said
        if not isinstance(of.get("total", False), bool):
            self._wrong(given, index, f"'{of['total']}' is neither true nor false.", "Write `total: true`.")
        width = of.get("width", _WIDTHS[kind])
        if not isinstance(width, int) or isinstance(width, bool) or not 1 <= width <= 200:
            self._wrong(given, index, f"'{width}' is not a width.", "Write a whole number from 1 to 200.")
        layout = {"name": name, "kind": kind, "width": width, "total": bool(of.get("total"))}
        return Shown(name, way, source, kind, layout)

    def _conditions(self, table: CommentedMap, data: DataSet, audience: str) -> list[str]:
        where = []
        if "period" in data.by:
            where.append(f"data.{data.by['period']} = %(period)s")
        if audience == "counterparty":
            where.append(f"data.{data.by['counterparty']} = %(counterparty_id)s")
        given = self._list(table, "filter", [])
        for index, of in enumerate(given):
            column = data.columns.get(str(of.get("column"))) if isinstance(of, dict) else None
            ways = [way for way in (*_SQL, "one_of", "is_known") if isinstance(of, dict) and way in of]
            if column is None or len(ways) != 1:
                self._wrong(
                    given,
                    index,
                    "A filter names a column of the data set and one comparison.",
                    f"Such as `- {{column: amount, above: 0}}`; comparisons: {', '.join((*_SQL, 'one_of', 'is_known'))}.",
                )
                continue
            way, value = ways[0], of[ways[0]]
            if way == "is_known":
                where.append(f"data.{column.name} is {'not ' if value is True else ''}null")
            elif way == "one_of":
                values = value if isinstance(value, list) else [value]
                places = [self._value(given, index, column, each) for each in values]
                where.append(f"data.{column.name} in ({', '.join(places) or 'null'})")
            else:
                where.append(f"data.{column.name} {_SQL[way]} {self._value(given, index, column, value)}")
        return where

    def _value(self, given: Any, index: int, column: DataColumn, value: Any) -> str:
        """The value as a parameter of the query."""
        if isinstance(value, dict):
            name = str(value.get("parameter"))
            if name not in self.parameters:
                self._wrong(
                    given,
                    index,
                    f"There is no parameter '{name}'.",
                    f"There are: {', '.join(self.parameters) or 'none'}.",
                )
            return f"%({name})s"
        name = f"value_{len(self.fixed) + 1}"
        try:
            self.fixed[name] = typed(value, column.kind)
        except (PrmError, ValueError) as error:
            told = error.message if isinstance(error, PrmError) else f"'{value}' is not what {column.name} holds."
            self._wrong(given, index, told, f"{column.name} is of the kind {column.kind}.")
        return f"%({name})s"

    def _order(self, table: CommentedMap, columns: list[Shown]) -> list[str]:
        known = {column.name for column in columns}
        order: list[str] = []
        by = table.get("subtotal_by")
        if by is not None and str(by) not in known:
            self._wrong(
                table, "subtotal_by", f"The table shows no column '{by}'.", f"It shows: {', '.join(sorted(known))}."
            )
        elif by is not None:
            order.append(f'"{by}"')
        given = self._list(table, "sort", [])
        for index, text in enumerate(given):
            name = str(text).removeprefix("-")
            if name not in known:
                self._wrong(
                    given, index, f"The table shows no column '{name}'.", f"It shows: {', '.join(sorted(known))}."
                )
            order.append(f'"{name}" desc nulls last' if str(text).startswith("-") else f'"{name}"')
        return order + [f'"{column.name}"' for column in columns]  # so that equal rows have an order, too

    def _chart(self, table: CommentedMap, columns: dict[str, Shown]) -> dict[str, Any]:
        chart = table["chart"]
        if not isinstance(chart, CommentedMap):
            self._wrong(
                table,
                "chart",
                "A chart has a kind, a label and a value.",
                "Such as `{kind: bar, label: outlet_id, value: amount}`.",
            )
            return {}
        self._one_of(chart, "kind", ("bar", "column"))
        for key in ("label", "value"):
            if str(chart.get(key)) not in columns:
                self._wrong(
                    chart,
                    key if key in chart else None,
                    f"The table shows no column '{chart.get(key)}'.",
                    f"It shows: {', '.join(columns)}.",
                )
        most = chart.get("most", 15)
        if not isinstance(most, int) or isinstance(most, bool) or not 1 <= most <= _MOST_CHARTED:
            self._wrong(
                chart,
                "most",
                f"'{most}' is not a number of rows that a chart shows.",
                f"It shows 1 to {_MOST_CHARTED}.",
            )
            most = 1
        title = f"chart_{table.get('name')}"
        self.words[title] = self._titles(chart, "title", None) or self.words[str(table.get("name"))]
        return {
            "kind": chart.get("kind"),
            "title": title,
            "label": chart.get("label"),
            "value": chart.get("value"),
            "most": most,
        }

    # --- what every part needs

    def _wrong(self, node: Any, key: Any, message: str, hint: str) -> None:
        line, column = 1, 1
        try:
            if isinstance(node, CommentedMap):
                line, column = (
                    place + 1 for place in (node.lc.key(key) if key is not None else (node.lc.line, node.lc.col))
                )
            elif isinstance(node, CommentedSeq):
                line, column = (place + 1 for place in node.lc.item(key))
        except (KeyError, TypeError, AttributeError):
            pass  # made here, not read
        self.problems.append(PrmError(message, where=self.place(line, column), hint=hint))

    def _keys(self, node: CommentedMap, known: tuple[str, ...], what: str) -> None:
        for key in node:
            if key not in known:
                self._wrong(node, key, f"There is no '{key}' in {what}.", f"There may be: {', '.join(known)}.")

    def _needed(self, node: CommentedMap, key: str) -> Any:
        if node.get(key) is None:
            self._wrong(node, None, f"'{key}' is missing.", f"Write `{key}: …`.")
        return node.get(key)

    def _list(self, node: CommentedMap, key: str, default: list[Any]) -> list[Any]:
        """A list as it stands in the file; where something else does, that is wrong, and the list is empty."""
        given = node.get(key, default)
        if isinstance(given, list):
            return given
        self._wrong(node, key, f"'{key}' is a list.", f"Write `{key}: […]`, or a line with `- ` for each.")
        return list(default)

    def _one_of(self, node: CommentedMap, key: str, known: tuple[str, ...], default: str | None = None) -> str | None:
        value = node.get(key, default)
        if value is None:
            self._wrong(node, None, f"'{key}' is missing.", f"It is one of: {', '.join(known)}.")
        elif value not in known:
            self._wrong(node, key, f"'{value}' is not a known {key}.", f"It is one of: {', '.join(known)}.")
        return value

    def _titles(self, node: Any, key: str, default: str | None) -> Any:
        """A title in both languages: written once it is the same in both."""
        given = node.get(key)
        if given is None:
            return dict.fromkeys(LANGUAGES, default) if default is not None else None
        if isinstance(given, str):
            given = dict.fromkeys(LANGUAGES, given)
        is_of_both = isinstance(given, dict) and set(given) == set(LANGUAGES)
        if not is_of_both or not all(isinstance(text, str | int | float) for text in given.values()):
            self._wrong(node, key, f"'{key}' is a text, or one in each language.", "Such as {en: Sales, ru: Продажи}.")
            return dict.fromkeys(LANGUAGES, "")
        is_subtitle = key == "subtitle"
        return {
            language: str(text) if is_subtitle and _has_known_places(str(text)) else str(text).replace("{", "{{").replace("}", "}}")
            for language, text in given.items()
        }  # fmt: skip


def _is_name(text: Any) -> bool:
    return isinstance(text, str) and text.isascii() and text.isidentifier() and text == text.lower() and text[0] != "_"


def _has_known_places(text: str) -> bool:
    try:
        text.format(period="")
    except (KeyError, IndexError, ValueError):
        return False
    return True
